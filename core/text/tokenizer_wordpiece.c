/* WordPiece: the longest token that a word begins with, then the longest of those inside words
 * ("##" in front) that the rest begins with; a word of which no token makes a part is unknown as a
 * whole. (J. Devlin et al.: BERT, 2019; its tokenization.py.) */
#include <string.h>
#include "core/text/tokenizer_internal.h"

struct wordpiece {
    size_t longest; /* bytes of the longest token */
};

static bool prepare(struct tokenizer *t, GError **error)
{
    const struct token_table *vocab = &t->tables->vocab;
    struct wordpiece *w = t->model = g_new0(struct wordpiece, 1);

    (void)error;
    for (uint32_t id = 0; id < token_table_size(vocab); id++) {
        size_t bytes;

        if (token_table_get(vocab, id, &bytes))
            w->longest = MAX(w->longest, bytes);
    }
    return true;
}

static void finish(struct tokenizer *t)
{
    g_free(t->model);
}

static bool put_unknown(const struct tokenizer *t, const struct text_piece *word,
                        struct token_sink *s, GError **error)
{
    if (t->unk == TOKEN_NONE)
        return tokenizer_fail_unknown(t, word, error);
    token_sink_put(s, t->unk, word, 0, word->bytes);
    return true;
}

/* All parts of the word; false: it can't be made of tokens, some may have been put. */
static bool put_parts(const struct tokenizer *t, const struct text_piece *word,
                      struct token_sink *s)
{
    const struct wordpiece *w = t->model;
    const char *inside = t->tables->model.prefix ? t->tables->model.prefix : "";
    uint32_t at = 0;

    while (at < word->bytes) {
        size_t taken = 0;
        uint32_t id = token_table_longest(&t->tables->vocab, inside, at ? strlen(inside) : 0,
                                          word->text + at, word->bytes - at, w->longest, &taken);

        if (id == TOKEN_NONE)
            return false;
        token_sink_put(s, id, word, at, at + (uint32_t)taken);
        at += (uint32_t)taken;
    }
    return true;
}

static bool encode(const struct tokenizer *t, const struct text_piece *word, struct token_sink *s,
                   GError **error)
{
    guint ids = s->ids->len, spans = s->spans ? s->spans->len : 0;

    if (g_utf8_strlen(word->text, word->bytes) <= (glong)t->tables->model.longest &&
        put_parts(t, word, s))
        return true;
    g_array_set_size(s->ids, ids);
    if (s->spans)
        g_array_set_size(s->spans, spans);
    return put_unknown(t, word, s, error);
}

/* Marks that stand against the word before them (the decoder's cleanup). */
static bool joins(const char *token)
{
    static const char *const marks[] = {".", "?", "!", ",", "n't", "'m", "'s", "'ve", "'re"};

    for (gsize i = 0; i < G_N_ELEMENTS(marks); i++)
        if (g_str_has_prefix(token, marks[i]))
            return true;
    return false;
}

static void append(const struct tokenizer *t, const char *token, size_t bytes, bool first,
                   GString *out)
{
    const char *prefix = t->tables->model.prefix ? t->tables->model.prefix : "";
    size_t n = strlen(prefix);

    if (!first && n && bytes >= n && memcmp(token, prefix, n) == 0) {
        token += n;
        bytes -= n;
    } else if (!first && !(t->tables->model.cleanup && joins(token))) {
        g_string_append_c(out, ' ');
    }
    g_string_append_len(out, token, (gssize)bytes);
}

const struct token_model_ops token_model_wordpiece = {.name = "WordPiece",
                                                      .cached = true,
                                                      .prepare = prepare,
                                                      .finish = finish,
                                                      .encode = encode,
                                                      .append = append};
