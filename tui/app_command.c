#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "core/escape.h"
#include "core/heads.h"
#include "tui/app_state.h"
#include "tui/units.h"

static bool same_file(const struct stat *a, const char *path)
{
    struct stat b;

    return path && stat(path, &b) == 0 && a->st_dev == b.st_dev && a->st_ino == b.st_ino;
}

/* Why the file may not be written, NULL if it may. */
static const char *refusal(const struct app *app, const char *path)
{
    struct stat there;

    if (stat(path, &there) < 0)
        return NULL;
    if (!S_ISREG(there.st_mode))
        return "it is there and is no regular file";
    if (same_file(&there, app->base_path) || same_file(&there, app->tuned_path))
        return "it is one of the files that are looked at";
    return NULL;
}

/* Written aside and renamed: what was there before stays whole if it fails. */
static void write_view(struct app *app, const struct view *v, const char *path, const char *safe)
{
    char *text = NULL, bytes[UNIT_BYTES];
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    GError *error = NULL;

    if (!out) {
        app_say(app, "%s: %s", safe, g_strerror(errno));
        return;
    }
    v->ops->write(v, out);
    if (fclose(out) != 0) {
        app_say(app, "%s: %s", safe, g_strerror(errno));
    } else if (g_file_set_contents(path, text, (gssize)n, &error)) {
        app_say(app, "wrote %s to %s", unit_bytes(bytes, (double)n), safe);
    } else {
        char *why = escape_text(error->message);

        app_say(app, "not written: %s", why);
        g_free(why);
        g_error_free(error);
    }
    free(text);
}

bool app_write(struct app *app, const char *path, bool overwrite)
{
    struct view *v = app_view(app);
    char *safe = escape_text(path);
    const char *why = refusal(app, path);
    bool decided = true;

    if (!v || !v->ops->write) {
        app_say(app, "%s has nothing to write", app_top(app)->title);
    } else if (why) {
        app_say(app, "%s: not written, %s", safe, why);
    } else if (!overwrite && g_file_test(path, G_FILE_TEST_EXISTS)) {
        app_say(app, "%s is there already: Enter again overwrites it, Esc leaves it", safe);
        decided = false;
    } else {
        write_view(app, v, path, safe);
    }
    g_free(safe);
    return decided;
}

static void command_view(struct app *app, const char *name)
{
    const struct view_ops *ops = view_find(name);
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

static void command_metric(struct app *app, const char *name)
{
    struct view *v = app_view(app);

    if (!v || !v->ops->metric)
        app_say(app, "%s shows no metric", app_top(app)->title);
    else if (!v->ops->metric(v, name))
        app_say(app, "no such metric here: m shows them in turn");
}

static void command_open(struct app *app, const char *base, const char *tuned)
{
    if (app->loading)
        app_say(app, "still reading");
    else
        app_open_files(app, base, tuned);
}

static void command_words(struct app *app, const char *path)
{
    GError *error = NULL;
    struct word_list *words = app->options->load_words(path, &error);

    if (words) {
        app->model.words = words;
        app->model.words_version++;
        word_list_destroy(app->words);
        app->words = words;
        app_say(app, "%u words in %u categories; Tab in the vocabulary shows them", words->n_words,
                words->n_categories);
    } else {
        char *why = escape_text(error->message);

        app_say(app, "%s", why);
        g_free(why);
        g_error_free(error);
    }
}

static void command_write(struct app *app, const char *path)
{
    /* A second ":w" is no answer to "Enter again": the prompt is. */
    if (app_write(app, path, false))
        return;
    prompt_open(&app->prompt, PROMPT_WRITE, path);
    app->prompt.confirmed = true;
}

static void command_heads(struct app *app, const char *value)
{
    uint16_t heads, kv_heads;

    if (!heads_parse(value, &heads, &kv_heads))
        app_say(app, "set heads N, or N:KV where KV divides N");
    else if (app->model.comparison)
        comparison_set_heads(app->model.comparison, heads, kv_heads);
}

/* The pairs view writes the map. */
static void command_map(struct app *app, const char *path)
{
    app_go_to(app, view_find("pairs"));
    command_write(app, path);
}

/* Re-checked at once, and kept for what is opened next. */
static void command_set(struct app *app, const char *name, const char *value)
{
    char *assignment = g_strdup_printf("%s=%s", name, value);
    GError *error = NULL;

    if (!thresholds_set(&app->limits, assignment, &error)) {
        char *safe = escape_text(error->message);

        app_say(app, "%s", safe);
        g_free(safe);
        g_error_free(error);
    } else if (app->model.comparison) {
        app->model.comparison->thresholds = app->limits;
        app_check(app);
        app_say(app, "%s, checked again: %u findings", assignment, app->model.findings->len);
    }
    g_free(assignment);
}

/* Kept for what is opened next. */
static void command_tie(struct app *app, bool tie)
{
    struct comparison *c = app->model.comparison;

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

static void run_command(struct app *app, char *const *word, int n)
{
    if (n == 1 && (!strcmp(word[0], "q") || !strcmp(word[0], "quit")))
        app->leave = true;
    else if (n == 1 && !strcmp(word[0], "help"))
        command_view(app, "help");
    else if (n <= 2 && !strcmp(word[0], "view"))
        command_view(app, n == 2 ? word[1] : "");
    else if (n == 2 && !strcmp(word[0], "w"))
        command_write(app, word[1]);
    else if (n == 2 && !strcmp(word[0], "metric"))
        command_metric(app, word[1]);
    else if (n == 3 && !strcmp(word[0], "set") && !strcmp(word[1], "heads"))
        command_heads(app, word[2]);
    else if (n == 1 && (!strcmp(word[0], "tie") || !strcmp(word[0], "untie")))
        command_tie(app, word[0][0] == 't');
    else if (n == 3 && !strcmp(word[0], "set"))
        command_set(app, word[1], word[2]);
    else if ((n == 2 || n == 3) && !strcmp(word[0], "open"))
        command_open(app, word[1], n == 3 ? word[2] : NULL);
    else if (n == 2 && !strcmp(word[0], "words"))
        command_words(app, word[1]);
    else if (n == 2 && !strcmp(word[0], "map"))
        command_map(app, word[1]);
    else if ((n == 3 || n == 4) && !strcmp(word[0], "pair"))
        app_pair_command(app, word[1], word[2], n == 4 ? word[3] : NULL);
    else
        app_say(app, "commands: q, view NAME, help, w FILE, metric NAME, open BASE [TUNED], "
                     "set NAME VALUE, set heads N, words FILE, tie, untie, pair BASE TUNED [HOW], "
                     "map FILE");
}

void app_command(struct app *app, const char *line)
{
    GError *error = NULL;
    char **words = NULL;
    int n = 0;

    if (!*line)
        return;
    if (g_shell_parse_argv(line, &n, &words, &error)) {
        run_command(app, words, n);
        g_strfreev(words);
    } else {
        app_say(app, "%s", error->message);
        g_error_free(error);
    }
}
