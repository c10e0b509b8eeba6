/* A word is a token: looked up as it stands, nothing smaller. */
#include "core/text/tokenizer_internal.h"

static bool encode(const struct tokenizer *t, const struct text_piece *word, struct token_sink *s,
                   GError **error)
{
    uint32_t id = token_table_find(&t->tables->vocab, word->text, word->bytes);

    if (id == TOKEN_NONE)
        id = t->unk;
    if (id == TOKEN_NONE)
        return tokenizer_fail_unknown(t, word, error);
    token_sink_put(s, id, word, 0, word->bytes);
    return true;
}

static void append(const struct tokenizer *t, const char *token, size_t bytes, bool first,
                   GString *out)
{
    (void)t;
    if (!first)
        g_string_append_c(out, ' ');
    g_string_append_len(out, token, (gssize)bytes);
}

const struct token_model_ops token_model_words = {
    .name = "WordLevel", .kind = "words", .encode = encode, .append = append};
