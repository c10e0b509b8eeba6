#include "tui/app.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/escape.h"
#include "tui/app_state.h"
#include "tui/continuation_ask.h"
#include "tui/ignored.h"

#define FRAME_INTERVAL (G_USEC_PER_SEC / 10) /* of frames that no key asked for */
#define CHECK_INTERVAL G_USEC_PER_SEC
#define CHECK_SHARE 20 /* of the time, one part at most */
#define KEYS_AT_ONCE 256
#define LOAD_PATIENCE 300 /* ms to wait for the loading thread when leaving */

void app_say(struct app *app, const char *format, ...)
{
    va_list args;

    g_free(app->message);
    va_start(args, format);
    app->message = g_strdup_vprintf(format, args);
    va_end(args);
    app->changed = true;
}

void app_say_error(struct app *app, GError *error)
{
    char *safe = escape_text(error->message);

    app_say(app, "%s", safe);
    g_free(safe);
    g_error_free(error);
}

void app_open_view(struct app *app, const struct view_ops *ops, uint32_t entry)
{
    if (entry != PAIR_NONE)
        app->model.entry = entry;
    app_go_to(app, ops);
}

/* The files that are loading are now the ones looked at. */
static void adopt_paths(struct app *app)
{
    g_free(app->base_path);
    g_free(app->tuned_path);
    app->base_path = g_strdup(app->next_base);
    app->tuned_path = g_strdup(app->next_tuned);
    app->model.base_path = app->base_path;
    app->model.tuned_path = app->tuned_path;
}

void app_open_files(struct app *app, const char *base, const char *tuned)
{
    char *next_base = g_strdup(base), *next_tuned = g_strdup(tuned);

    g_free(app->next_base);
    g_free(app->next_tuned);
    app->next_base = next_base;
    app->next_tuned = next_tuned;
    if (app->model.state != LOAD_READY) {
        app->model.state = LOAD_READING;
        app->model.error = NULL;
        g_clear_error(&app->failure);
        adopt_paths(app);
    }
    app->load_started = g_get_monotonic_time();
    if (!app->next_live && app->live && g_strcmp0(next_tuned, app->tuned_path) == 0)
        app->next_live = kept_ref(app->live); /* paired or read anew */
    app->loading = loading_start(app->options->load, next_base, next_tuned, app->next_live,
                                 app->next_live ? trainer_base(app->trainer) : NULL);
    app->changed = true;
}

void app_open_again(struct app *app)
{
    if (!app_watch_again(app))
        app_open_files(app, app->base_path, app->tuned_path);
}

static void drop_comparison(struct app *app)
{
    app_study_end(app);
    blend_finish(&app->model.blend);
    app_close_views(app);
    findings_free(app->model.findings);
    comparison_destroy(app->model.comparison);
    app->model.findings = NULL;
    app->model.comparison = NULL;
    app->model.entry = PAIR_NONE;
}

/* The entry of that name, PAIR_NONE if there is none. */
static uint32_t find_entry(const struct comparison *c, const char *name)
{
    for (uint32_t i = 0; name && i < c->pairing.n_entries; i++)
        if (strcmp(comparison_tensor(c, i)->name, name) == 0)
            return i;
    return PAIR_NONE;
}

/* The same tensors in the same order. */
static bool is_like(const struct comparison *a, const struct comparison *b)
{
    if (!a || a->pairing.n_entries != b->pairing.n_entries || a->n_groups != b->n_groups)
        return false;
    for (uint32_t i = 0; i < a->pairing.n_entries; i++)
        if (strcmp(comparison_tensor(a, i)->name, comparison_tensor(b, i)->name) != 0)
            return false;
    return true;
}

void app_show_comparison(struct app *app, struct comparison *c)
{
    struct model *m = &app->model;
    struct view **aside = is_like(m->comparison, c) ? app_put_views_aside(app) : NULL;
    char *name = NULL;

    if (m->comparison && m->entry != PAIR_NONE)
        name = g_strdup(comparison_tensor(m->comparison, m->entry)->name);
    drop_comparison(app);
    adopt_paths(app);
    m->state = LOAD_READY;
    m->comparison = c;
    app->tie_seen = TIE_OFF;
    m->entry = find_entry(c, name);
    m->findings = rules_check(c);
    m->seconds_to_list =
        (double)(g_get_monotonic_time() - app->load_started) / (double)G_USEC_PER_SEC;
    app->checked_version = c->summary.version;
    comparison_scan_start(c);
    app_run_share(app);
    app_study_begin(app);
    if (aside)
        app_carry_views(app, aside);
    g_free(name);
}

/* What is there stays in sight; with nothing there, the reason is. */
void app_show_failure(struct app *app, GError *failure)
{
    if (app->model.state == LOAD_READY) {
        char *safe = escape_text(failure->message);

        app_say(app, "not opened: %s", safe);
        g_free(safe);
        g_error_free(failure);
        return;
    }
    app->failure = failure;
    app->model.state = LOAD_FAILED;
    app->model.error = failure->message;
}

static void finish_loading(struct app *app)
{
    struct checkpoint *base = NULL, *tuned = NULL;
    struct comparison *c = NULL;
    GError *failure = NULL;
    struct loading *l = g_steal_pointer(&app->loading);
    struct comparison_options options = app->options->comparison;

    options.thresholds = &app->limits;
    options.tie = app->tie;
    options.map = app->map;

    if (loading_take(l, &base, &tuned, &failure))
        c = comparison_create(base, tuned, &options, &failure);
    if (c)
        app_show_comparison(app, c);
    else
        app_show_failure(app, failure);
    app->refused = app->next_live;
    kept_unref(g_steal_pointer(&app->next_live));
    app_pair_settled(app, c != NULL);
    app->changed = true;
}

void app_check(struct app *app)
{
    struct model *m = &app->model;
    gint64 start = g_get_monotonic_time();

    findings_free(m->findings);
    m->findings = rules_check(m->comparison);
    app->checked = g_get_monotonic_time();
    app->check_took = app->checked - start;
    app->checked_version = m->comparison->summary.version;
    app->behaves_anew = false;
    app->changed = true;
}

void app_say_tied(struct app *app)
{
    const struct tie *t = app->model.comparison ? &app->model.comparison->tie : NULL;
    uint64_t elems = 0;

    if (!t || t->state != TIE_DONE || app->tie_seen == TIE_DONE)
        return;
    app->tie_seen = TIE_DONE;
    for (uint32_t i = 0; i < app->model.comparison->pairing.n_entries; i++)
        if (t->copy_of[i] != PAIR_NONE)
            elems += comparison_tensor(app->model.comparison, i)->elems;
    if (t->error) {
        char *safe = escape_text(t->error);

        app_say(app, "not all copies could be compared: %s", safe);
        g_free(safe);
    } else if (t->n_copies == 0) {
        app_say(app, t->n_unequal ? "what looked like copies is not equal" : "no weight is stored twice");
    } else {
        app_say(app, "%u cop%s merged: %" G_GUINT64_FORMAT " elements counted once; :untie counts "
                     "them again", t->n_copies, t->n_copies == 1 ? "y" : "ies", elems);
    }
}

static bool studies(const struct study *s)
{
    struct study_progress p = {0};

    if (s)
        study_progress(s, &p);
    return p.busy;
}

/* Rules look again once a second, and when the scan or the examples have ended. */
static void check_rules(struct app *app, gint64 now)
{
    struct model *m = &app->model;
    bool running;

    if (!m->comparison ||
        (m->comparison->summary.version == app->checked_version && !app->behaves_anew))
        return;
    running = comparison_scan_running(m->comparison) || studies(m->study) || app_run_moves(app);
    if (running && now - app->checked < MAX(CHECK_INTERVAL, CHECK_SHARE * app->check_took))
        return;
    app_check(app);
    app_pair_by_content(app);
}

static bool is_busy(const struct app *app)
{
    const struct comparison *c = app->model.comparison;

    return app->loading || app->saving || studies(app->model.study) || app_run_moves(app) ||
           (c && (comparison_scan_running(c) || comparison_spectrum_running(c, NULL, NULL)));
}

enum { POLL_KEYS, POLL_SIGNALS, POLL_WAKE, POLL_LOAD, POLL_STUDY, POLL_SAVE, POLL_WATCH, POLL_RUN, POLL_COUNT };

/* Milliseconds until something is to be done without being asked, -1: never. */
static int patience(const struct app *app, gint64 now)
{
    gint64 left = app->drawn + FRAME_INTERVAL - now;

    if (!app->changed && !is_busy(app))
        return app_watch_patience(app, now);
    return left <= 0 ? 0 : (int)(left / 1000) + 1;
}

static void wait_for_work(struct app *app)
{
    struct comparison *c = app->model.comparison;
    struct pollfd fds[POLL_COUNT] = {
        [POLL_KEYS] = {term_fd(app->term), POLLIN, 0},
        [POLL_SIGNALS] = {term_signal_fd(app->term), POLLIN, 0},
        [POLL_WAKE] = {c ? comparison_wake_fd(c) : -1, POLLIN, 0},
        [POLL_LOAD] = {app->loading ? loading_fd(app->loading) : -1, POLLIN, 0},
        [POLL_STUDY] = {app->model.study ? study_wake_fd(app->model.study) : -1, POLLIN, 0},
        [POLL_SAVE] = {app_save_fd(app), POLLIN, 0},
        [POLL_WATCH] = {app_watch_fd(app), POLLIN, 0},
        [POLL_RUN] = {app_run_fd(app), POLLIN, 0},
    };

    if (poll(fds, POLL_COUNT, patience(app, g_get_monotonic_time())) <= 0)
        return;
    if (fds[POLL_KEYS].revents && term_lost(app->term))
        app->leave = true;
    if (fds[POLL_WAKE].revents) {
        comparison_drain(c);
        app_say_tied(app);
        app->changed = true;
        app->overdue = !comparison_scan_running(c);
    }
    if (fds[POLL_STUDY].revents)
        app_study_drain(app);
    if (fds[POLL_SAVE].revents)
        app_save_drain(app);
    if (fds[POLL_WATCH].revents)
        app_watch_drain(app);
    if (fds[POLL_RUN].revents)
        app_run_drain(app);
    if (fds[POLL_LOAD].revents && loading_done(app->loading)) {
        finish_loading(app);
        app->overdue = true;
    }
}

/* All that was typed, then one frame. */
static bool take_keys(struct app *app)
{
    int row = -1, col = -1, taken = 0;
    gunichar key;

    while (!app->leave && taken < KEYS_AT_ONCE &&
           (key = term_read(app->term, &row, &col)) != KEY_NONE_PRESSED) {
        app_key(app, key, row, col);
        taken++;
    }
    return taken > 0;
}

static void run(struct app *app)
{
    while (!app->leave) {
        bool asked = take_keys(app);
        gint64 now = g_get_monotonic_time();

        check_rules(app, now);
        app_run_follow(app, now);
        app->changed |= app_watch_patience(app, now) == 0;
        if (app->leave)
            break;
        if (asked || app->overdue ||
            ((app->changed || is_busy(app)) && now - app->drawn >= FRAME_INTERVAL)) {
            app_draw(app);
            app->drawn = g_get_monotonic_time();
            app->changed = app->overdue = false;
        }
        wait_for_work(app);
    }
}

static guint count_views(void)
{
    guint n = 0;

    while (view_table[n])
        n++;
    return n;
}

static void app_init(struct app *app, const struct app_options *options)
{
    *app = (struct app){.options = options, .n_views = count_views()};
    app->model.entry = PAIR_NONE;
    continuation_ask_init(&app->model.ask);
    app->tie = options->comparison.tie;
    thresholds_init(&app->limits);
    if (options->comparison.thresholds)
        app->limits = *options->comparison.thresholds;
    app->map = pair_map_copy(options->comparison.map);
    app->by_content = options->comparison.by_content;
    app->examples = g_strdup(options->examples);
    app->recordings = g_strdupv((char **)options->recordings);
    app->tokenizer = g_strdup(options->tokenizer);
    app->views = g_new0(struct view *, app->n_views);
    app->filters = g_new0(char *, app->n_views);
    app->stack = g_new0(guint, app->n_views);
    app->n_stack = 1;
}

static void app_finish(struct app *app)
{
    app_save_end(app);
    drop_comparison(app);
    app_run_end(app);
    watch_status_finish(&app->watched);
    timeline_destroy(app->timeline);
    ignored_finish(&app->model);
    prompt_close(&app->prompt);
    pair_map_destroy(app->map);
    pair_map_destroy(app->map_before);
    canvas_destroy(app->canvas);
    for (guint i = 0; i < app->n_views; i++)
        g_free(app->filters[i]);
    g_free(app->filters);
    g_free(app->views);
    g_free(app->stack);
    word_list_destroy(app->words);
    g_free(app->examples);
    g_strfreev(app->recordings);
    g_free(app->tokenizer);
    g_free(app->message);
    g_free(app->base_path);
    g_free(app->tuned_path);
    g_free(app->next_base);
    g_free(app->next_tuned);
    g_clear_error(&app->failure);
}

static int report_failure(const GError *failure)
{
    char *safe = escape_text(failure->message);

    fprintf(stderr, "tare: %s\n", safe);
    g_free(safe);
    return error_exit_status(failure);
}

/* What was loading is dropped; that it failed is said all the same. */
static void stop_loading(struct app *app)
{
    struct checkpoint *base = NULL, *tuned = NULL;
    GError *failure = NULL;

    if (loading_take(g_steal_pointer(&app->loading), &base, &tuned, &failure)) {
        checkpoint_destroy(base);
        checkpoint_destroy(tuned);
    } else if (app->model.state == LOAD_READING &&
               !g_error_matches(failure, TARE_ERROR, TARE_ERROR_CANCELLED)) {
        app->failure = failure;
    } else {
        g_error_free(failure);
    }
}

/* The terminal first: nobody waits for it. */
static int leave(struct app *app)
{
    bool lost = term_lost(app->term), stopped;
    int status = lost ? EXIT_OUTPUT : EXIT_DONE;

    term_close(app->term);
    stopped = !app->loading || loading_stop(app->loading, LOAD_PATIENCE);
    if (app->options->watch)
        stopped &= app->options->watch->ops->stop(app->options->watch, LOAD_PATIENCE);
    if (app->loading && stopped)
        stop_loading(app);
    if (app->failure)
        status = report_failure(app->failure);
    /* A library that can't be stopped must not keep the user waiting, nor see exit's handlers. */
    if (!stopped)
        _exit(status);
    app_finish(app);
    return status;
}

int app_run(const struct app_options *options)
{
    GError *failure = NULL;
    struct app app;
    int status;

    app_init(&app, options);
    app.term = term_open(&options->term, &failure);
    if (!app.term) {
        if (options->run)
            options->run->close(options->run->data, NULL);
        status = report_failure(failure);
        g_error_free(failure);
        app_finish(&app);
        return status;
    }
    app.model.base_path = options->base;
    app.model.tuned_path = options->tuned;
    app.model.words = options->words;
    app_draw(&app); /* before anything is opened */
    app.drawn = g_get_monotonic_time();
    if (options->watch)
        app_watch_begin(&app);
    else
        app_open_files(&app, options->base, options->tuned);
    if (options->run)
        app_run_begin(&app, options->run);
    run(&app);
    return leave(&app);
}
