#include "io/tokenizer_merges.h"

#include <string.h>
#include "io/json_scan.h"

static void put_part(struct tokenizer_tables *t, const char *text, gsize bytes)
{
    uint32_t n = (uint32_t)bytes;

    g_string_append_len(t->model.merges, text, (gssize)bytes);
    g_string_append_c(t->model.merges, 0);
    g_array_append_val(t->model.merge_bytes, n);
}

static bool fail(const struct tokenizer_tables *t, GError **error)
{
    g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%s: its merge %u is not two tokens", t->path,
                t->model.merge_bytes->len / 2 + 1);
    return false;
}

/* "left right": one space, and something on both sides. */
static bool put_pair(struct tokenizer_tables *t, const char *text, gsize bytes, GError **error)
{
    const char *space = memchr(text, ' ', bytes);
    gsize left = space ? (gsize)(space - text) : 0;

    if (!left || left + 1 == bytes || memchr(space + 1, ' ', bytes - left - 1))
        return fail(t, error);
    put_part(t, text, left);
    put_part(t, space + 1, bytes - left - 1);
    return true;
}

static bool read_list(struct tokenizer_tables *t, struct json_scan *s, GString *text,
                      GError **error)
{
    guint n = 0;

    for (; json_scan_element(s); n++) {
        if (n == 2 || !json_scan_text(s, text))
            return fail(t, error);
        put_part(t, text->str, text->len);
    }
    return n == 2 || fail(t, error);
}

static bool read_merge(struct tokenizer_tables *t, struct json_scan *s, GString *text,
                       GError **error)
{
    if (json_scan_enter(s, '['))
        return read_list(t, s, text, error);
    return json_scan_text(s, text) ? put_pair(t, text->str, text->len, error) : fail(t, error);
}

bool tokenizer_read_merges(const struct json_part *part, struct tokenizer_tables *t, GError **error)
{
    GString *text = g_string_new(NULL);
    struct json_scan s;
    bool ok = true;

    json_scan_init(&s, part->text, part->bytes);
    if (json_scan_enter(&s, '['))
        while (ok && json_scan_element(&s))
            ok = read_merge(t, &s, text, error);
    g_string_free(text, TRUE);
    return ok && (!s.wrong || fail(t, error));
}

bool tokenizer_read_merge_lines(const char *text, struct tokenizer_tables *t, GError **error)
{
    while (*text) {
        gsize n = strcspn(text, "\n"), bytes = n && text[n - 1] == '\r' ? n - 1 : n;

        if (bytes && !g_str_has_prefix(text, "#version") && !put_pair(t, text, bytes, error))
            return false;
        text += n + (text[n] == '\n');
    }
    return true;
}
