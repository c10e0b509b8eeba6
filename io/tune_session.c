#include "io/tune_session.h"

#include <math.h>
#include <string.h>
#include <unistd.h>
#include "core/category_cover.h"
#include "core/examples_tokenize.h"
#include "core/train/adapter_source.h"
#include "core/train/live_source.h"
#include "io/command.h"
#include "io/examples.h"
#include "io/run_file.h"
#include "io/safe_file.h"
#include "io/tokenizer_open.h"

#define LOOKS 20       /* of a run on the screen, where nothing was said */
#define MEMORY_SHARE 4 /* a quarter of the machine's may hold steps to go back to */
#define MEMORY_MOST ((uint64_t)4 << 30)

/* What decides a run beside its options. */

static char *hash_examples(const struct examples *e)
{
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    char *hash;

    for (uint32_t i = 0; i < e->n; i++) {
        const struct example *x = &e->examples[i];
        const uint32_t numbers[] = {x->n_ids, x->n_prompt, (uint32_t)x->split, x->category};

        g_checksum_update(sum, (const guchar *)numbers, sizeof numbers);
        if (x->ids)
            g_checksum_update(sum, (const guchar *)x->ids, (gssize)(x->n_ids * sizeof *x->ids));
    }
    hash = g_strdup(g_checksum_get_string(sum));
    g_checksum_free(sum);
    return hash;
}

/* Opening. */

static gboolean read_examples(struct tune_session *s, GError **error)
{
    const struct tune_options *o = s->options;

    s->examples = examples_read(o->examples, o->train, error);
    if (!s->examples)
        return FALSE;
    if (o->uncovered) {
        s->uncovered = g_new0(bool, s->examples->n_categories + 1);
        if (!category_names_parse(s->examples, o->uncovered, s->uncovered, error))
            return FALSE;
    }
    if (!o->tokenizer && !examples_need_tokenizer(s->examples))
        return TRUE;
    s->tokenizer = tokenizer_open(o->tokenizer, s->base->source, error);
    if (!s->tokenizer)
        return FALSE;
    examples_tokenize(s->examples, s->tokenizer);
    return TRUE;
}

/* That the end of a long run can be written, before it begins. */
static gboolean check_output(const char *path, const struct tune_options *o, GError **error)
{
    const char *inputs[] = {o->base, o->examples, o->train, NULL};
    const struct safe_file_rules rules = {.overwrite = o->force, .inputs = inputs};
    struct safe_file file;

    if (!path)
        return TRUE;
    if (!safe_file_create(&file, path, &rules, error))
        return FALSE;
    safe_file_discard(&file);
    return TRUE;
}

static void take_text(char **to, const char *from)
{
    if (!*to)
        *to = g_strdup(from);
}

static void take_origin(struct tune_options *o, const struct run_origin *from)
{
    take_text(&o->resumed_base, from->base);
    o->base = o->resumed_base;
    take_text(&o->examples, from->examples);
    take_text(&o->train, from->train);
    take_text(&o->tokenizer, from->tokenizer);
    take_text(&o->uncovered, from->uncovered);
    take_text(&o->output, from->output);
    take_text(&o->run, o->resume);
}

/* Borrowed from r until the engine has its own. */
static void take_options(struct tune_options *o, const struct run_file *r)
{
    guint threads = o->training.threads;

    o->training = *run_options(r);
    o->training.threads = threads;
}

gboolean tune_session_prepare(struct tune_options *o, GError **error)
{
    struct run_file *r;

    if (!o->resume)
        return TRUE;
    r = run_open(o->resume, error);
    if (!r)
        return FALSE;
    take_origin(o, run_origin(r));
    run_close(r);
    return TRUE;
}

static gboolean is_of(const char *what, const char *path, const char *hash, const char *wanted,
                      GError **error)
{
    if (!wanted || strcmp(hash, wanted) == 0)
        return TRUE;
    g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                "%s: not the %s that the run began with: it was changed since", path, what);
    return FALSE;
}

static gboolean restore(struct tune_session *s, struct run_file *r, GError **error)
{
    const struct run_origin *from = run_origin(r);

    if (!is_of("base", s->options->base, s->base_hash, from->base_hash, error) ||
        !is_of("examples", s->options->examples, s->examples_hash, from->examples_hash, error) ||
        !run_restore(r, s->training, error))
        return FALSE;
    training_note(s->training, EVENT_RESUMED, NAN, s->options->resume);
    s->saved = s->run_saved = true;
    return TRUE;
}

static gboolean open_all(struct tune_session *s, struct run_file *r, const gint *cancelled,
                         GError **error)
{
    struct tune_options *o = s->options;

    s->base = command_load(o->base, NULL, error);
    if (!s->base)
        return FALSE;
    if (o->heads)
        checkpoint_set_heads(s->base, o->heads, o->kv_heads);
    if (!read_examples(s, error))
        return FALSE;
    if (!r && !(check_output(o->output, o, error) && check_output(o->run, o, error) &&
                check_output(o->adapter, o, error)))
        return FALSE;
    o->training.uncovered = s->uncovered;
    o->training.tokenizer = s->tokenizer;
    s->training = training_create(s->base, s->examples, &o->training, cancelled, error);
    if (!s->training)
        return FALSE;
    if (r || o->run || o->interactive) { /* all of the weights are read for it */
        s->base_hash = training_weights_hash(s->training);
        s->examples_hash = hash_examples(s->examples);
    }
    return !r || restore(s, r, error);
}

gboolean tune_session_open(struct tune_session *s, const gint *cancelled, GError **error)
{
    struct run_file *r = NULL;
    gboolean ok;

    if (s->options->resume) {
        r = run_open(s->options->resume, error);
        if (!r)
            return FALSE;
        take_origin(s->options, run_origin(r));
        take_options(s->options, r);
    }
    ok = open_all(s, r, cancelled, error);
    run_close(r);
    return ok;
}

void tune_session_finish(struct tune_session *s)
{
    training_destroy(s->training);
    tokenizer_destroy(s->tokenizer);
    examples_destroy(s->examples);
    checkpoint_destroy(s->base);
    g_free(s->uncovered);
    g_free(s->base_hash);
    g_free(s->examples_hash);
}

/* Saving. */

static bool is_own(const char *path, const char *own, bool saved)
{
    return saved && own && strcmp(path, own) == 0;
}

gboolean tune_session_save(struct tune_session *s, const char *path, gboolean overwrite,
                           GError **error)
{
    const struct tune_options *o = s->options;
    const char *inputs[] = {o->base, o->examples, o->train, NULL};
    struct net_weights *w = (struct net_weights *)(gsize)&training_state(s->training)->weights;
    struct source *live = live_source_create(s->base, w, true);
    gboolean ok = command_save(path, live, inputs, overwrite || is_own(path, o->output, s->saved),
                               NULL, error);

    source_close(live);
    s->saved |= ok && g_strcmp0(path, o->output) == 0;
    return ok;
}

gboolean tune_session_save_adapter(struct tune_session *s, const char *path, gboolean overwrite,
                                   GError **error)
{
    const struct tune_options *o = s->options;
    const char *inputs[] = {o->base, o->examples, o->train, NULL};
    const struct save_options how = {.rules = {.overwrite = overwrite || is_own(path, o->adapter,
                                                                                s->adapter_saved),
                                               .inputs = inputs}};
    struct source *factors = adapter_source_create(s->training, path);
    gboolean ok = factors && checkpoint_save_new(path, factors, NULL, 0, &how, error);

    if (!factors)
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_USAGE,
                            "--adapter needs --lora: this run has no low-rank factors");
    source_close(factors);
    s->adapter_saved |= ok && g_strcmp0(path, o->adapter) == 0;
    return ok;
}

gboolean tune_session_save_run(struct tune_session *s, const char *path, gboolean overwrite,
                               GError **error)
{
    const struct tune_options *o = s->options;
    const char *inputs[] = {o->base, o->examples, o->train, NULL};
    const struct run_origin origin = {.base = o->base,
                                      .examples = o->examples,
                                      .train = o->train,
                                      .tokenizer = o->tokenizer,
                                      .uncovered = o->uncovered,
                                      .output = o->output,
                                      .base_hash = s->base_hash,
                                      .examples_hash = s->examples_hash};
    const struct save_options how = {
        .rules = {.overwrite = overwrite || is_own(path, o->run, s->run_saved), .inputs = inputs}};
    gboolean ok = run_save(path, &origin, s->training, &how, error);

    s->run_saved |= ok && g_strcmp0(path, o->run) == 0;
    return ok;
}

/* For a trainer. */

static struct training *input_open(gpointer data, const struct checkpoint **base,
                                   const gint *cancelled, GError **error)
{
    struct tune_session *s = data;
    struct training_options *o = &s->options->training;

    if (!s->options->resume && !o->look_every)
        o->look_every = MAX(o->steps / LOOKS, 1);
    if (!tune_session_open(s, cancelled, error))
        return NULL;
    *base = s->base;
    return s->training;
}

static gboolean input_save(gpointer data, struct training *t, const char *path, gboolean whole_run,
                           gboolean overwrite, GError **error)
{
    (void)t;
    return whole_run ? tune_session_save_run(data, path, overwrite, error)
                     : tune_session_save(data, path, overwrite, error);
}

static void input_close(gpointer data, struct training *t)
{
    struct tune_session *s = data;

    (void)t;
    tune_session_finish(s);
    tune_options_finish(s->options);
    g_free(s->options);
    g_free(s);
}

void tune_session_input(struct tune_options *options, struct trainer_input *out)
{
    struct tune_session *s = g_new0(struct tune_session, 1);
    uint64_t pages = (uint64_t)MAX(sysconf(_SC_PHYS_PAGES), 1);
    uint64_t page = (uint64_t)MAX(sysconf(_SC_PAGESIZE), 1);

    s->options = options;
    *out = (struct trainer_input){.data = s,
                                  .open = input_open,
                                  .save = input_save,
                                  .close = input_close,
                                  .memory = MIN(pages * page / MEMORY_SHARE, MEMORY_MOST)};
}
