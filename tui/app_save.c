/* ":save": the mixture of the what-if view as a checkpoint, written by a thread of its own. */
#include "core/blend_file.h"
#include "core/blend_source.h"
#include "core/escape.h"
#include "core/jobs.h"
#include "tui/app_state.h"

struct saving {
    struct job job;
    struct app *app;
    struct pool *pool; /* of one worker */
    struct source *blended, *file;
    char *path, *base, *tuned;
    gboolean overwrite;
    guint parts; /* that are put back */
    struct save_watch watch;
    GError *error;
    bool done;
};

static void work_save(struct job *job, guint worker)
{
    struct saving *s = (struct saving *)job;
    const char *const inputs[] = {s->base, s->tuned, NULL};

    (void)worker;
    s->app->options->save(s->path, s->file, inputs, s->overwrite, &s->watch, &s->error);
}

static void done_save(struct job *job)
{
    ((struct saving *)job)->done = true;
}

static void start(struct app *app, const char *path, bool overwrite)
{
    const struct comparison *c = app->model.comparison;
    struct saving *s = g_new0(struct saving, 1);

    *s = (struct saving){.job = {.work = work_save, .done = done_save},
                         .app = app,
                         .blended = blend_source_create(c, &app->model.blend),
                         .path = g_strdup(path),
                         .base = g_strdup(app->base_path),
                         .tuned = g_strdup(app->tuned_path),
                         .overwrite = overwrite,
                         .parts = app->model.blend.n};
    s->file = blend_file_create(c, s->blended);
    s->pool = pool_create(1, NULL, NULL);
    app->saving = s;
    pool_submit(s->pool, &s->job);
}

static void saving_free(struct saving *s)
{
    pool_destroy(s->pool);
    source_close(s->file);
    source_close(s->blended);
    g_free(s->path);
    g_free(s->base);
    g_free(s->tuned);
    g_clear_error(&s->error);
    g_free(s);
}

bool app_save(struct app *app, const char *path, bool overwrite)
{
    const struct comparison *c = app->model.comparison;
    enum permission may;

    if (app->trainer && app_top(app) != view_find("whatif"))
        return app_run_save(app, path, false, overwrite);
    if (app_is_held(app))
        return true;
    if (!c || !c->tuned) {
        app_say(app, "one file: nothing to put back and save");
        return true;
    }
    may = app_may_write(app, path, overwrite);
    if (may == MAY_WRITE)
        start(app, path, overwrite);
    return may != MAY_IF_ASKED;
}

void app_save_asking(struct app *app, const char *path)
{
    if (app_save(app, path, false))
        return;
    prompt_open(&app->prompt, PROMPT_SAVE, path);
    app->prompt.confirmed = true;
}

int app_save_fd(const struct app *app)
{
    return app->saving ? pool_wake_fd(app->saving->pool) : -1;
}

static void say_end(struct app *app, const struct saving *s)
{
    char *safe = escape_text(s->error ? s->error->message : s->path);

    if (s->error)
        app_say(app, "%s", safe);
    else if (s->parts)
        app_say(app, "saved %s: %u part%s of the tuning put back", safe, s->parts,
                s->parts == 1 ? "" : "s");
    else
        app_say(app, "saved %s: as tuned, nothing is put back", safe);
    g_free(safe);
}

void app_save_drain(struct app *app)
{
    struct saving *s = app->saving;

    pool_drain(s->pool);
    if (!s->done)
        return;
    app->saving = NULL;
    say_end(app, s);
    saving_free(s);
}

char *app_save_text(const struct app *app)
{
    const struct saving *s = app->saving;
    char *safe = escape_text(s->path);
    char *text = g_strdup_printf("saving %s: %.0f %%   ^C stops it", safe,
                                 g_atomic_int_get(&s->watch.permille) / 10.0);

    g_free(safe);
    return text;
}

void app_save_cancel(struct app *app)
{
    g_atomic_int_set(&app->saving->watch.cancelled, 1);
}

void app_save_end(struct app *app)
{
    if (!app->saving)
        return;
    app_save_cancel(app);
    saving_free(g_steal_pointer(&app->saving));
}

bool app_is_held(struct app *app)
{
    if (app->loading)
        app_say(app, "still reading");
    else if (app->saving)
        app_say(app, "still saving: ^C stops that");
    return app->loading || app->saving;
}
