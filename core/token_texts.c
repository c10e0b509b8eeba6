#include "core/token_texts.h"

struct token_texts *token_texts_create(GPtrArray *texts, char *path)
{
    struct token_texts *t = g_new0(struct token_texts, 1);

    t->n = texts->len;
    t->text = (char **)g_ptr_array_free(texts, FALSE);
    t->path = path;
    return t;
}

void token_texts_destroy(struct token_texts *t)
{
    if (!t)
        return;
    for (uint32_t i = 0; i < t->n; i++)
        g_free(t->text[i]);
    g_free(t->text);
    g_free(t->path);
    g_free(t);
}

const char *token_texts_get(const struct token_texts *t, uint32_t id)
{
    return t && id < t->n ? t->text[id] : NULL;
}
