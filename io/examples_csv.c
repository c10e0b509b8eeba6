/* Comma-separated values with a heading (RFC 4180), as spreadsheets and pandas write them: fields
 * in quotes hold delimiters, line ends and doubled quotes. A quote that is never closed must not
 * swallow the rest of the file: its line alone is bad, and from then on none goes on past its
 * line's end, so that each byte is looked at twice at most. */
#include <string.h>
#include "core/error.h"
#include "io/examples_forms.h"
#include "io/limits.h"

#define COLUMNS_MOST 1024

enum column {
    COLUMN_ID,
    COLUMN_CATEGORY,
    COLUMN_SPLIT,
    COLUMN_PAIR,
    COLUMN_TEXT,
    COLUMN_PROMPT,
    COLUMN_COMPLETION,
    COLUMN_IDS,
    COLUMN_PROMPT_IDS,
    COLUMN_N_PROMPT,
    COLUMN_COUNT
};

static const char *const column_names[COLUMN_COUNT] = {
    "id",     "category",   "split", "pair",       "text",
    "prompt", "completion", "ids",   "prompt_ids", "n_prompt"};

struct csv {
    const char *at, *end;
    char delimiter;
    uint32_t line;           /* of at; 1-based */
    bool one_line;           /* quotes end with their line */
    GString *text;           /* of the record's fields, each with a 0 behind it */
    GArray *starts;          /* gsize: where each starts in text */
    const char *bad;         /* why the record is none; NULL: it is */
    int place[COLUMN_COUNT]; /* which field it is; -1: the heading has none */
};

static bool at_line_end(const struct csv *c, const char *p)
{
    return p == c->end || *p == '\n' || (*p == '\r' && (p + 1 == c->end || p[1] == '\n'));
}

/* Past the end of the line that p is in. */
static void next_line(struct csv *c, const char *p)
{
    const char *stop = memchr(p, '\n', (size_t)(c->end - p));

    for (const char *q = c->at; q < (stop ? stop : c->end); q++)
        c->line += *q == '\n';
    c->line += stop != NULL;
    c->at = stop ? stop + 1 : c->end;
}

/* Behind the closing quote; NULL: there is none. */
static const char *quoted(struct csv *c, const char *p)
{
    const char *start = p;

    for (p++; p < c->end && p - start <= LIMIT_EXAMPLE_BYTES; p++) {
        if (*p == '"' && p + 1 < c->end && p[1] == '"')
            p++;
        else if (*p == '"')
            return p + 1;
        else if (*p == '\n' && c->one_line)
            return NULL;
        g_string_append_c(c->text, *p);
    }
    c->one_line = true;
    return NULL;
}

static const char *plain(struct csv *c, const char *p)
{
    const char *start = p;

    while (!at_line_end(c, p) && *p != c->delimiter)
        p++;
    g_string_append_len(c->text, start, p - start);
    return p;
}

/* The field that starts at p; behind it, NULL: the record is bad. */
static const char *field(struct csv *c, const char *p)
{
    g_array_append_val(c->starts, c->text->len);
    if (p < c->end && *p == '"') {
        p = quoted(c, p);
        if (!p)
            c->bad = "a quote that is never closed";
        else if (!at_line_end(c, p) && *p != c->delimiter)
            c->bad = "something behind a closing quote";
    } else {
        p = plain(c, p);
    }
    g_string_append_c(c->text, '\0');
    return c->bad ? NULL : p;
}

/* Of the line at c->at, and past it. */
static void record(struct csv *c)
{
    const char *p = c->at;

    g_string_truncate(c->text, 0);
    g_array_set_size(c->starts, 0);
    c->bad = NULL;
    while ((p = field(c, p))) {
        if (c->text->len > LIMIT_EXAMPLE_BYTES)
            c->bad = "longer than an example may be";
        else if (c->starts->len > COLUMNS_MOST)
            c->bad = "more columns than any heading";
        if (c->bad || at_line_end(c, p))
            break;
        p++;
    }
    next_line(c, c->bad || !p ? c->at : p);
}

static const char *field_text(const struct csv *c, guint i)
{
    return c->text->str + g_array_index(c->starts, gsize, i);
}

/* Fields hold no 0, and are UTF-8. */
static bool readable(const struct csv *c)
{
    for (guint i = 0; i < c->starts->len; i++) {
        gsize start = g_array_index(c->starts, gsize, i);
        gsize end = i + 1 < c->starts->len ? g_array_index(c->starts, gsize, i + 1) : c->text->len;

        if (!g_utf8_validate_len(c->text->str + start, end - start - 1, NULL))
            return false;
    }
    return true;
}

static const char *column(const struct csv *c, enum column which)
{
    return c->place[which] < 0 ? NULL : field_text(c, (guint)c->place[which]);
}

/* Numbers between spaces, commas or brackets; false: something else is there. */
static bool parse_ids(const char *text, GArray *out)
{
    for (const char *p = text ? text : ""; *(p += strspn(p, " ,;[]\t\r\n"));) {
        char *end;
        guint64 id = g_ascii_strtoull(p, &end, 10);
        uint32_t value = (uint32_t)id;

        if (!g_ascii_isdigit(*p) || id > UINT32_MAX)
            return false;
        g_array_append_val(out, value);
        p = end;
    }
    return true;
}

static void add_record(struct csv *c, struct examples_builder *b, uint32_t line)
{
    struct example_fields f = {.id = column(c, COLUMN_ID),
                               .category = column(c, COLUMN_CATEGORY),
                               .split = column(c, COLUMN_SPLIT),
                               .pair = column(c, COLUMN_PAIR),
                               .text = column(c, COLUMN_TEXT),
                               .prompt = column(c, COLUMN_PROMPT),
                               .completion = column(c, COLUMN_COMPLETION),
                               .n_prompt = -1};
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    GArray *prompt_ids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    GArray *n_prompt = g_array_new(FALSE, FALSE, sizeof(uint32_t));

    if (!parse_ids(column(c, COLUMN_IDS), ids) ||
        !parse_ids(column(c, COLUMN_PROMPT_IDS), prompt_ids) ||
        !parse_ids(column(c, COLUMN_N_PROMPT), n_prompt) || n_prompt->len > 1) {
        examples_builder_bad(b, line, g_strdup("ids, prompt_ids or n_prompt is no number"));
    } else {
        f.ids = (const uint32_t *)ids->data;
        f.n_ids = ids->len;
        f.prompt_ids = (const uint32_t *)prompt_ids->data;
        f.n_prompt_ids = prompt_ids->len;
        if (n_prompt->len)
            f.n_prompt = g_array_index(n_prompt, uint32_t, 0);
        examples_builder_add(b, line, &f);
    }
    g_array_free(ids, TRUE);
    g_array_free(prompt_ids, TRUE);
    g_array_free(n_prompt, TRUE);
}

static char delimiter_of(const struct csv *c)
{
    for (const char *p = c->at; !at_line_end(c, p); p++)
        if (*p == ',' || *p == ';' || *p == '\t')
            return *p;
    return ',';
}

static gboolean heading(struct csv *c, GError **error)
{
    c->delimiter = delimiter_of(c);
    record(c);
    for (int k = 0; k < COLUMN_COUNT; k++) {
        c->place[k] = -1;
        for (guint i = 0; !c->bad && i < c->starts->len; i++)
            if (c->place[k] < 0 && g_ascii_strcasecmp(field_text(c, i), column_names[k]) == 0)
                c->place[k] = (int)i;
    }
    if (c->place[COLUMN_TEXT] >= 0 || c->place[COLUMN_COMPLETION] >= 0 || c->place[COLUMN_IDS] >= 0)
        return TRUE;
    g_set_error_literal(error, TARE_ERROR, TARE_ERROR_INPUT,
                        "neither JSON lines nor CSV whose first line names a column text, "
                        "completion or ids");
    return FALSE;
}

static void rows(struct csv *c, struct examples_builder *b)
{
    guint columns = c->starts->len;

    while (c->at < c->end) {
        uint32_t line = c->line;

        record(c);
        if (c->bad)
            examples_builder_bad(b, line, g_strdup(c->bad));
        else if (c->starts->len == 1 && c->text->len == 1)
            continue; /* an empty line */
        else if (c->starts->len != columns)
            examples_builder_bad(
                b, line, g_strdup_printf("%u fields, the heading has %u", c->starts->len, columns));
        else if (!readable(c))
            examples_builder_bad(b, line, g_strdup("not UTF-8, or a character 0 in it"));
        else
            add_record(c, b, line);
    }
}

gboolean examples_csv(struct examples_builder *b, const char *text, gsize bytes, GError **error)
{
    struct csv c = {.at = text,
                    .end = text + bytes,
                    .line = 1,
                    .text = g_string_new(NULL),
                    .starts = g_array_new(FALSE, FALSE, sizeof(gsize))};
    gboolean ok = heading(&c, error);

    if (ok)
        rows(&c, b);
    g_string_free(c.text, TRUE);
    g_array_free(c.starts, TRUE);
    return ok;
}
