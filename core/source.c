#include "core/source.h"

void source_close(struct source *s)
{
    if (s)
        s->ops->close(s);
}

struct token_texts *source_tokens(struct source *s, GError **error)
{
    if (s->ops->tokens)
        return s->ops->tokens(s, error);
    g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%s: no tokenizer is known for it", s->path);
    return NULL;
}

struct tokenizer *source_tokenizer(struct source *s, GError **error)
{
    return s->ops->tokenizer ? s->ops->tokenizer(s, error) : NULL;
}
