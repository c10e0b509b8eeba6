#include "core/text/word_cache.h"

#include <string.h>

#define SLOTS 32768u
#define PROBES 4u

struct word_cache {
    struct word_entry *slot[SLOTS];
};

struct word_cache *word_cache_create(void)
{
    return g_new0(struct word_cache, 1);
}

void word_cache_destroy(struct word_cache *c)
{
    for (guint i = 0; c && i < SLOTS; i++)
        g_free(c->slot[i]);
    g_free(c);
}

const struct word_entry *word_cache_get(struct word_cache *c, uint32_t hash, const char *text,
                                        uint32_t bytes)
{
    for (guint i = 0; i < PROBES; i++) {
        const struct word_entry *e = g_atomic_pointer_get(&c->slot[(hash + i) % SLOTS]);

        if (!e)
            return NULL;
        if (e->hash == hash && e->bytes == bytes && memcmp(e->text, text, bytes) == 0)
            return e;
    }
    return NULL;
}

void word_cache_put(struct word_cache *c, uint32_t hash, const char *text, uint32_t bytes,
                    const struct word_token *token, uint32_t n)
{
    struct word_entry *e = g_malloc(sizeof *e + n * sizeof *token);

    e->hash = hash;
    e->bytes = (uint8_t)bytes;
    e->tokens = (uint8_t)n;
    memcpy(e->text, text, bytes);
    memcpy(e->token, token, n * sizeof *token);
    for (guint i = 0; i < PROBES; i++)
        if (g_atomic_pointer_compare_and_exchange(&c->slot[(hash + i) % SLOTS], NULL, e))
            return;
    g_free(e);
}
