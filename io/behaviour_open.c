#include "io/behaviour_open.h"

#include <libdeflate.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "core/category_cover.h"
#include "core/examples_tokenize.h"
#include "io/examples.h"
#include "io/logits_hdf5.h"
#include "io/recording_hdf5.h"
#include "io/tokenizer_open.h"
#include "io/words_file.h"

void behaviour_options_add(struct behaviour_options *o, GOptionContext *context)
{
    const GOptionEntry entries[] = {
        {"examples", 'e', 0, G_OPTION_ARG_FILENAME, &o->examples,
         "texts with categories to run the models on (JSON lines or CSV; tare examples --help)",
         "FILE"},
        {"train", 0, 0, G_OPTION_ARG_FILENAME, &o->train,
         "examples the tuned model was trained on, as if their split were train", "FILE"},
        {"uncovered", 0, 0, G_OPTION_ARG_STRING, &o->uncovered,
         "categories the training did not cover, whatever the train examples say", "A,B"},
        {"tokenizer", 0, 0, G_OPTION_ARG_FILENAME, &o->tokenizer,
         "bytes, words (text split at spaces, the vocabulary is in the weights' file), or a "
         "tokenizer's file; what lies beside the weights unless said",
         "WHICH"},
        {"generate", 0, 0, G_OPTION_ARG_INT, &o->generate,
         "let the models go on with the first N prompts of each category, and measure how "
         "formulaic that is",
         "N"},
        {"weat", 0, 0, G_OPTION_ARG_FILENAME, &o->weat,
         "association test of the token rows: lines of category,word, of two categories of "
         "targets, then two of attributes",
         "FILE"},
        {"recording", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->recordings,
         "in place of running models: what a model's layers showed elsewhere; twice: base, tuned",
         "FILE"},
        {"save-logits", 0, 0, G_OPTION_ARG_FILENAME, &o->save_logits,
         "logits of every example and model, [tokens, vocabulary] float32 each, as HDF5", "FILE"},
        {NULL}};

    g_option_context_add_main_entries(context, entries, NULL);
}

static bool says_how(const struct behaviour_options *o)
{
    return o->train || o->uncovered || o->tokenizer || o->weat || o->save_logits || o->generate;
}

const char *behaviour_options_wrong(const struct behaviour_options *o)
{
    if (o->recordings && o->examples)
        return "--recording is in place of --examples: name one of the two";
    if (o->recordings && g_strv_length(o->recordings) > 2)
        return "at most two recordings: of the base, then of the tuned model";
    if (!o->examples && says_how(o))
        return "what says how to run the models on examples needs --examples FILE";
    return NULL;
}

void behaviour_options_finish(struct behaviour_options *o)
{
    g_free(o->examples);
    g_free(o->train);
    g_free(o->uncovered);
    g_free(o->tokenizer);
    g_free(o->weat);
    g_free(o->save_logits);
    g_strfreev(o->recordings);
}

/* The models, as they run. */
struct models {
    struct net_weights weights[EVALUATION_SIDES];
    struct net *nets[EVALUATION_SIDES];
    unsigned loaded;
};

static void models_finish(struct models *m)
{
    for (unsigned s = 0; s < m->loaded; s++) {
        net_destroy(m->nets[s]);
        net_weights_finish(&m->weights[s]);
    }
}

static gboolean models_open(struct models *m, const struct comparison *c, const gint *cancelled,
                            GError **error)
{
    const struct checkpoint *of[EVALUATION_SIDES] = {c->base, c->tuned};

    *m = (struct models){0};
    for (unsigned s = 0; s < EVALUATION_SIDES && of[s]; s++) {
        if (!net_weights_load(&m->weights[s], of[s], cancelled, error))
            break;
        m->loaded++;
        m->nets[s] = net_create(&m->weights[s], c->threads, error);
        if (!m->nets[s])
            break;
        if (m->weights[s].spec.causal)
            continue;
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                    "%s: an encoder; it does not predict the token that follows, so examples have "
                    "no loss",
                    of[s]->source->path);
        break;
    }
    if (!*error)
        return TRUE;
    models_finish(m);
    return FALSE;
}

static struct tokenizer *open_tokenizer(const struct behaviour_options *o,
                                        const struct comparison *c, GError **error)
{
    struct tokenizer *t = tokenizer_open(o->tokenizer, c->base->source, error);

    if (t || !c->tuned || (o->tokenizer && strcmp(o->tokenizer, "words") != 0))
        return t;
    t = tokenizer_open(o->tokenizer, c->tuned->source, NULL);
    if (t)
        g_clear_error(error);
    return t;
}

/* Of what stands in the options, not in a file. */
static gboolean check(const struct behaviour_options *o, GError **error)
{
    if (o->generate >= 0)
        return TRUE;
    g_set_error_literal(error, TARE_ERROR, TARE_ERROR_USAGE, "--generate is a number of prompts");
    return FALSE;
}

static gboolean needs_tokenizer(const struct behaviour_options *o, const struct examples *e)
{
    return o->tokenizer || o->generate || o->weat || examples_need_tokenizer(e);
}

static void say_progress(void *data, const struct evaluation *e)
{
    (void)data;
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\rran %.0f %% of the examples%s",
                100.0 * (double)e->tokens_done / (double)MAX(e->tokens_total, 1),
                e->tokens_done == e->tokens_total ? "\r\033[K" : "");
}

static void say_generated(void *data, uint32_t done, uint32_t of)
{
    (void)data;
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\rwent on with %u of %u prompts%s", done, of,
                done == of ? "\r\033[K" : "");
}

static gsize deflated(const char *text, gsize bytes)
{
    struct libdeflate_compressor *z = libdeflate_alloc_compressor(6);
    gsize room = libdeflate_deflate_compress_bound(z, bytes);
    char *out = g_malloc(room);
    gsize n = libdeflate_deflate_compress(z, text, bytes, out, room);

    g_free(out);
    libdeflate_free_compressor(z);
    return n;
}

/* What is done with open models once the losses are there. */
struct opened {
    const struct behaviour_options *options;
    const struct comparison *comparison;
    const struct models *models;
    const struct tokenizer *tokenizer;
    const struct word_list *words;
    const gint *cancelled;
    struct behaviour_result *out;
};

static gboolean associate(const struct opened *o, GError **error)
{
    const struct net_weights *weights[EVALUATION_SIDES] = {
        &o->models->weights[0], o->models->loaded > 1 ? &o->models->weights[1] : NULL};
    struct behaviour *b = o->out->behaviour;

    if (!o->options->weat)
        return TRUE;
    o->out->weat = words_file_read(o->options->weat, error);
    if (!o->out->weat)
        return FALSE;
    b->association = g_new0(struct association, 1);
    if (association_of(o->out->weat, o->tokenizer, weights, b->association, error))
        return TRUE;
    g_clear_pointer(&b->association, g_free);
    return FALSE;
}

static gboolean generate(const struct opened *o, GError **error)
{
    struct behaviour *b = o->out->behaviour;
    const struct generations_input in = {.examples = b->examples,
                                         .losses = &b->losses,
                                         .tokenizer = o->tokenizer,
                                         .words = o->words,
                                         .nets = {o->models->nets[0], o->models->nets[1]},
                                         .per_category = (uint32_t)MAX(o->options->generate, 0),
                                         .deflated = deflated,
                                         .progress = say_generated,
                                         .cancelled = o->cancelled};

    if (o->options->generate <= 0)
        return TRUE;
    b->generations = g_new0(struct generations, 1);
    if (generations_of(&in, b->generations, error))
        return TRUE;
    g_clear_pointer(&b->generations, g_free);
    return FALSE;
}

static gboolean save_logits(const struct opened *o, GError **error)
{
    const struct behaviour_options *say = o->options;
    const struct comparison *c = o->comparison;
    GPtrArray *inputs = g_ptr_array_new();
    const char *const all[] = {c->base->source->path, c->tuned ? c->tuned->source->path : NULL,
                               say->examples, say->train, say->tokenizer, say->weat};
    gboolean ok;

    if (say->save_logits) {
        for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
            if (all[i])
                g_ptr_array_add(inputs, (gpointer)all[i]);
        g_ptr_array_add(inputs, NULL);
    }
    ok = !say->save_logits ||
         logits_hdf5_write(say->save_logits, (const char *const *)(const void *)inputs->pdata,
                           o->out->behaviour->evaluation, o->models->nets, o->cancelled, error);
    g_ptr_array_free(inputs, TRUE);
    return ok;
}

/* Takes the examples. */
static void run_models(const struct opened *o, struct examples *e, const bool *uncovered,
                       GError **error)
{
    const struct behaviour_run run = {.nets = {o->models->nets[0], o->models->nets[1]},
                                      .threads = o->comparison->threads,
                                      .uncovered = uncovered,
                                      .progress = say_progress,
                                      .cancelled = o->cancelled};
    GError *why = NULL;

    o->out->behaviour = behaviour_create(e, &run, &why);
    if (!why && associate(o, &why) && generate(o, &why))
        save_logits(o, &why);
    o->out->stopped = g_error_matches(why, TARE_ERROR, TARE_ERROR_CANCELLED);
    if (why)
        g_propagate_error(error, why);
}

/* The categories that were told; NULL without an error: none were. */
static bool *told(const struct behaviour_options *o, const struct examples *e, GError **error)
{
    bool *uncovered = o->uncovered ? g_new0(bool, e->n_categories) : NULL;

    if (uncovered && !category_names_parse(e, o->uncovered, uncovered, error))
        g_clear_pointer(&uncovered, g_free);
    return uncovered;
}

static gboolean read_all(const struct behaviour_options *o, const struct comparison *c,
                         struct examples **e, bool **uncovered, struct tokenizer **t,
                         GError **error)
{
    *e = examples_read(o->examples, o->train, error);
    if (*e)
        *uncovered = told(o, *e, error);
    if (*e && !*error && needs_tokenizer(o, *e))
        *t = open_tokenizer(o, c, error);
    if (*t)
        examples_tokenize(*e, *t);
    return !*error;
}

gboolean behaviour_open(const struct behaviour_options *o, const struct comparison *c,
                        const struct word_list *words, const gint *cancelled,
                        struct behaviour_result *out, GError **error)
{
    struct examples *e = NULL;
    struct tokenizer *t = NULL;
    struct models models;
    bool *uncovered = NULL;
    GError *why = NULL;
    gboolean ok;

    *out = (struct behaviour_result){0};
    ok = check(o, &why) && read_all(o, c, &e, &uncovered, &t, &why) && models_open(&models, c, cancelled, &why);
    if (ok) {
        run_models(&(struct opened){o, c, &models, t, words, cancelled, out}, e, uncovered, &why);
        for (unsigned s = 0; s < models.loaded; s++)
            out->assumed[s] = g_strdup(models.weights[s].assumed);
        if (t)
            out->tokenizer = g_strdup_printf("%s%s%s", tokenizer_kind(t),
                                             *tokenizer_path(t) ? " " : "", tokenizer_path(t));
        models_finish(&models);
    } else {
        examples_destroy(e);
    }
    tokenizer_destroy(t);
    g_free(uncovered);
    if (why)
        g_propagate_error(error, why);
    return ok;
}

gboolean behaviour_open_recordings(const struct behaviour_options *o, struct comparison *c,
                                   const gint *cancelled, struct behaviour_result *out,
                                   GError **error)
{
    *out = (struct behaviour_result){
        .recorded = recording_read((const char *const *)(const void *)o->recordings, error)};
    if (!out->recorded)
        return FALSE;
    out->stopped = !recorded_read(out->recorded, cancelled, error);
    behaviour_result_tell(out, c);
    return TRUE;
}

const char *const *behaviour_remarks(const struct behaviour_result *r)
{
    return r && r->recorded ? (const char *const *)(const void *)r->recorded->remarks : NULL;
}

void behaviour_result_tell(struct behaviour_result *r, struct comparison *c)
{
    c->behaviour = r->behaviour;
    c->activity = r->recorded ? r->recorded->activity : r->behaviour ? r->behaviour->activity : NULL;
    if (c->activity)
        c->shifts = r->shifts = category_shifts_create(c->activity);
}

void behaviour_result_finish(struct behaviour_result *r)
{
    category_shifts_destroy(r->shifts);
    recorded_close(r->recorded);
    behaviour_destroy(r->behaviour);
    word_list_destroy(r->weat);
    g_free(r->tokenizer);
    for (unsigned s = 0; s < EVALUATION_SIDES; s++)
        g_free(r->assumed[s]);
}
