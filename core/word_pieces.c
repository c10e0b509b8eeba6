#include "core/word_pieces.h"

#include <string.h>

#define PIECE_BYTES 256u /* longer tokens are whole words or nothing */
#define INSIDE "##"      /* before a WordPiece that goes on inside a word */

struct word_pieces {
    const struct tokenizer *tokenizer;
    GHashTable *ids; /* text -> id, the first of equal ones */
    uint32_t n_rows;
    gsize longest;
    bool marked; /* tokens inside a word are */
    bool whole;  /* tokens are words, and no parts of any */
};

struct word_pieces *word_pieces_create(const struct token_texts *texts,
                                       const struct tokenizer *tokenizer, uint32_t n_rows)
{
    struct word_pieces *p = g_new0(struct word_pieces, 1);

    p->tokenizer = tokenizer;
    p->n_rows = n_rows;
    p->whole = texts && texts->words;
    p->ids = g_hash_table_new(g_str_hash, g_str_equal);
    for (uint32_t i = 0; texts && !tokenizer && i < MIN(texts->n, n_rows); i++) {
        gsize bytes = texts->text[i] ? strlen(texts->text[i]) : 0;

        if (!bytes || g_hash_table_contains(p->ids, texts->text[i]))
            continue;
        g_hash_table_insert(p->ids, texts->text[i], GUINT_TO_POINTER(i));
        p->longest = MAX(p->longest, MIN(bytes, PIECE_BYTES));
        p->marked |= bytes > strlen(INSIDE) && g_str_has_prefix(texts->text[i], INSIDE);
    }
    return p;
}

void word_pieces_destroy(struct word_pieces *p)
{
    if (!p)
        return;
    g_hash_table_destroy(p->ids);
    g_free(p);
}

/* False: it fails, or needs the token for the unknown, or one without a row. */
static bool encode(const struct word_pieces *p, const char *text, GArray *ids)
{
    guint before = ids->len;
    uint32_t unknown = tokenizer_special(p->tokenizer, TOKEN_UNK);
    bool ok = tokenizer_encode(p->tokenizer, text, strlen(text), false, ids, NULL, NULL) &&
              ids->len > before;

    for (guint i = before; ok && i < ids->len; i++) {
        uint32_t id = g_array_index(ids, uint32_t, i);

        ok = id < p->n_rows && id != unknown;
    }
    if (!ok)
        g_array_set_size(ids, before);
    return ok;
}

static bool look_up(const struct word_pieces *p, const char *text, uint32_t *id)
{
    gpointer found;
    bool known = g_hash_table_lookup_extended(p->ids, text, NULL, &found);

    if (known)
        *id = GPOINTER_TO_UINT(found);
    return known;
}

uint32_t word_pieces_whole(const struct word_pieces *p, const char *text)
{
    uint32_t id = TOKEN_NONE;
    GArray *ids;

    if (!p->tokenizer) {
        look_up(p, text, &id);
        return id;
    }
    ids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    if (encode(p, text, ids) && ids->len == 1)
        id = g_array_index(ids, uint32_t, 0);
    g_array_free(ids, TRUE);
    return id;
}

/* Bytes of the longest token that fits at `at`; 0: none does. */
static gsize longest_at(const struct word_pieces *p, const char *text, gsize at, uint32_t *id)
{
    const char *mark = at && p->marked ? INSIDE : "";
    char piece[PIECE_BYTES + sizeof INSIDE];
    gsize lead = strlen(mark);

    memcpy(piece, mark, lead);
    for (gsize n = MIN(strlen(text + at), p->longest); n > 0; n--) {
        memcpy(piece + lead, text + at, n);
        piece[lead + n] = 0;
        if (look_up(p, piece, id))
            return n;
    }
    return 0;
}

bool word_pieces_cut(const struct word_pieces *p, const char *text, GArray *ids)
{
    guint before = ids->len;
    gsize bytes = strlen(text), at = 0;

    if (p->whole || bytes == 0 || bytes > WORD_PIECES_BYTES)
        return false;
    if (p->tokenizer)
        return encode(p, text, ids);
    while (at < bytes) {
        uint32_t id;
        gsize n = longest_at(p, text, at, &id);

        if (n == 0) {
            g_array_set_size(ids, before);
            return false;
        }
        g_array_append_val(ids, id);
        at += n;
    }
    return true;
}
