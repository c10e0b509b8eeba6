/* Both models on a person's examples: begun when files and examples are there. */
#include "core/escape.h"
#include "tui/app_state.h"

void app_study_begin(struct app *app)
{
    const struct app_options *o = app->options;
    GError *error = NULL;
    struct examples *examples;

    if (!app->examples || !app->model.comparison)
        return;
    examples = o->load_examples(app->examples, NULL, &error);
    if (!examples) {
        app_say_error(app, error);
        return;
    }
    app->model.example = UINT32_MAX;
    app->model.category = 0;
    app->model.study = study_start(&(struct study_input){.comparison = app->model.comparison,
                                                         .examples = examples,
                                                         .tokenizer = app->tokenizer,
                                                         .open_tokenizer = o->open_tokenizer,
                                                         .uncovered = o->uncovered});
    app->changed = true;
}

void app_study_end(struct app *app)
{
    struct comparison *c = app->model.comparison;

    if (c)
        c->behaviour = NULL;
    study_destroy(g_steal_pointer(&app->model.study));
}

void app_study_of(struct app *app, const char *path, const char *tokenizer)
{
    char *examples = g_strdup(path);

    app_study_end(app);
    g_free(app->examples);
    app->examples = examples;
    if (tokenizer) {
        g_free(app->tokenizer);
        app->tokenizer = g_strdup(tokenizer);
    }
    app_study_begin(app);
}

void app_study_drain(struct app *app)
{
    const char *error;

    if (!study_drain(app->model.study))
        return;
    app->changed = true;
    app->model.comparison->behaviour = study_behaviour(app->model.study);
    app->behaves_anew = true;
    error = study_error(app->model.study);
    if (error) {
        char *safe = escape_text(error);

        app_say(app, "examples: %s", safe);
        g_free(safe);
    }
}
