#include "core/token_cache.h"

#include <glib.h>

struct token_job {
    struct job job;
    struct token_cache *cache;
    struct source *base, *tuned;
    struct token_texts *texts;
    GError *error;
};

void token_cache_finish(struct token_cache *x)
{
    token_texts_destroy(x->texts);
    g_free(x->error);
    *x = (struct token_cache){0};
}

static struct token_texts *texts_of(struct source *s, GError **error)
{
    if (s->ops->tokens)
        return s->ops->tokens(s, error);
    g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%s: no tokenizer is known for it", s->path);
    return NULL;
}

static void work_tokens(struct job *job, guint worker)
{
    struct token_job *t = (struct token_job *)job;

    (void)worker;
    if (t->tuned)
        t->texts = texts_of(t->tuned, NULL);
    if (!t->texts)
        t->texts = texts_of(t->base, &t->error);
}

static void done_tokens(struct job *job)
{
    struct token_job *t = (struct token_job *)job;

    t->cache->texts = t->texts;
    if (!t->texts)
        t->cache->error = g_strdup(t->error ? t->error->message : "cancelled");
    g_clear_error(&t->error);
    g_free(t);
}

static void submit(struct token_cache *x, struct source *base, struct source *tuned,
                   struct pool *pool)
{
    struct token_job *t = g_new0(struct token_job, 1);

    *t = (struct token_job){.job = {.work = work_tokens, .done = done_tokens},
                            .cache = x,
                            .base = base,
                            .tuned = tuned};
    x->asked = true;
    pool_submit(pool, &t->job);
}

const struct token_texts *token_cache_get(struct token_cache *x, struct source *base,
                                          struct source *tuned, struct pool *pool,
                                          const char **error_text)
{
    if (!x->asked && pool)
        submit(x, base, tuned, pool);
    *error_text = x->error;
    return x->texts;
}
