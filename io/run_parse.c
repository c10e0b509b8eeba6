/* Reads what run_json.c wrote. A damaged text is an error, never a guess. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "io/json.h"
#include "io/run_internal.h"

#define FACTORS_MOST 10000u
#define COUNT_MOST 9007199254740992.0 /* 2^53: whole numbers beyond are not told apart */

struct parsing {
    JsonObject *object;
    GStringChunk *strings;
    GError **error;
    gboolean ok;
};

static void fail(struct parsing *p, const char *what)
{
    if (p->ok)
        g_set_error(p->error, TARE_ERROR, TARE_ERROR_INPUT, "its \"%s\" is missing or wrong", what);
    p->ok = FALSE;
}

/* NULL where JSON says null. */
static const char *text(struct parsing *p, const char *name)
{
    const char *value = json_member_text(p->object, name);

    return value ? g_string_chunk_insert(p->strings, value) : NULL;
}

static double number(struct parsing *p, const char *name)
{
    double value = NAN;

    if (!json_member_number(p->object, name, &value) || !isfinite(value))
        fail(p, name);
    return value;
}

static uint64_t count(struct parsing *p, const char *name, double most)
{
    double value = number(p, name);

    if (!(value >= 0 && value <= most && value == floor(value))) {
        fail(p, name);
        return 0;
    }
    return (uint64_t)value;
}

static uint64_t bits(struct parsing *p, const char *name)
{
    const char *value = json_member_text(p->object, name);
    guint64 out = 0;

    if (!value || !g_ascii_string_to_unsigned(value, 16, 0, G_MAXUINT64, &out, NULL))
        fail(p, name);
    return out;
}

/* Members of one object after another. */
static void enter(struct parsing *p, JsonObject *root, const char *name)
{
    p->object = json_member_object(root, name);
    if (!p->object)
        fail(p, name);
}

static void read_origin(struct parsing *p, struct run_origin *o)
{
    o->base = text(p, "base");
    o->base_hash = text(p, "base_hash");
    o->examples = text(p, "examples");
    o->examples_hash = text(p, "examples_hash");
    o->train = text(p, "train");
    o->tokenizer = text(p, "tokenizer");
    o->uncovered = text(p, "uncovered");
    o->output = text(p, "output");
    if (!o->base)
        fail(p, "base");
    if (!o->examples)
        fail(p, "examples");
}

/* Kept with the strings, as what they are of. */
static void read_factors(struct parsing *p, struct training_options *o)
{
    JsonArray *list = json_member_list(p->object, "factors");
    guint n = list ? json_array_get_length(list) : 0;
    struct tensor_factor *factors;

    if (!list || n > FACTORS_MOST) {
        fail(p, "factors");
        return;
    }
    factors = g_new0(struct tensor_factor, n + 1);
    for (guint i = 0; i < n; i++) {
        struct parsing one = {json_element_object(list, i), p->strings, p->error, p->ok};

        factors[i].pattern = text(&one, "pattern");
        factors[i].factor = number(&one, "factor");
        if (!factors[i].pattern)
            fail(&one, "pattern");
        p->ok = one.ok;
    }
    o->factors = factors;
    o->n_factors = n;
}

static void read_names(struct parsing *p, struct training_options *o)
{
    const char *optimizer = json_member_text(p->object, "optimizer");
    const char *schedule = json_member_text(p->object, "schedule");

    o->optimizer = optimizer ? optimizer_find(optimizer) : NULL;
    o->schedule = schedule ? schedule_find(schedule) : NULL;
    if (!o->optimizer)
        fail(p, "optimizer");
    if (!o->schedule)
        fail(p, "schedule");
}

static void read_options(struct parsing *p, struct training_options *o)
{
    read_names(p, o);
    o->learning_rate = number(p, "learning_rate");
    o->weight_decay = number(p, "weight_decay");
    o->clip = number(p, "clip");
    o->numbers.beta_1 = number(p, "beta_1");
    o->numbers.beta_2 = number(p, "beta_2");
    o->numbers.epsilon = number(p, "epsilon");
    o->numbers.momentum = number(p, "momentum");
    o->final_rate = number(p, "final_rate");
    o->steps = count(p, "steps", COUNT_MOST);
    o->warmup = count(p, "warmup", COUNT_MOST);
    o->batch = (uint32_t)count(p, "batch", UINT32_MAX);
    o->longest = (uint32_t)count(p, "longest", UINT32_MAX);
    read_factors(p, o);
    o->layer_decay = number(p, "layer_decay");
    o->lora = text(p, "lora");
    o->lora_rank = (uint32_t)count(p, "lora_rank", UINT32_MAX);
    o->lora_alpha = number(p, "lora_alpha");
    o->seed = bits(p, "seed");
    o->look_every = count(p, "look_every", COUNT_MOST);
}

static void read_position(struct parsing *p, struct run_position *out)
{
    out->step = count(p, "step", COUNT_MOST);
    out->epoch = count(p, "epoch", COUNT_MOST);
    out->position = count(p, "position", COUNT_MOST);
    out->random = bits(p, "random");
    out->learning_rate = number(p, "learning_rate");
    out->weight_decay = number(p, "weight_decay");
    out->smoothing = number(p, "smoothing");
}

gboolean run_parse(const char *json, GStringChunk *strings, struct run_origin *o,
                   struct training_options *options, struct run_position *position, GError **error)
{
    JsonParser *parser = json_parse_bounded(json, strlen(json), error);
    JsonObject *root = json_root_object(parser);
    struct parsing p = {root, strings, error, TRUE};

    if (!parser)
        return FALSE;
    if (!root || count(&p, "run", UINT32_MAX) != RUN_FORM)
        fail(&p, "run");
    if (p.ok)
        enter(&p, root, "origin");
    if (p.ok)
        read_origin(&p, o);
    if (p.ok)
        enter(&p, root, "options");
    if (p.ok)
        read_options(&p, options);
    if (p.ok)
        enter(&p, root, "state");
    if (p.ok)
        read_position(&p, position);
    g_object_unref(parser);
    return p.ok;
}

/* --- the timeline's words --- */

static void read_events(struct parsing *p, JsonObject *root, struct timeline *t)
{
    JsonArray *list = json_member_list(root, "events");

    for (guint i = 0; list && i < json_array_get_length(list) && p->ok; i++) {
        JsonObject *one = json_element_object(list, i);
        const char *kind = json_member_text(one, "kind");
        double value = NAN, step = 0;
        int k = 0;

        while (kind && k < EVENT_KINDS && strcmp(kind, event_name((enum event_kind)k)) != 0)
            k++;
        if (!kind || k == EVENT_KINDS || !json_member_number(one, "step", &step) ||
            !(step >= 0 && step <= COUNT_MOST)) {
            fail(p, "events");
            return;
        }
        json_member_number(one, "value", &value);
        timeline_add_event(t, (enum event_kind)k, (uint64_t)step, value,
                           json_member_text(one, "text"));
    }
}

static void read_looks(struct parsing *p, JsonObject *root, struct timeline *t, uint64_t most)
{
    JsonArray *list = json_member_list(root, "continuations");
    guint n = list ? json_array_get_length(list) : 0;
    struct look_rows none = {0};

    if ((uint64_t)n * (4 * (uint64_t)t->n_blocks + 2 + t->n_categories) > most) {
        fail(p, "continuations");
        return;
    }
    for (guint i = 0; i < n; i++) {
        struct look_record l = {.continuation = (char *)(gsize)json_element_text(list, i)};

        timeline_add_look(t, &l, &none);
    }
}

static struct timeline *create_timeline(struct parsing *p, JsonObject *root)
{
    JsonArray *list = json_member_list(root, "categories");
    guint n = list ? json_array_get_length(list) : 0;
    const char **names = g_new0(const char *, n + 1);
    bool *uncovered = g_new0(bool, n + 1);
    struct timeline *t = NULL;
    uint64_t blocks;

    p->object = root;
    blocks = count(p, "blocks", 1 << 20);
    for (guint i = 0; i < n; i++) {
        JsonObject *one = json_element_object(list, i);

        names[i] = json_member_text(one, "name");
        uncovered[i] = json_member_flag(one, "uncovered", FALSE);
        if (!names[i])
            fail(p, "categories");
    }
    if (p->ok)
        t = timeline_create((uint32_t)blocks, names, uncovered, n);
    g_free(names);
    g_free(uncovered);
    return t;
}

struct timeline *run_timeline_parse(const char *json, uint64_t most, GError **error)
{
    JsonParser *parser = json_parse_bounded(json, strlen(json), error);
    JsonObject *root = json_root_object(parser);
    struct parsing p = {root, NULL, error, TRUE};
    struct timeline *t;

    if (!parser)
        return NULL;
    t = create_timeline(&p, root);
    if (t) {
        read_looks(&p, root, t, most);
        read_events(&p, root, t);
    }
    if (!p.ok) {
        timeline_destroy(t);
        t = NULL;
    }
    g_object_unref(parser);
    return t;
}
