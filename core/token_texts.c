#include "core/token_texts.h"

#include <glib.h>

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
