/* Byte-pair encoding over bytes (GPT-2, Llama 3) or over characters with bytes for the unknown
 * (Llama 2). */
#include <string.h>
#include "core/text/bpe_merges.h"
#include "core/text/spelling.h"
#include "core/text/tokenizer_internal.h"

struct bpe {
    struct bpe_merges merges;
    uint32_t byte[256]; /* ids of single bytes, as spelled or as fallback; TOKEN_NONE: none */
};

static uint32_t find(const struct tokenizer *t, const char *text, size_t bytes)
{
    return token_table_find(&t->tables->vocab, text, bytes);
}

static void find_bytes(const struct tokenizer *t, struct bpe *b)
{
    for (guint i = 0; i < 256; i++) {
        char text[8];
        int n = t->tables->model.byte_level ? g_unichar_to_utf8(spelling_char((guchar)i), text)
                                            : g_snprintf(text, sizeof text, "<0x%02X>", i);

        b->byte[i] = find(t, text, (size_t)n);
    }
}

static bool fail_merge(const struct tokenizer *t, uint32_t rank, const char *token, GError **error)
{
    g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                "%s: merge %u makes or takes \"%s\", which is no token of its vocabulary",
                t->tables->path, rank + 1, token);
    return false;
}

/* A merge's two tokens and what they become: without the prefix of tokens inside words, twice. */
static bool put_merge(const struct tokenizer *t, struct bpe *b, uint32_t rank, const char *left,
                      uint32_t n_left, const char *right, uint32_t n_right, GError **error)
{
    size_t prefix = t->tables->model.prefix ? strlen(t->tables->model.prefix) : 0;
    uint32_t l = find(t, left, n_left), r = find(t, right, n_right), id;
    GString *whole;
    bool ok = true;

    if (l == TOKEN_NONE || r == TOKEN_NONE)
        return fail_merge(t, rank, l == TOKEN_NONE ? left : right, error);
    whole = g_string_new_len(left, n_left);
    g_string_append_len(whole, right + MIN(prefix, n_right),
                        (gssize)(n_right - MIN(prefix, n_right)));
    id = find(t, whole->str, whole->len);
    if (id == TOKEN_NONE)
        ok = fail_merge(t, rank, whole->str, error);
    else
        bpe_merges_put(&b->merges, l, r, rank, id);
    g_string_free(whole, TRUE);
    return ok;
}

static bool prepare(struct tokenizer *t, GError **error)
{
    const struct model_options *o = &t->tables->model;
    const uint32_t *bytes = (const uint32_t *)(void *)o->merge_bytes->data;
    const char *at = o->merges->str;
    struct bpe *b = t->model = g_new0(struct bpe, 1);
    uint32_t n = o->merge_bytes->len / 2;

    bpe_merges_init(&b->merges, n);
    find_bytes(t, b);
    for (uint32_t i = 0; i < n; i++, bytes += 2) {
        const char *right = at + bytes[0] + 1;

        if (!put_merge(t, b, i, at, bytes[0], right, bytes[1], error))
            return false;
        at = right + bytes[1] + 1;
    }
    return true;
}

static void finish(struct tokenizer *t)
{
    struct bpe *b = t->model;

    if (!b)
        return;
    bpe_merges_finish(&b->merges);
    g_free(b);
}

/* The symbols of a word before any merge. */
struct symbols {
    struct bpe_symbol *item;
    uint32_t n;
    uint32_t unk_from, unk_to; /* an unknown part that was not put yet */
};

static void put_symbol(struct symbols *s, uint32_t id, uint32_t from, uint32_t to)
{
    s->item[s->n++] = (struct bpe_symbol){id, from, to, 0, 0};
}

/* A byte without a token is left out, as the tokenizers library does. */
static void put_bytes(const struct bpe *b, const struct text_piece *word, uint32_t from,
                      uint32_t to, struct symbols *s)
{
    for (uint32_t i = from; i < to; i++)
        if (b->byte[(guchar)word->text[i]] != TOKEN_NONE)
            put_symbol(s, b->byte[(guchar)word->text[i]], i, i + 1);
}

static bool has_bytes(const struct bpe *b, const char *text, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (b->byte[(guchar)text[i]] == TOKEN_NONE)
            return false;
    return true;
}

static void put_unknown(const struct tokenizer *t, struct symbols *s)
{
    if (s->unk_from < s->unk_to)
        put_symbol(s, t->unk, s->unk_from, s->unk_to);
    s->unk_from = s->unk_to;
}

/* The id of a character, with the prefix and suffix that its place in the word asks for. */
static uint32_t find_char(const struct tokenizer *t, const struct text_piece *word, uint32_t from,
                          uint32_t to)
{
    const struct model_options *o = &t->tables->model;
    const char *prefix = from && o->prefix ? o->prefix : "";
    const char *suffix = to == word->bytes && o->suffix ? o->suffix : "";
    GString *text;
    uint32_t id;

    if (!*prefix && !*suffix)
        return find(t, word->text + from, to - from);
    text = g_string_new(prefix);
    g_string_append_len(text, word->text + from, to - from);
    g_string_append(text, suffix);
    id = find(t, text->str, text->len);
    g_string_free(text, TRUE);
    return id;
}

static bool put_char(const struct tokenizer *t, const struct text_piece *word, uint32_t from,
                     uint32_t to, struct symbols *s, GError **error)
{
    const struct model_options *o = &t->tables->model;
    const struct bpe *b = t->model;
    uint32_t id = find_char(t, word, from, to);

    if (id != TOKEN_NONE) {
        put_unknown(t, s);
        put_symbol(s, id, from, to);
    } else if (o->byte_fallback && has_bytes(b, word->text + from, to - from)) {
        put_bytes(b, word, from, to, s);
    } else if (o->unk && t->unk == TOKEN_NONE) {
        return tokenizer_fail_unknown(t, word, error);
    } else if (o->unk) {
        if (!o->fuse_unk || s->unk_from == s->unk_to) {
            put_unknown(t, s);
            s->unk_from = from;
        }
        s->unk_to = to;
    }
    return true;
}

static bool put_chars(const struct tokenizer *t, const struct text_piece *word, struct symbols *s,
                      GError **error)
{
    for (uint32_t at = 0, next; at < word->bytes; at = next) {
        next = text_piece_next(word, at);
        if (!put_char(t, word, at, next, s, error))
            return false;
    }
    put_unknown(t, s);
    return true;
}

/* The id of a word that is a token; TOKEN_NONE: it isn't. */
static uint32_t find_word(const struct tokenizer *t, const struct text_piece *word)
{
    GString *spelled;
    uint32_t id;

    if (!t->tables->model.byte_level)
        return find(t, word->text, word->bytes);
    spelled = g_string_sized_new(word->bytes);
    for (uint32_t i = 0; i < word->bytes; i++)
        g_string_append_unichar(spelled, spelling_char((guchar)word->text[i]));
    id = find(t, spelled->str, spelled->len);
    g_string_free(spelled, TRUE);
    return id;
}

static bool encode_parts(const struct tokenizer *t, const struct text_piece *word,
                         struct bpe_symbol *room, struct token_sink *s, GError **error)
{
    const struct bpe *b = t->model;
    struct symbols symbols = {.item = room};

    if (t->tables->model.byte_level)
        put_bytes(b, word, 0, word->bytes, &symbols);
    else if (!put_chars(t, word, &symbols, error))
        return false;
    bpe_merges_apply(&b->merges, room, symbols.n);
    for (uint32_t i = 0; i < symbols.n; i++)
        if (room[i].id != TOKEN_NONE)
            token_sink_put(s, room[i].id, word, room[i].from, room[i].to);
    return true;
}

static bool encode(const struct tokenizer *t, const struct text_piece *word, struct token_sink *s,
                   GError **error)
{
    uint32_t whole = t->tables->model.ignore_merges ? find_word(t, word) : TOKEN_NONE;
    struct bpe_symbol few[64], *room = few;
    bool ok;

    if (whole != TOKEN_NONE) {
        token_sink_put(s, whole, word, 0, word->bytes);
        return true;
    }
    if (word->bytes > G_N_ELEMENTS(few))
        room = g_new(struct bpe_symbol, word->bytes);
    ok = encode_parts(t, word, room, s, error);
    if (room != few)
        g_free(room);
    return ok;
}

static void append(const struct tokenizer *t, const char *token, size_t bytes, bool first,
                   GString *out)
{
    const char *suffix = t->tables->model.suffix;
    size_t n = suffix ? strlen(suffix) : 0;
    bool strip = first && t->tables->model.strip_first && bytes && *token == ' ';
    bool ends = n && bytes >= n && memcmp(token + bytes - n, suffix, n) == 0;

    g_string_append_len(out, token + strip, (gssize)(bytes - strip - (ends ? n : 0)));
    if (ends)
        g_string_append_c(out, ' ');
}

const struct token_model_ops token_model_bpe = {.name = "BPE",
                                                .cached = true,
                                                .prepare = prepare,
                                                .finish = finish,
                                                .encode = encode,
                                                .append = append};
