#include "io/tokenizer_file.h"

#include <string.h>
#include "io/json_scan.h"
#include "io/neighbour.h"
#include "io/token_decode.h"

/* What was read so far: spellings by id, decoded at the end, when all of the file is known. */
struct tokenizer {
    GPtrArray *token;  /* owned strings, NULL where an id has none */
    GByteArray *added; /* [token->len]: written plainly */
    enum token_spelling spelling;
};

static void tokenizer_init(struct tokenizer *t)
{
    *t = (struct tokenizer){g_ptr_array_new(), g_byte_array_new(), TOKEN_PLAIN};
}

static void tokenizer_finish(struct tokenizer *t)
{
    for (guint i = 0; i < t->token->len; i++)
        g_free(g_ptr_array_index(t->token, i));
    g_ptr_array_free(t->token, TRUE);
    g_byte_array_free(t->added, TRUE);
}

static void put_token(struct tokenizer *t, double id, const char *text, bool added)
{
    static const guint8 plain[1] = {0};
    guint at;

    if (!(id >= 0 && id < TOKENIZER_IDS_MOST))
        return;
    at = (guint)id;
    if (at >= t->token->len)
        g_ptr_array_set_size(t->token, (gint)at + 1);
    while (t->added->len < t->token->len)
        g_byte_array_append(t->added, plain, 1);
    g_free(g_ptr_array_index(t->token, at));
    g_ptr_array_index(t->token, at) = g_strdup(text);
    t->added->data[at] = added;
}

/* {"token": id ..} */
static void read_ids(struct tokenizer *t, struct json_scan *s)
{
    GString *name = g_string_new(NULL);
    double id;

    while (json_scan_member(s, name)) {
        if (json_scan_number(s, &id))
            put_token(t, id, name->str, false);
        else
            json_scan_skip(s);
    }
    g_string_free(name, TRUE);
}

/* [["token", score] ..]: Unigram, the id is the place. */
static void read_pieces(struct tokenizer *t, struct json_scan *s)
{
    GString *text = g_string_new(NULL);

    for (guint id = 0; json_scan_element(s); id++) {
        if (!json_scan_enter(s, '[')) {
            json_scan_skip(s);
            continue;
        }
        for (guint i = 0; json_scan_element(s); i++) {
            if (i == 0 && json_scan_text(s, text))
                put_token(t, id, text->str, false);
            else
                json_scan_skip(s);
        }
    }
    g_string_free(text, TRUE);
}

static void read_model(struct tokenizer *t, struct json_scan *s)
{
    GString *name = g_string_new(NULL);

    while (json_scan_member(s, name)) {
        if (strcmp(name->str, "vocab") == 0 && json_scan_enter(s, '{'))
            read_ids(t, s);
        else if (strcmp(name->str, "vocab") == 0 && json_scan_enter(s, '['))
            read_pieces(t, s);
        else
            json_scan_skip(s);
    }
    g_string_free(name, TRUE);
}

/* {"id": n, "content": "text" ..} */
static void read_added_token(struct tokenizer *t, struct json_scan *s)
{
    GString *name = g_string_new(NULL), *text = g_string_new(NULL);
    double id = -1;

    while (json_scan_member(s, name)) {
        bool taken = strcmp(name->str, "id") == 0        ? json_scan_number(s, &id)
                     : strcmp(name->str, "content") == 0 ? json_scan_text(s, text)
                                                         : false;

        if (!taken)
            json_scan_skip(s);
    }
    put_token(t, id, text->str, true);
    g_string_free(name, TRUE);
    g_string_free(text, TRUE);
}

static void read_added(struct tokenizer *t, struct json_scan *s)
{
    while (json_scan_element(s)) {
        if (json_scan_enter(s, '{'))
            read_added_token(t, s);
        else
            json_scan_skip(s);
    }
}

/* How a part that makes or undoes spellings says which: its own parts may nest, its words don't. */
static void note_spelling(struct tokenizer *t, struct json_scan *s)
{
    const char *from = json_scan_skip(s);
    gssize bytes = from ? s->at - from : 0;

    if (!from)
        return;
    if (g_strstr_len(from, bytes, "\"ByteLevel\""))
        t->spelling = TOKEN_BYTE_LEVEL;
    else if (t->spelling == TOKEN_PLAIN &&
             (g_strstr_len(from, bytes, "\"Metaspace\"") ||
              g_strstr_len(from, bytes, "\xe2\x96\x81") || g_strstr_len(from, bytes, "\\u2581")))
        t->spelling = TOKEN_METASPACE;
}

static bool is_spelling(const char *name)
{
    return strcmp(name, "normalizer") == 0 || strcmp(name, "pre_tokenizer") == 0 ||
           strcmp(name, "decoder") == 0;
}

static void read_tokenizer(struct tokenizer *t, struct json_scan *s)
{
    GString *name = g_string_new(NULL);
    struct json_scan added = {0};

    while (json_scan_member(s, name)) {
        if (strcmp(name->str, "model") == 0 && json_scan_enter(s, '{')) {
            read_model(t, s);
        } else if (strcmp(name->str, "added_tokens") == 0) {
            added = *s;
            json_scan_skip(s);
        } else if (is_spelling(name->str)) {
            note_spelling(t, s);
        } else {
            json_scan_skip(s);
        }
    }
    /* After the model: what is added stands for itself, even where the model names the id too. */
    if (added.at && json_scan_enter(&added, '['))
        read_added(t, &added);
    g_string_free(name, TRUE);
}

/* A plain list of ids says nothing of its spelling: a space at work in all-byte-level tokens does.
 */
static void guess_spelling(struct tokenizer *t)
{
    bool spaces = false, pieces = false, bytes = true;

    for (guint i = 0; i < t->token->len; i++) {
        const char *token = g_ptr_array_index(t->token, i);

        spaces |= token && strstr(token, "\xc4\xa0") != NULL;
        pieces |= token && g_str_has_prefix(token, "\xe2\x96\x81");
        bytes &= !token || token_is_byte_level(token);
    }
    t->spelling = spaces && bytes ? TOKEN_BYTE_LEVEL : pieces ? TOKEN_METASPACE : TOKEN_PLAIN;
}

static void read_lines(struct tokenizer *t, const char *text, gsize bytes)
{
    const char *end = text + bytes;

    for (guint id = 0; text < end; id++) {
        const char *stop = memchr(text, '\n', (gsize)(end - text));
        gsize n = (gsize)((stop ? stop : end) - text);
        char *line = g_strndup(text, n && text[n - 1] == '\r' ? n - 1 : n);

        put_token(t, id, line, false);
        g_free(line);
        text += n + 1;
    }
}

static bool read_json(struct tokenizer *t, const char *name, const char *text, gsize bytes)
{
    struct json_scan s;

    json_scan_init(&s, text, bytes);
    if (!g_utf8_validate_len(text, bytes, NULL) || !json_scan_enter(&s, '{'))
        return false;
    if (strcmp(name, "tokenizer.json") == 0) {
        read_tokenizer(t, &s);
    } else {
        read_ids(t, &s);
        guess_spelling(t);
    }
    return !s.wrong;
}

static struct token_texts *take_texts(struct tokenizer *t, const char *name)
{
    struct token_texts *out = g_new0(struct token_texts, 1);

    out->n = t->token->len;
    out->text = g_new0(char *, out->n + 1);
    out->path = g_strdup(name);
    for (uint32_t i = 0; i < out->n; i++) {
        const char *token = g_ptr_array_index(t->token, i);

        if (token)
            out->text[i] = token_decode(token, t->added->data[i] ? TOKEN_PLAIN : t->spelling);
    }
    return out;
}

struct token_texts *tokenizer_file_parse(const char *name, const char *text, gsize bytes,
                                         GError **error)
{
    struct token_texts *out = NULL;
    struct tokenizer t;
    bool ok = true;

    tokenizer_init(&t);
    if (g_str_has_suffix(name, ".txt"))
        read_lines(&t, text, bytes);
    else
        ok = read_json(&t, name, text, bytes);
    if (ok && t.token->len)
        out = take_texts(&t, name);
    else
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%s: no tokenizer's vocabulary in it: %s",
                    name, ok ? "no token has an id" : "not valid JSON, or nested too deep");
    tokenizer_finish(&t);
    return out;
}

/* As HuggingFace and KerasHub name them, the fullest first. */
static const char *const names[] = {"tokenizer.json",
                                    "vocab.json",
                                    "vocabulary.json",
                                    "vocab.txt",
                                    "vocabulary.txt",
                                    "assets/tokenizer/vocabulary.json",
                                    "assets/tokenizer/vocabulary.txt"};

struct token_texts *tokenizer_file_read(const char *weights_path, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        char *text = neighbour_read(weights_path, names[i]);
        struct token_texts *out;

        if (!text)
            continue;
        out = tokenizer_file_parse(names[i], text, strlen(text), error);
        g_free(text);
        return out;
    }
    g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                "no tokenizer.json, vocab.json or vocab.txt lies beside %s", weights_path);
    return NULL;
}
