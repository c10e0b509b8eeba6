/* tare tune: a fine-tune without a screen. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/category_cover.h"
#include "core/escape.h"
#include "core/examples_tokenize.h"
#include "core/heads.h"
#include "core/train/live_source.h"
#include "io/command.h"
#include "io/examples.h"
#include "io/interrupt.h"
#include "io/safe_file.h"
#include "io/tokenizer_open.h"
#include "io/tune_options.h"
#include "io/tune_print.h"

#define LINES 20 /* of progress, where no terminal is looking */

struct tune {
    struct tune_options options;
    struct checkpoint *base;
    struct examples *examples;
    struct tokenizer *tokenizer;
    bool *uncovered;
    struct training *training;
    bool saved;
    const gint *stopped;
};

static gboolean set_heads(struct tune *t, GError **error)
{
    uint16_t heads, kv_heads;

    if (!t->options.heads)
        return TRUE;
    if (!heads_parse(t->options.heads, &heads, &kv_heads)) {
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_USAGE,
                            "--heads is the number of heads, as 16, or with that of keys, as 16:4");
        return FALSE;
    }
    checkpoint_set_heads(t->base, heads, kv_heads);
    return TRUE;
}

static gboolean read_examples(struct tune *t, GError **error)
{
    const struct tune_options *o = &t->options;

    t->examples = examples_read(o->examples, o->train, error);
    if (!t->examples)
        return FALSE;
    if (o->uncovered) {
        t->uncovered = g_new0(bool, t->examples->n_categories);
        if (!category_names_parse(t->examples, o->uncovered, t->uncovered, error))
            return FALSE;
    }
    if (!o->tokenizer && !examples_need_tokenizer(t->examples))
        return TRUE;
    t->tokenizer = tokenizer_open(o->tokenizer, t->base->source, error);
    if (!t->tokenizer)
        return FALSE;
    examples_tokenize(t->examples, t->tokenizer);
    return TRUE;
}

/* That the end of a long run can be written, before it begins. */
static gboolean check_output(const struct tune *t, GError **error)
{
    const struct tune_options *o = &t->options;
    const char *inputs[] = {o->base, o->examples, o->train, NULL};
    const struct safe_file_rules rules = {.overwrite = o->force, .inputs = inputs};
    struct safe_file file;

    if (!safe_file_create(&file, o->output, &rules, error))
        return FALSE;
    safe_file_discard(&file);
    return TRUE;
}

static gboolean open_all(struct tune *t, GError **error)
{
    t->base = command_load(t->options.base, NULL, error);
    if (!t->base || !set_heads(t, error) || !read_examples(t, error) || !check_output(t, error))
        return FALSE;
    t->options.training.uncovered = t->uncovered;
    t->options.training.tokenizer = t->tokenizer;
    t->training = training_create(t->base, t->examples, &t->options.training, t->stopped, error);
    return t->training != NULL;
}

static gboolean save(struct tune *t, GError **error)
{
    const struct tune_options *o = &t->options;
    const char *inputs[] = {o->base, o->examples, o->train, NULL};
    struct net_weights *w = (struct net_weights *)(gsize)&training_state(t->training)->weights;
    struct source *live = live_source_create(t->base, w, true);
    gboolean ok = command_save(o->output, live, inputs, o->force || t->saved, NULL, error);

    source_close(live);
    if (!ok)
        return FALSE;
    t->saved = true;
    training_note(t->training, EVENT_SAVED, NAN, o->output);
    return TRUE;
}

static bool is_due(uint64_t step, uint64_t every)
{
    return every && step % every == 0;
}

static gboolean look(struct tune *t, GError **error)
{
    if (!training_look(t->training, t->stopped, error))
        return FALSE;
    tune_print_look(t->training);
    return TRUE;
}

/* A step, and what is due behind it. */
static gboolean go_on(struct tune *t, GError **error)
{
    const struct training_options *o = training_options(t->training);
    uint64_t step;

    if (!training_step(t->training, NULL, error))
        return FALSE;
    step = training_state(t->training)->step;
    tune_print_step(t->training, is_due(step, MAX(1, o->steps / LINES)) || step == o->steps);
    if ((is_due(step, o->look_every) || step == o->steps) && !look(t, error))
        return FALSE;
    return !is_due(step, (uint64_t)t->options.save_every) || step == o->steps || save(t, error);
}

static gboolean train(struct tune *t, GError **error)
{
    if (!look(t, error))
        return FALSE;
    while (training_state(t->training)->step < training_options(t->training)->steps)
        if (error_is_cancelled(t->stopped, error) || !go_on(t, error))
            return FALSE;
    return TRUE;
}

static void print_saved(const struct tune *t)
{
    g_autofree char *safe = escape_text(t->options.output);

    tune_print_hash(t->training);
    printf("%s: the weights of step %" G_GUINT64_FORMAT "\n", safe,
           training_state(t->training)->step);
}

/* Whatever ends a run, what it has learned is saved. */
static int tune(struct tune *t, GError **error)
{
    GError *why = NULL;
    int status = EXIT_DONE;

    t->stopped = interrupt_watch();
    if (!open_all(t, error))
        return EXIT_INPUT;
    tune_print_plan(t->training, t->base, t->examples);
    if (!train(t, &why) && !g_error_matches(why, TARE_ERROR, TARE_ERROR_CANCELLED))
        status = command_fail(g_steal_pointer(&why));
    g_clear_error(&why);
    if (training_state(t->training)->step > 0 && save(t, error))
        print_saved(t);
    return status;
}

static int run(int argc, char **argv)
{
    struct tune t = {0};
    GError *error = NULL;
    int status = EXIT_USAGE;

    if (tune_options_parse(argc, argv, &t.options, &error))
        status = tune(&t, &error);
    if (error)
        status = command_fail(error);
    training_destroy(t.training);
    tokenizer_destroy(t.tokenizer);
    examples_destroy(t.examples);
    g_free(t.uncovered);
    checkpoint_destroy(t.base);
    tune_options_finish(&t.options);
    interrupt_obey();
    return status;
}

const struct command command_tune = {
    .name = "tune", .help = "fine-tunes a model on examples", .run = run};
