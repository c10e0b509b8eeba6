/* A training that runs elsewhere: the newest checkpoint that could be read is what the views show.
 */
#include <math.h>

#include "core/escape.h"
#include "tui/app_state.h"

#define TICK G_USEC_PER_SEC /* an age is told */

static struct watch *watch_of(const struct app *app)
{
    return app->watching ? app->options->watch : NULL;
}

void app_watch_begin(struct app *app)
{
    app->watching = true;
    app->next_base = g_strdup(app->options->base);
    app->next_tuned = NULL;
    app->load_started = g_get_monotonic_time();
    app->model.run = (struct run_status){.state = watch_state_name(WATCH_WAITING),
                                         .learning_rate = NAN,
                                         .weight_decay = NAN,
                                         .tokens_per_second = NAN,
                                         .seconds_left = NAN,
                                         .shown = UINT64_MAX};
}

int app_watch_fd(const struct app *app)
{
    return app->watching ? watch_of(app)->ops->fd(watch_of(app)) : -1;
}

static void take_timeline(struct app *app, struct timeline *t)
{
    struct run_status *r = &app->model.run;
    const struct step_record *last;

    timeline_destroy(app->timeline);
    app->timeline = t;
    app->model.timeline = t;
    if (app->model.comparison)
        app->model.comparison->timeline = t;
    if (t->looks->len)
        r->step = g_array_index(t->looks, struct look_record, t->looks->len - 1).step;
    if (!t->steps->len)
        return;
    last = &g_array_index(t->steps, struct step_record, t->steps->len - 1);
    r->step = MAX(r->step, last->step);
    r->learning_rate = last->learning_rate;
}

static void take_comparison(struct app *app, struct comparison *c)
{
    g_free(app->next_base);
    g_free(app->next_tuned);
    app->next_base = g_strdup(c->base->source->path);
    app->next_tuned = g_strdup(app->watched.shown);
    if (app->tie)
        comparison_tie(c);
    app_show_comparison(app, c);
    app_pair_settled(app, true);
    c->timeline = app->timeline;
}

void app_watch_drain(struct app *app)
{
    struct watch_news news;

    watch_of(app)->ops->take(watch_of(app), &news);
    watch_status_finish(&app->watched);
    app->watched = news.status;
    app->model.run.state = watch_state_name(news.status.state);
    app->changed = true;
    if (news.timeline)
        take_timeline(app, news.timeline);
    if (news.comparison) {
        take_comparison(app, news.comparison);
        app->overdue = true;
    }
    if (news.lines)
        g_ptr_array_free(news.lines, TRUE);
    if (news.status.failed)
        app_show_failure(app,
                         g_error_new_literal(TARE_ERROR, TARE_ERROR_INPUT, news.status.reason));
}

bool app_watch_again(struct app *app)
{
    struct comparison_options options = app->options->comparison;

    if (!app->watching)
        return false;
    options.thresholds = &app->limits;
    options.map = app->map;
    watch_of(app)->ops->again(watch_of(app), &options);
    return true;
}

void app_watch_end(struct app *app)
{
    if (!app->watching)
        return;
    watch_of(app)->ops->stop(watch_of(app), 0);
    app->watching = false;
    app->model.timeline = NULL;
    if (app->model.comparison)
        app->model.comparison->timeline = NULL;
}

int app_watch_patience(const struct app *app, gint64 now)
{
    gint64 left = app->drawn + TICK - now;

    return !app->watching ? -1 : left <= 0 ? 0 : (int)(left / 1000) + 1;
}

char *app_watch_text(const struct app *app)
{
    char *raw = watch_status_text(&app->watched, g_get_monotonic_time());
    char *safe = escape_text(raw);

    g_free(raw);
    return safe;
}
