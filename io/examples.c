#include "io/examples.h"

#include <string.h>
#include "io/examples_forms.h"
#include "io/limits.h"
#include "io/text_file.h"

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
    char *text = text_file_read(path, "examples", LIMIT_EXAMPLES_BYTES, &bytes, error);
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
