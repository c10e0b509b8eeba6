/* The command line: a function and a row each. */
#include <string.h>

#include "core/heads.h"
#include "tui/app_state.h"
#include "tui/continuation_ask.h"

static void command_view(struct app *app, int n, char *const *word)
{
    const struct view_ops *ops = n > 1 ? view_find(word[1]) : NULL;
    GString *names;

    if (ops) {
        app_go_to(app, ops);
        return;
    }
    names = g_string_new(NULL);
    for (guint i = 0; i < app->n_views; i++)
        g_string_append_printf(names, "%s%s", i ? ", " : "", view_table[i]->name);
    app_say(app, "views: %s", names->str);
    g_string_free(names, TRUE);
}

static void command_metric(struct app *app, int n, char *const *word)
{
    struct view *v = app_view(app);

    (void)n;
    if (!v || !v->ops->metric)
        app_say(app, "%s shows no metric", app_top(app)->title);
    else if (!v->ops->metric(v, word[1]))
        app_say(app, "no such metric here: m shows them in turn");
}

static void command_open(struct app *app, int n, char *const *word)
{
    if (app_is_held(app))
        return;
    if (app->trainer) {
        app_say(app, "a run goes on here: leave it before other files are opened");
        return;
    }
    app_watch_end(app);
    app_open_files(app, word[1], n == 3 ? word[2] : NULL);
}

static void command_words(struct app *app, int n, char *const *word)
{
    GError *error = NULL;
    struct word_list *words = app->options->load_words(word[1], &error);

    (void)n;
    if (words) {
        app->model.words = words;
        app->model.words_version++;
        word_list_destroy(app->words);
        app->words = words;
        app_say(app, "%u words in %u categories; Tab in the vocabulary shows them", words->n_words,
                words->n_categories);
    } else {
        app_say_error(app, error);
    }
}

static void command_write(struct app *app, int n, char *const *word)
{
    (void)n;
    app_write_asking(app, word[1]);
}

static void command_save(struct app *app, int n, char *const *word)
{
    (void)n;
    app_save_asking(app, word[1]);
}

static void set_heads(struct app *app, const char *value)
{
    uint16_t heads, kv_heads;

    if (!heads_parse(value, &heads, &kv_heads)) {
        app_say(app, "set heads N, or N:KV where KV divides N");
    } else if (app->model.comparison) {
        app_study_end(app); /* it runs with the heads it began with */
        comparison_set_heads(app->model.comparison, heads, kv_heads);
        app_study_begin(app);
    }
}

/* The pairs view writes the map. */
static void command_map(struct app *app, int n, char *const *word)
{
    (void)n;
    app_go_to(app, view_find("pairs"));
    app_write_asking(app, word[1]);
}

/* Re-checked at once, and kept for what is opened next. */
static void set_threshold(struct app *app, const char *name, const char *value)
{
    char *assignment = g_strdup_printf("%s=%s", name, value);
    GError *error = NULL;

    if (!thresholds_set(&app->limits, assignment, &error)) {
        app_say_error(app, error);
    } else if (app->model.comparison) {
        app->model.comparison->thresholds = app->limits;
        app_check(app);
        app_say(app, "%s, checked again: %u findings", assignment, app->model.findings->len);
    }
    g_free(assignment);
}

/* Kept for what is opened next. */
static void command_tie(struct app *app, int n, char *const *word)
{
    struct comparison *c = app->model.comparison;
    bool tie = word[0][0] == 't';

    (void)n;
    app->tie = tie;
    if (!c)
        return;
    if (tie)
        comparison_tie(c);
    else
        comparison_untie(c);
    app->tie_seen = TIE_OFF;
    app_check(app);
    app_say(app, tie ? "copies are compared as soon as all is scanned" : "copies are counted each");
    app_say_tied(app);
}

static void set_continuation(struct app *app, const char *name, const char *value)
{
    char *range = NULL;

    if (continuation_set(&app->model.ask, name, value, &range))
        app_go_to(app, view_find("continuations"));
    else
        app_say(app, "%s", range);
    g_free(range);
}

static void command_set(struct app *app, int n, char *const *word)
{
    (void)n;
    if (app_run_set(app, word[1], word[2]))
        return;
    if (strcmp(word[1], "heads") == 0)
        set_heads(app, word[2]);
    else if (continuation_setting(word[1]))
        set_continuation(app, word[1], word[2]);
    else
        set_threshold(app, word[1], word[2]);
}

static void command_pair(struct app *app, int n, char *const *word)
{
    app_pair_command(app, word[1], word[2], n == 4 ? word[3] : NULL);
}

/* A number of steps, UINT64_MAX: none. */
static uint64_t steps_of(const char *word)
{
    guint64 n;

    return g_ascii_string_to_unsigned(word, 10, 0, G_MAXUINT32, &n, NULL) ? n : UINT64_MAX;
}

static void command_steps(struct app *app, int n, char *const *word)
{
    uint64_t steps = steps_of(word[1]);

    (void)n;
    if (steps == UINT64_MAX)
        app_say(app, "%s takes a number of steps", word[0]);
    else
        app_run_ask(app, strcmp(word[0], "steps") == 0 ? RUN_STEPS : RUN_REWIND, steps);
}

static void command_tune(struct app *app, int n, char *const *word)
{
    app_run_tune(app, n - 1, word + 1);
}

static void command_save_run(struct app *app, int n, char *const *word)
{
    (void)n;
    if (!app->trainer)
        app_say(app, "no run goes on here");
    else
        app_run_save(app, word[1], true, false);
}

static void command_quit(struct app *app, int n, char *const *word)
{
    (void)n;
    (void)word;
    app->leave = true;
}

static void command_help(struct app *app, int n, char *const *word)
{
    (void)n;
    (void)word;
    app_go_to(app, view_find("help"));
}

static void command_examples(struct app *app, int n, char *const *word)
{
    app_study_of(app, word[1], n == 3 ? word[2] : NULL);
}

/* The rest of the line as it is, quotes and spaces included. */
static void prompt_command(struct app *app, const char *text)
{
    if (continuation_prompt(&app->model.ask, text))
        app_go_to(app, view_find("continuations"));
    else
        app_say(app, "a prompt has at most %d bytes", CONTINUATION_TEXT - 1);
}

static void command_prompt(struct app *app, int n, char *const *word)
{
    (void)n;
    (void)word;
    prompt_command(app, NULL);
}

static void command_recording(struct app *app, int n, char *const *word)
{
    app_study_recorded(app, word[1], n == 3 ? word[2] : NULL);
}

static const struct {
    const char *name;
    int least, most; /* words, the name included */
    void (*run)(struct app *app, int n, char *const *word);
    const char *usage; /* in the list of all; NULL: another spelling */
} commands[] = {
    {"q", 1, 1, command_quit, "q"},
    {"quit", 1, 1, command_quit, NULL},
    {"view", 1, 2, command_view, "view NAME"},
    {"help", 1, 1, command_help, "help"},
    {"w", 2, 2, command_write, "w FILE"},
    {"save", 2, 2, command_save, "save FILE"},
    {"steps", 2, 2, command_steps, "steps N"},
    {"rewind", 2, 2, command_steps, "rewind STEP"},
    {"saverun", 2, 2, command_save_run, "saverun FILE"},
    {"tune", 1, 64, command_tune, "tune OPTIONS"},
    {"metric", 2, 2, command_metric, "metric NAME"},
    {"open", 2, 3, command_open, "open BASE [TUNED]"},
    {"set", 3, 3, command_set, "set NAME VALUE, set heads N, set temperature T"},
    {"words", 2, 2, command_words, "words FILE"},
    {"examples", 2, 3, command_examples, "examples FILE [TOKENIZER]"},
    {"prompt", 1, 1, command_prompt, "prompt TEXT"},
    {"recording", 2, 3, command_recording, "recording BASE [TUNED]"},
    {"tie", 1, 1, command_tie, "tie, untie"},
    {"untie", 1, 1, command_tie, NULL},
    {"pair", 3, 4, command_pair, "pair BASE TUNED [HOW]"},
    {"map", 2, 2, command_map, "map FILE"},
};

static void list_commands(struct app *app)
{
    GString *all = g_string_new("commands: ");

    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
        if (commands[i].usage)
            g_string_append_printf(all, "%s%s", i ? ", " : "", commands[i].usage);
    app_say(app, "%s", all->str);
    g_string_free(all, TRUE);
}

static void run_command(struct app *app, int n, char *const *word)
{
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
        if (strcmp(word[0], commands[i].name) == 0 && n >= commands[i].least &&
            n <= commands[i].most) {
            commands[i].run(app, n, word);
            return;
        }
    list_commands(app);
}

void app_command(struct app *app, const char *line)
{
    GError *error = NULL;
    char **words = NULL;
    int n = 0;

    if (!*line)
        return;
    if (g_str_has_prefix(line, "prompt ") && line[strlen("prompt ")])
        prompt_command(app, line + strlen("prompt "));
    else if (g_shell_parse_argv(line, &n, &words, &error)) {
        run_command(app, n, words);
        g_strfreev(words);
    } else {
        app_say_error(app, error);
    }
}
