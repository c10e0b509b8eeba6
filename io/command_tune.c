/* tare tune: a fine-tune without a screen. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/escape.h"
#include "io/command.h"
#include "io/interrupt.h"
#include "io/tune_print.h"
#include "io/tune_session.h"

#define LINES 20 /* of progress, where no terminal is looking */

struct tune {
    struct tune_session session;
    struct tune_options options;
    const gint *stopped;
};

static struct training *run_of(const struct tune *t)
{
    return t->session.training;
}

static gboolean save(struct tune *t, GError **error)
{
    const struct tune_options *o = &t->options;

    if (!tune_session_save(&t->session, o->output, o->force, error))
        return FALSE;
    training_note(run_of(t), EVENT_SAVED, NAN, o->output);
    if (o->adapter && !tune_session_save_adapter(&t->session, o->adapter, o->force, error))
        return FALSE;
    return !o->run || tune_session_save_run(&t->session, o->run, o->force, error);
}

static bool is_due(uint64_t step, uint64_t every)
{
    return every && step % every == 0;
}

static gboolean look(struct tune *t, GError **error)
{
    if (!training_look(run_of(t), t->stopped, error))
        return FALSE;
    tune_print_look(run_of(t));
    return TRUE;
}

/* A step, and what is due behind it. */
static gboolean go_on(struct tune *t, GError **error)
{
    const struct training_options *o = training_options(run_of(t));
    uint64_t step;

    if (!training_step(run_of(t), NULL, error))
        return FALSE;
    step = training_state(run_of(t))->step;
    tune_print_step(run_of(t), is_due(step, MAX(1, o->steps / LINES)) || step == o->steps);
    if ((is_due(step, o->look_every) || step == o->steps) && !look(t, error))
        return FALSE;
    return !is_due(step, (uint64_t)t->options.save_every) || step == o->steps || save(t, error);
}

static gboolean train(struct tune *t, GError **error)
{
    if (!training_timeline(run_of(t))->looks->len && !look(t, error))
        return FALSE;
    while (training_state(run_of(t))->step < training_options(run_of(t))->steps)
        if (error_is_cancelled(t->stopped, error) || !go_on(t, error))
            return FALSE;
    return TRUE;
}

static void print_saved(const struct tune *t)
{
    g_autofree char *safe = escape_text(t->options.output);

    tune_print_hash(run_of(t));
    printf("%s: the weights of step %" G_GUINT64_FORMAT "\n", safe,
           training_state(run_of(t))->step);
    fflush(stdout); /* a signal may end the process */
}

/* Whatever ends a run, what it has learned is saved. */
static int tune(struct tune *t, GError **error)
{
    GError *why = NULL;
    int status = EXIT_DONE;

    t->stopped = interrupt_watch();
    t->session.options = &t->options;
    if (!tune_session_open(&t->session, t->stopped, error))
        return EXIT_INPUT;
    if (!t->options.output) {
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_USAGE, "tune needs -o OUT.h5");
        return EXIT_USAGE;
    }
    tune_print_plan(run_of(t), t->session.base, t->session.examples);
    if (!train(t, &why) && !g_error_matches(why, TARE_ERROR, TARE_ERROR_CANCELLED))
        status = command_fail(g_steal_pointer(&why));
    g_clear_error(&why);
    if (training_state(run_of(t))->step > 0 && save(t, error))
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
    tune_session_finish(&t.session);
    tune_options_finish(&t.options);
    interrupt_obey();
    return status;
}

const struct command command_tune = {
    .name = "tune", .help = "fine-tunes a model on examples", .run = run};
