/* A byte is a token, its value the id. */
#include "core/text/tokenizer_internal.h"

static bool encode(const struct tokenizer *t, const struct text_piece *word, struct token_sink *s,
                   GError **error)
{
    (void)t;
    (void)error;
    for (uint32_t i = 0; i < word->bytes; i++)
        token_sink_put(s, (guchar)word->text[i], word, i, i + 1);
    return true;
}

static void append(const struct tokenizer *t, const char *token, size_t bytes, bool first,
                   GString *out)
{
    (void)t;
    (void)first;
    g_string_append_len(out, token, (gssize)bytes);
}

const struct token_model_ops token_model_bytes = {
    .name = "bytes", .raw = true, .encode = encode, .append = append};
