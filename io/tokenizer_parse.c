#include "io/tokenizer_parse.h"

#include <math.h>
#include <string.h>
#include "io/json_scan.h"
#include "io/token_decode.h"

/* The first reason counts. */
G_GNUC_PRINTF(2, 3) static void refuse(struct tokenizer_parse *p, const char *format, ...)
{
    va_list arguments;

    if (p->refused)
        return;
    va_start(arguments, format);
    p->refused = g_strdup_vprintf(format, arguments);
    va_end(arguments);
}

/* TOKEN_NONE: no id of any table. */
static uint32_t id_of(double id)
{
    return id >= 0 && id < TOKENIZER_IDS_MOST && id == floor(id) ? (uint32_t)id : TOKEN_NONE;
}

static void put_token(struct tokenizer_parse *p, double number, const GString *text)
{
    struct token_table *vocab = &p->tables->vocab;
    uint32_t id = id_of(number);

    if (id == TOKEN_NONE) {
        refuse(p, "the token \"%s\" has the id %g, which is none from 0 to %u", text->str, number,
               TOKENIZER_IDS_MOST - 1);
        return;
    }
    if (token_table_get(vocab, id, NULL))
        refuse(p, "two tokens have the id %u, \"%s\" is one", id, text->str);
    token_table_put(vocab, id, text->str, text->len);
}

/* {"token": id ..} */
static void read_ids(struct tokenizer_parse *p, struct json_scan *s)
{
    GString *name = g_string_new(NULL);
    double id;

    while (json_scan_member(s, name)) {
        if (json_scan_number(s, &id))
            put_token(p, id, name);
        else
            json_scan_skip(s);
    }
    g_string_free(name, TRUE);
}

/* [["token", score] ..]: Unigram, the id is the place. */
static void read_pieces(struct tokenizer_parse *p, struct json_scan *s)
{
    GString *text = g_string_new(NULL);

    for (guint id = 0; json_scan_element(s); id++) {
        if (!json_scan_enter(s, '[')) {
            json_scan_skip(s);
            continue;
        }
        for (guint i = 0; json_scan_element(s); i++) {
            if (i == 0 && json_scan_text(s, text))
                put_token(p, id, text);
            else
                json_scan_skip(s);
        }
    }
    g_string_free(text, TRUE);
}

static void note_part(struct json_part *part, struct json_scan *s)
{
    const char *from = json_scan_skip(s);

    *part = (struct json_part){0};
    if (from && *from != 'n')
        *part = (struct json_part){from, (gsize)(s->at - from)};
}

/* A text or null. */
static bool read_text(struct json_scan *s, char **out)
{
    GString *text = g_string_new(NULL);
    bool taken = json_scan_text(s, text);

    if (taken) {
        g_free(*out);
        *out = g_strdup(text->str);
    }
    g_string_free(text, TRUE);
    return taken;
}

static bool read_count(struct json_scan *s, uint32_t *out)
{
    double number;

    if (!json_scan_number(s, &number))
        return false;
    *out = (uint32_t)CLAMP(number, 0, 1e9);
    return true;
}

/* Picking tokens at random is for training; 0 is what null is. */
static bool read_dropout(struct tokenizer_parse *p, struct json_scan *s)
{
    double dropout;

    if (!json_scan_number(s, &dropout))
        return false;
    if (dropout != 0)
        refuse(p, "its model has a dropout of %g: the same text would become other ids each time",
               dropout);
    return true;
}

static bool read_model_member(struct tokenizer_parse *p, const char *name, struct json_scan *s)
{
    struct model_options *o = &p->tables->model;

    if (strcmp(name, "type") == 0)
        return read_text(s, &p->model);
    if (strcmp(name, "unk_token") == 0)
        return read_text(s, &o->unk);
    if (strcmp(name, "continuing_subword_prefix") == 0)
        return read_text(s, &o->prefix);
    if (strcmp(name, "end_of_word_suffix") == 0)
        return read_text(s, &o->suffix);
    if (strcmp(name, "max_input_chars_per_word") == 0)
        return read_count(s, &o->longest);
    if (strcmp(name, "byte_fallback") == 0)
        return json_scan_flag(s, &o->byte_fallback);
    if (strcmp(name, "fuse_unk") == 0)
        return json_scan_flag(s, &o->fuse_unk);
    if (strcmp(name, "ignore_merges") == 0)
        return json_scan_flag(s, &o->ignore_merges);
    return strcmp(name, "dropout") == 0 && read_dropout(p, s);
}

static void read_model(struct tokenizer_parse *p, struct json_scan *s)
{
    GString *name = g_string_new(NULL);

    while (json_scan_member(s, name)) {
        if (strcmp(name->str, "vocab") == 0 && json_scan_enter(s, '{'))
            read_ids(p, s);
        else if (strcmp(name->str, "vocab") == 0 && json_scan_enter(s, '['))
            read_pieces(p, s);
        else if (strcmp(name->str, "merges") == 0)
            note_part(&p->merges, s);
        else if (!read_model_member(p, name->str, s))
            json_scan_skip(s);
    }
    g_string_free(name, TRUE);
}

static bool read_added_member(const char *name, struct json_scan *s, struct added_token *a,
                              GString *text, double *id)
{
    if (strcmp(name, "id") == 0)
        return json_scan_number(s, id);
    if (strcmp(name, "content") == 0)
        return json_scan_text(s, text);
    if (strcmp(name, "special") == 0)
        return json_scan_flag(s, &a->special);
    if (strcmp(name, "normalized") == 0)
        return json_scan_flag(s, &a->normalized);
    if (strcmp(name, "lstrip") == 0)
        return json_scan_flag(s, &a->left);
    if (strcmp(name, "rstrip") == 0)
        return json_scan_flag(s, &a->right);
    return strcmp(name, "single_word") == 0 && json_scan_flag(s, &a->single_word);
}

static void put_added(struct tokenizer_parse *p, struct added_token *a, const GString *text,
                      double id)
{
    a->id = id_of(id);
    if (a->id == TOKEN_NONE || text->len > ADDED_TOKEN_BYTES) {
        refuse(p, "its added token \"%.40s\" has no id, or more than %u bytes", text->str,
               ADDED_TOKEN_BYTES);
        if (a->id == TOKEN_NONE)
            return;
    }
    a->text = g_memdup2(text->str, text->len + 1);
    a->bytes = (uint32_t)text->len;
    g_array_append_val(p->tables->added, *a);
}

/* {"id": n, "content": "text" ..} */
static void read_added_token(struct tokenizer_parse *p, struct json_scan *s)
{
    GString *name = g_string_new(NULL), *text = g_string_new(NULL);
    struct added_token a = {.normalized = true};
    double id = -1;

    while (json_scan_member(s, name))
        if (!read_added_member(name->str, s, &a, text, &id))
            json_scan_skip(s);
    put_added(p, &a, text, id);
    g_string_free(name, TRUE);
    g_string_free(text, TRUE);
}

static void read_added(struct tokenizer_parse *p, struct json_scan *s)
{
    while (json_scan_element(s)) {
        if (json_scan_enter(s, '{'))
            read_added_token(p, s);
        else
            json_scan_skip(s);
    }
}

/* How a part that makes or undoes spellings says which: its own parts may nest, its words don't. */
static void note_spelling(struct tokenizer_parse *p, const struct json_part *part)
{
    enum token_spelling *spelling = &p->tables->model.spelling;
    gssize n = (gssize)part->bytes;

    if (!n)
        return;
    if (g_strstr_len(part->text, n, "\"ByteLevel\""))
        *spelling = TOKEN_BYTE_LEVEL;
    else if (*spelling == TOKEN_PLAIN && (g_strstr_len(part->text, n, "\"Metaspace\"") ||
                                          g_strstr_len(part->text, n, "\xe2\x96\x81") ||
                                          g_strstr_len(part->text, n, "\\u2581")))
        *spelling = TOKEN_METASPACE;
}

static struct json_part *part_named(struct tokenizer_parse *p, const char *name)
{
    if (strcmp(name, "normalizer") == 0)
        return &p->normalizer;
    if (strcmp(name, "pre_tokenizer") == 0)
        return &p->pre_tokenizer;
    if (strcmp(name, "post_processor") == 0)
        return &p->post_processor;
    return strcmp(name, "decoder") == 0 ? &p->decoder : NULL;
}

static void read_tokenizer(struct tokenizer_parse *p, struct json_scan *s)
{
    GString *name = g_string_new(NULL);

    while (json_scan_member(s, name)) {
        if (strcmp(name->str, "model") == 0 && json_scan_enter(s, '{'))
            read_model(p, s);
        else if (strcmp(name->str, "added_tokens") == 0 && json_scan_enter(s, '['))
            read_added(p, s);
        else if (part_named(p, name->str))
            note_part(part_named(p, name->str), s);
        else
            json_scan_skip(s);
    }
    note_spelling(p, &p->normalizer);
    note_spelling(p, &p->pre_tokenizer);
    note_spelling(p, &p->decoder);
    g_string_free(name, TRUE);
}

/* A plain list of ids says nothing of its spelling: a space at work in all-byte-level tokens does.
 */
static void guess_spelling(struct tokenizer_parse *p)
{
    const struct token_table *vocab = &p->tables->vocab;
    bool spaces = false, pieces = false, bytes = true;

    for (guint i = 0; i < token_table_size(vocab); i++) {
        const char *token = token_table_get(vocab, i, NULL);

        spaces |= token && strstr(token, "\xc4\xa0") != NULL;
        pieces |= token && g_str_has_prefix(token, "\xe2\x96\x81");
        bytes &= !token || token_is_byte_level(token);
    }
    p->tables->model.spelling = spaces && bytes ? TOKEN_BYTE_LEVEL
                                : pieces        ? TOKEN_METASPACE
                                                : TOKEN_PLAIN;
}

static void read_lines(struct tokenizer_parse *p, const char *text, gsize bytes)
{
    const char *end = text + bytes;

    for (guint id = 0; text < end; id++) {
        const char *stop = memchr(text, '\n', (gsize)(end - text));
        gsize n = (gsize)((stop ? stop : end) - text);
        GString *line = g_string_new_len(text, (gssize)(n && text[n - 1] == '\r' ? n - 1 : n));

        put_token(p, id, line);
        g_string_free(line, TRUE);
        text += n + 1;
    }
}

/* A member "model" that is an object makes it a tokenizer.json: ids are numbers. */
static bool is_full(const char *text, gsize bytes)
{
    GString *name = g_string_new(NULL);
    struct json_scan s;
    bool full = false;

    json_scan_init(&s, text, bytes);
    if (json_scan_enter(&s, '{'))
        while (!full && json_scan_member(&s, name)) {
            full = strcmp(name->str, "model") == 0 && json_scan_peek(&s) == '{';
            json_scan_skip(&s);
        }
    g_string_free(name, TRUE);
    return full;
}

static bool read_json(struct tokenizer_parse *p, const char *text, gsize bytes)
{
    struct json_scan s;

    json_scan_init(&s, text, bytes);
    if (!g_utf8_validate_len(text, bytes, NULL) || !json_scan_enter(&s, '{'))
        return false;
    p->form = is_full(text, bytes) ? TOKENIZER_FULL : TOKENIZER_IDS;
    if (p->form == TOKENIZER_FULL) {
        read_tokenizer(p, &s);
    } else {
        read_ids(p, &s);
        guess_spelling(p);
    }
    return !s.wrong;
}

bool tokenizer_parse(struct tokenizer_parse *p, const char *name, const char *text, gsize bytes,
                     GError **error)
{
    bool ok = true;

    *p = (struct tokenizer_parse){.form = TOKENIZER_LINES, .tables = tokenizer_tables_create(name)};
    if (g_str_has_suffix(name, ".txt"))
        read_lines(p, text, bytes);
    else
        ok = read_json(p, text, bytes);
    if (ok && (token_table_size(&p->tables->vocab) || p->tables->added->len))
        return true;
    g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%s: no tokenizer's vocabulary in it: %s",
                name, ok ? "no token has an id" : "not valid JSON, or nested too deep");
    tokenizer_parse_finish(p);
    return false;
}

void tokenizer_parse_finish(struct tokenizer_parse *p)
{
    tokenizer_tables_destroy(p->tables);
    g_free(p->model);
    g_free(p->refused);
    *p = (struct tokenizer_parse){0};
}
