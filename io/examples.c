#include "io/examples.h"

#include <string.h>
#include "io/examples_forms.h"
#include "io/file.h"
#include "io/limits.h"

static char *read_all(const char *path, gsize *bytes, GError **error)
{
    struct file f;
    char *text = NULL;

    if (!file_open(&f, path, error))
        return NULL;
    if (f.size > LIMIT_EXAMPLES_BYTES)
        g_set_error(error, TARE_ERROR, TARE_ERROR_LIMIT,
                    "%s: examples of %" G_GUINT64_FORMAT " bytes, the limit is %u", path, f.size,
                    LIMIT_EXAMPLES_BYTES);
    else if (!(text = g_try_malloc(f.size + 1)))
        g_set_error(error, TARE_ERROR, TARE_ERROR_LIMIT, "%s: no memory for its examples", path);
    else if (!file_read(&f, 0, text, f.size, error))
        g_clear_pointer(&text, g_free);
    else
        text[ *bytes = f.size] = '\0';
    file_close(&f);
    return text;
}

static gboolean add_text(struct examples_builder *b, const char *path, const char *text,
                         gsize bytes, GError **error)
{
    gsize lead = bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0; /* UTF-8's mark */
    const char *first;

    text += lead;
    bytes -= lead;
    first = text + strspn(text, " \t\r\n");
    if (*first == '[') {
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                    "%s: one JSON list; write one object a line (jq -c '.[]' does it)", path);
        return FALSE;
    }
    if (*first == '{') {
        examples_jsonl(b, text, bytes);
        return TRUE;
    }
    if (examples_csv(b, text, bytes, error))
        return TRUE;
    g_prefix_error(error, "%s: ", path);
    return FALSE;
}

static gboolean add_file(struct examples_builder *b, const char *path, GError **error)
{
    gsize bytes = 0;
    char *text = read_all(path, &bytes, error);
    gboolean ok = text && add_text(b, path, text, bytes, error);

    g_free(text);
    return ok;
}

static gboolean check_any(const struct examples *e, GError **error)
{
    if (e->n > 0)
        return TRUE;
    g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%s: no example in it%s%s", e->path,
                e->n_bad ? "; the first bad line: " : "", e->n_bad ? e->bad[0].reason : "");
    return FALSE;
}

struct examples *examples_read(const char *path, const char *train_path, GError **error)
{
    struct examples_builder *b = examples_builder_create(path);
    gboolean ok = add_file(b, path, error);
    struct examples *e;

    if (ok && train_path) {
        examples_builder_file(b, train_path, SPLIT_TRAIN);
        ok = add_file(b, train_path, error);
    }
    e = examples_builder_finish(b);
    if (ok && check_any(e, error))
        return e;
    examples_destroy(e);
    return NULL;
}
