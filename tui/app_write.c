/* What `w` writes: a view's data into a file of its own. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "core/escape.h"
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

enum permission app_may_write(struct app *app, const char *path, bool overwrite)
{
    const char *why = refusal(app, path);
    char *safe = escape_text(path);
    enum permission may = MAY_WRITE;

    if (why) {
        app_say(app, "%s: not written, %s", safe, why);
        may = MAY_NOT;
    } else if (!overwrite && g_file_test(path, G_FILE_TEST_EXISTS)) {
        app_say(app, "%s is there already: Enter again overwrites it, Esc leaves it", safe);
        may = MAY_IF_ASKED;
    }
    g_free(safe);
    return may;
}

/* Written aside and renamed: what was there before stays whole if it fails. */
static void write_view(struct app *app, const struct view *v, const char *path)
{
    char *text = NULL, *safe, bytes[UNIT_BYTES];
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    GError *error = NULL;

    safe = escape_text(path);
    if (!out) {
        app_say(app, "%s: %s", safe, g_strerror(errno));
        g_free(safe);
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
    g_free(safe);
}

bool app_write(struct app *app, const char *path, bool overwrite)
{
    struct view *v = app_view(app);
    enum permission may;

    if (!v || !v->ops->write) {
        app_say(app, "%s has nothing to write", app_top(app)->title);
        return true;
    }
    may = app_may_write(app, path, overwrite);
    if (may == MAY_WRITE)
        write_view(app, v, path);
    return may != MAY_IF_ASKED;
}

/* A second ":w" is no answer to "Enter again": the prompt is. */
void app_write_asking(struct app *app, const char *path)
{
    if (app_write(app, path, false))
        return;
    prompt_open(&app->prompt, PROMPT_WRITE, path);
    app->prompt.confirmed = true;
}
