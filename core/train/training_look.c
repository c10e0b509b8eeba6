/* The model as it is: losses on held-out text, where its weights went, what sleeps in it, what it
 * says. The base's weights are read again from where they came, into the room of the gradient,
 * so that looking takes no memory of that size. */
#include <math.h>

#include "core/activity.h"
#include "core/category_losses.h"
#include "core/error.h"
#include "core/net/generate.h"
#include "core/train/training_internal.h"

#define SAMPLE_ROWS 1024u /* tokens whose activations are looked at */
#define SAID_TOKENS 32u

/* Losses. */

static void keep_base(struct training *t, const struct evaluation *e)
{
    t->base_nll = g_new(double, t->examples->n + 1);
    for (uint32_t i = 0; i < t->examples->n; i++)
        t->base_nll[i] = e->results[i].nll[EVALUATION_BASE];
}

/* The gradient holds the base's weights. */
static gboolean evaluate_base(struct training *t, const gint *cancelled, GError **error)
{
    struct net *net = net_create(&t->gradient, t->options.threads, error);
    struct evaluation *e = net ? training_evaluate(t, net, cancelled, error) : NULL;

    if (e)
        keep_base(t, e);
    evaluation_destroy(e);
    net_destroy(net);
    return t->base_nll != NULL;
}

static double mean_held_out(const struct evaluation *e)
{
    double sum = 0;
    uint32_t n = 0;

    for (uint32_t i = 0; i < e->examples->n; i++)
        if (e->examples->examples[i].split == SPLIT_TEST && !isnan(e->results[i].nll[0])) {
            sum += e->results[i].nll[0];
            n++;
        }
    return n ? sum / n : NAN;
}

/* *losses: [categories], the caller's. */
static void compare(const struct training *t, struct evaluation *e, struct look_record *l,
                    double **losses)
{
    struct category_losses c;

    l->held_out = mean_held_out(e);
    for (uint32_t i = 0; i < t->examples->n; i++) {
        e->results[i].nll[EVALUATION_TUNED] = e->results[i].nll[EVALUATION_BASE];
        e->results[i].nll[EVALUATION_BASE] = t->base_nll[i];
    }
    e->sides = EVALUATION_SIDES;
    category_losses_of(e, t->options.uncovered, &c);
    l->general = c.general.loss[EVALUATION_TUNED];
    l->general_low = c.general.interval.low;
    l->general_high = c.general.interval.high;
    l->gap_did = c.gap.did;
    l->gap_did_low = c.gap.did_within.low;
    l->gap_did_high = c.gap.did_within.high;
    *losses = g_new(double, c.n + 1);
    for (uint32_t i = 0; i < c.n; i++)
        (*losses)[i] = c.categories[i].loss[EVALUATION_TUNED];
    category_losses_finish(&c);
}

/* Weights. */

/* Both rows [groups], over a group's matrices. */
static void compare_weights(const struct training *t, double *relative, double *norm)
{
    guint groups = t->base->n_blocks + 1;
    double *base = g_new0(double, groups);

    for (guint g = 0; g < groups; g++)
        relative[g] = norm[g] = 0;
    for (guint i = 0; i < t->pieces->len; i++) {
        const struct training_piece *p = training_piece(t, i);

        if (!p->matrix)
            continue;
        base[p->group] += training_distance(t, p->gradient, NULL, p->n);
        norm[p->group] += training_distance(t, p->weights, NULL, p->n);
        relative[p->group] += training_distance(t, p->weights, p->gradient, p->n);
    }
    for (guint g = 0; g < groups; g++) {
        norm[g] = base[g] > 0 ? sqrt(norm[g] / base[g]) : NAN;
        relative[g] = base[g] > 0 ? sqrt(relative[g] / base[g]) : NAN;
    }
    g_free(base);
}

/* Activations. */

/* The first held-out examples up to SAMPLE_ROWS tokens. */
static GArray *sample(const struct training *t, const struct evaluation *e)
{
    GArray *out = g_array_new(FALSE, FALSE, sizeof(struct net_sequence));
    uint32_t rows = 0;

    for (uint32_t i = 0; i < t->examples->n; i++) {
        const struct example *x = &t->examples->examples[i];
        struct net_sequence s = {x->ids, x->n_ids, x->n_ids};

        if (e->results[i].tokens == 0 || rows + s.n > SAMPLE_ROWS)
            continue;
        rows += s.n;
        g_array_append_val(out, s);
    }
    return out;
}

static struct activity *watch(const struct training *t, const GArray *sequences,
                              const gint *cancelled)
{
    const char *all = "";
    const struct activity_options o = {.categories = &all,
                                       .n_categories = 1,
                                       .first_apart = true,
                                       .attention = true,
                                       .threads = t->options.threads};
    struct activity *a = activity_create(&t->state.weights.spec, &o, NULL);

    for (guint i = 0; a && i < sequences->len; i++) {
        const struct net_sequence *s = &g_array_index(sequences, struct net_sequence, i);
        const struct activity_sequence of = {.example = i, .n = s->n};
        const struct net_batch b = {.sequences = s, .n = 1};
        struct net_probe probe;

        activity_batch(a, &of, 1);
        probe = activity_probe(a, ACTIVITY_BASE);
        if (!net_forward(t->net, &b, &probe, cancelled, NULL))
            g_clear_pointer(&a, activity_destroy);
    }
    return a;
}

static double mean_entropy(const struct activity *a, uint32_t block)
{
    double sum = 0;
    uint32_t n = 0;

    for (uint32_t h = 0; h < a->heads; h++) {
        struct activity_head head;

        activity_head(a, block, h, ACTIVITY_ALL, &head);
        if (isnan(head.entropy[ACTIVITY_BASE]))
            continue;
        sum += head.entropy[ACTIVITY_BASE];
        n++;
    }
    return n ? sum / n : NAN;
}

/* Both rows [blocks]; how many units are dead. */
static uint32_t look_inside(const struct training *t, const struct evaluation *e, double *dead,
                            double *entropy, const gint *cancelled)
{
    GArray *sequences = sample(t, e);
    struct activity *a = sequences->len ? watch(t, sequences, cancelled) : NULL;
    uint32_t all = 0;

    for (uint32_t b = 0; b < t->base->n_blocks; b++) {
        struct activity_dead d;
        uint32_t layer = a ? activity_find(a, ACTIVITY_HIDDEN, (int32_t)b) : ACTIVITY_NONE;

        dead[b] = entropy[b] = NAN;
        if (!a)
            continue;
        entropy[b] = mean_entropy(a, b);
        if (layer == ACTIVITY_NONE)
            continue;
        activity_dead(a, layer, &d);
        dead[b] = d.dead[ACTIVITY_BASE];
        all += d.dead[ACTIVITY_BASE];
    }
    activity_destroy(a);
    g_array_unref(sequences);
    return all;
}

/* What it says. */

static bool say(void *data, uint32_t id)
{
    g_array_append_val((GArray *)data, id);
    return true;
}

/* The first held-out example with a prompt, else the first one's beginning. */
static struct net_prompt prompt_of(const struct training *t, const struct evaluation *e)
{
    struct net_prompt first = {.most = SAID_TOKENS, .sampling = {.top_p = 1}};

    for (uint32_t i = 0; i < t->examples->n; i++) {
        const struct example *x = &t->examples->examples[i];

        if (x->split != SPLIT_TEST || e->results[i].tokens == 0)
            continue;
        if (x->n_prompt > 0) {
            first.ids = x->ids;
            first.n = x->n_prompt;
            break;
        }
        if (!first.ids) {
            first.ids = x->ids;
            first.n = (x->n_ids + 1) / 2;
        }
    }
    return first;
}

static char *continuation(const struct training *t, const struct evaluation *e,
                          const gint *cancelled)
{
    const struct net_prompt p = prompt_of(t, e);
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    char *text = NULL;

    if (t->options.tokenizer && p.n && net_generate(t->net, &p, say, ids, cancelled, NULL))
        text = tokenizer_decode(t->options.tokenizer, (const uint32_t *)(void *)ids->data, ids->len,
                                false, NULL);
    g_array_unref(ids);
    return text;
}

/* All of it. */

/* The mean loss of the steps since the look before. */
static double mean_train(const struct timeline *t)
{
    uint64_t since =
        t->looks->len ? g_array_index(t->looks, struct look_record, t->looks->len - 1).step : 0;
    double sum = 0;
    guint n = 0;

    for (guint i = t->steps->len; i-- > 0;) {
        const struct step_record *s = &g_array_index(t->steps, struct step_record, i);

        if (s->step <= since)
            break;
        if (s->nonfinite != UINT32_MAX) /* was not applied */
            continue;
        sum += s->loss;
        n++;
    }
    return n ? sum / n : NAN;
}

static void record(struct training *t, struct evaluation *e, const gint *cancelled)
{
    uint32_t blocks = t->base->n_blocks;
    g_autofree double *relative = g_new(double, blocks + 1), *norm = g_new(double, blocks + 1);
    g_autofree double *dead = g_new(double, blocks + 1), *entropy = g_new(double, blocks + 1);
    g_autofree double *losses = NULL;
    struct look_record l = {.step = t->state.step, .train = mean_train(t->timeline)};

    compare_weights(t, relative, norm);
    compare(t, e, &l, &losses);
    l.dead = look_inside(t, e, dead, entropy, cancelled);
    l.continuation = continuation(t, e, cancelled);
    timeline_add_look(t->timeline, &l, &(struct look_rows){relative, norm, dead, entropy, losses});
    g_free(l.continuation);
}

gboolean training_look(struct training *t, const gint *cancelled, GError **error)
{
    struct evaluation *e;

    if (!net_weights_fill(&t->gradient, t->base, cancelled, error))
        return FALSE;
    if (!t->base_nll && t->state.step > 0 && !evaluate_base(t, cancelled, error))
        return FALSE;
    e = training_evaluate(t, t->net, cancelled, error);
    if (!e)
        return FALSE;
    if (!t->base_nll)
        keep_base(t, e);
    record(t, e, cancelled);
    evaluation_destroy(e);
    if (error_is_cancelled(cancelled, error))
        return FALSE;
    return TRUE;
}
