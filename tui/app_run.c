/* A run that goes on here: what views and commands ask of it, and how its weights become the tuned
 * side of what is looked at. */
#include <math.h>
#include <string.h>

#include "core/escape.h"
#include "tui/app_state.h"

#define SNAPSHOT_INTERVAL (5 * G_USEC_PER_SEC) /* of what is looked at while it runs */

void app_run_begin(struct app *app, const struct trainer_input *input)
{
    app->trainer = trainer_start(input);
    app->run_shown = UINT64_MAX;
    trainer_status(app->trainer, &app->model.run);
    app_go_to(app, view_find("training"));
}

void app_run_end(struct app *app)
{
    kept_unref(g_steal_pointer(&app->next_live));
    kept_unref(g_steal_pointer(&app->live));
    trainer_destroy(g_steal_pointer(&app->trainer));
}

int app_run_fd(const struct app *app)
{
    return app->trainer ? trainer_wake_fd(app->trainer) : -1;
}

/* What the views and rules read. */
static void share(struct app *app)
{
    struct model *m = &app->model;

    trainer_status(app->trainer, &m->run);
    if (app->live)
        m->run.shown = kept_step(app->live);
    m->timeline = trainer_timeline(app->trainer);
    if (m->comparison)
        m->comparison->timeline = m->timeline;
}

void app_run_drain(struct app *app)
{
    char *message, *safe;

    if (!trainer_drain(app->trainer))
        return;
    share(app);
    app->changed = true;
    app->behaves_anew = true;
    if (trainer_error(app->trainer) && app->options->run && !app->failure)
        app->failure =
            g_error_new_literal(TARE_ERROR, TARE_ERROR_INPUT, trainer_error(app->trainer));
    message = trainer_take_message(app->trainer);
    if (!message)
        return;
    safe = escape_text(message);
    app_say(app, "%s", safe);
    g_free(safe);
    g_free(message);
}

void app_run_share(struct app *app)
{
    if (!app->trainer)
        return;
    if (app->next_live) {
        kept_unref(app->live);
        app->live = g_steal_pointer(&app->next_live);
    }
    share(app);
}

bool app_run_moves(const struct app *app)
{
    return app->trainer && trainer_is_busy(app->trainer);
}

/* Following: the newest step, or the one that was chosen, as the tuned side. */

/* Views of a run need no weights. */
static bool is_time_alone(const struct app *app)
{
    return app_top(app) == view_find("training") || app_top(app) == view_find("help");
}

bool app_run_lets_study(const struct app *app)
{
    static const char *const names[] = {"categories",  "examples",      "attention",
                                        "activations", "continuations", "whatif"};

    for (gsize i = 0; app->trainer && i < G_N_ELEMENTS(names); i++)
        if (app_top(app) == view_find(names[i]))
            return !app_run_moves(app) && app->live;
    return !app->trainer;
}

static struct kept *wanted(struct app *app)
{
    struct kept *k = trainer_kept(app->trainer, app->run_shown);

    if (k || app->run_shown == UINT64_MAX)
        return k;
    app->run_shown = UINT64_MAX; /* given up, or rewound */
    return trainer_kept(app->trainer, UINT64_MAX);
}

static void open_live(struct app *app, struct kept *k)
{
    char *name = g_strdup_printf("step %" G_GUINT64_FORMAT, kept_step(k));

    kept_unref(app->next_live);
    app->next_live = k;
    app_open_files(app, app->base_path, name);
    app->followed = g_get_monotonic_time();
    g_free(name);
}

void app_run_follow(struct app *app, gint64 now)
{
    const struct comparison *c = app->model.comparison;
    struct kept *k;

    if (!app->trainer || !trainer_is_open(app->trainer) || !c || app->loading || app->saving)
        return;
    if (app_run_moves(app) && app->run_shown == UINT64_MAX) {
        if (is_time_alone(app) || comparison_scan_running(c) ||
            now - app->followed < SNAPSHOT_INTERVAL)
            return;
        trainer_keep(app->trainer);
        app->followed = now;
    }
    k = wanted(app);
    if (k && k != app->live && k != app->refused) {
        open_live(app, k);
        return;
    }
    kept_unref(k);
    if (!app->model.study && app->live != app->studied && app_run_lets_study(app)) {
        app->studied = app->live;
        app_study_begin(app);
    }
}

/* What is asked. */

static bool has_run(struct app *app)
{
    if (!app->trainer)
        app_say(app, "no run goes on here: tare tune -i, or :tune, begins one");
    return app->trainer != NULL;
}

static void show(struct app *app, uint64_t step, const char **why)
{
    struct kept *k = trainer_kept(app->trainer, step);

    if (!k) {
        *why = "that step was not kept: dots below the curves show those that were";
        return;
    }
    app->run_shown = step == app->model.run.step ? UINT64_MAX : step;
    app_say(app, "all views look at step %" G_GUINT64_FORMAT, step);
    kept_unref(k);
}

void app_run_ask(struct app *app, enum run_ask what, uint64_t n)
{
    const char *why = NULL;

    if (!has_run(app))
        return;
    if (what == RUN_PAUSE || (what == RUN_TOGGLE && app->model.run.moves))
        trainer_pause(app->trainer);
    else if (what == RUN_TOGGLE)
        trainer_run(app->trainer, &why);
    else if (what == RUN_STEPS)
        trainer_steps(app->trainer, n, &why);
    else if (what == RUN_BACK)
        trainer_back(app->trainer, &why);
    else if (what == RUN_REWIND)
        trainer_rewind(app->trainer, n, &why);
    else
        show(app, n, &why);
    if (what == RUN_PAUSE)
        app_say(app, "pausing behind the step under way");
    if (why)
        app_say(app, "%s", why);
    share(app);
}

/* Commands. */

bool app_run_set(struct app *app, const char *name, const char *text)
{
    bool rate = strcmp(name, "lr") == 0, decay = strcmp(name, "weight_decay") == 0;
    const char *why = NULL;
    char *end;
    double value = g_ascii_strtod(text, &end);

    if (!rate && !decay)
        return false;
    if (!has_run(app))
        return true;
    if (end == text || *end)
        value = NAN;
    if (rate ? trainer_set_learning_rate(app->trainer, value, &why)
             : trainer_set_weight_decay(app->trainer, value, &why))
        app_say(app,
                rate ? "from the next step on, the learning rate's peak is %g"
                     : "from the next step on, the weight decay is %g",
                value);
    else
        app_say(app, "%s", why);
    return true;
}

bool app_run_save(struct app *app, const char *path, bool whole_run, bool overwrite)
{
    enum permission may = app_may_write(app, path, overwrite);
    const char *why = NULL;

    if (may == MAY_WRITE && !trainer_save(app->trainer, path, whole_run, overwrite, &why))
        app_say(app, "%s", why);
    return may != MAY_IF_ASKED;
}

void app_run_tune(struct app *app, int n, char *const *words)
{
    const struct app_options *o = app->options;
    struct trainer_input input;
    GError *error = NULL;

    if (app->trainer && !trainer_error(app->trainer)) {
        app_say(app, "a run goes on here already");
        return;
    }
    if (app->model.state != LOAD_READY || !o->tune) {
        app_say(app, "there is nothing to train yet");
        return;
    }
    if (!o->tune(app->base_path, app->examples, app->tokenizer, n, words, &input, &error)) {
        app_say_error(app, error);
        return;
    }
    app_run_end(app); /* one that could not be opened */
    app_run_begin(app, &input);
}

bool app_run_unsaved(const struct app *app)
{
    return app->trainer && trainer_is_unsaved(app->trainer);
}
