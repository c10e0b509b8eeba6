/* Both models on a person's examples: begun when files and examples are there. */
#include "core/escape.h"
#include "tui/app_state.h"

static void begin(struct app *app, const struct study_input *input)
{
    app->model.example = UINT32_MAX;
    app->model.category = 0;
    app->model.layer = 0;
    app->model.study = study_start(input);
    app->changed = true;
}

static void begin_with_examples(struct app *app)
{
    const struct app_options *o = app->options;
    GError *error = NULL;
    struct examples *examples = o->load_examples(app->examples, NULL, &error);

    if (examples)
        begin(app, &(struct study_input){.comparison = app->model.comparison,
                                         .examples = examples,
                                         .tokenizer = app->tokenizer,
                                         .open_tokenizer = o->open_tokenizer,
                                         .uncovered = o->uncovered});
    else
        app_say_error(app, error);
}

void app_study_begin(struct app *app)
{
    const struct app_options *o = app->options;

    if (!app->model.comparison || !app_run_lets_study(app))
        return;
    if (app->recordings)
        begin(app, &(struct study_input){
                       .comparison = app->model.comparison,
                       .recordings = (const char *const *)(const void *)app->recordings,
                       .open_recorded = o->open_recorded});
    else if (app->examples)
        begin_with_examples(app);
}

void app_study_end(struct app *app)
{
    struct comparison *c = app->model.comparison;

    if (c) {
        c->behaviour = NULL;
        c->activity = NULL;
        c->shifts = NULL;
    }
    study_destroy(g_steal_pointer(&app->model.study));
}

void app_study_of(struct app *app, const char *path, const char *tokenizer)
{
    char *examples = g_strdup(path);

    app_study_end(app);
    g_free(app->examples);
    g_clear_pointer(&app->recordings, g_strfreev);
    app->examples = examples;
    if (tokenizer) {
        g_free(app->tokenizer);
        app->tokenizer = g_strdup(tokenizer);
    }
    app_study_begin(app);
}

void app_study_recorded(struct app *app, const char *base, const char *tuned)
{
    char **recordings = g_strdupv((char *[]){(char *)base, (char *)tuned, NULL});

    app_study_end(app);
    g_clear_pointer(&app->examples, g_free);
    g_strfreev(app->recordings);
    app->recordings = recordings;
    app_study_begin(app);
}

static void say_remarks(struct app *app)
{
    const char *const *remarks = study_remarks(app->model.study);
    char *safe = remarks && remarks[0] ? escape_text(remarks[0]) : NULL;
    guint more = safe ? g_strv_length((char **)remarks) - 1 : 0;

    if (safe && more)
        app_say(app, "left out: %s; and %u more", safe, more);
    else if (safe)
        app_say(app, "left out: %s", safe);
    g_free(safe);
}

void app_study_drain(struct app *app)
{
    struct study *of = app->model.study;
    struct comparison *c = app->model.comparison;
    bool read = study_examples(of) != NULL;
    const char *error;

    if (!study_drain(of))
        return;
    app->changed = true;
    c->behaviour = study_behaviour(of);
    c->activity = study_activity(of);
    c->shifts = study_shifts(of);
    app->behaves_anew = true;
    if (!read)
        say_remarks(app);
    error = study_error(of);
    if (error) {
        char *safe = escape_text(error);

        app_say(app, "%s: %s", study_is_recorded(of) ? "recording" : "examples", safe);
        g_free(safe);
    }
}
