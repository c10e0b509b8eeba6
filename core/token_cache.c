#include "core/token_cache.h"

#include <glib.h>
#include "core/text/tokenizer.h"

struct token_job {
    struct job job;
    struct token_cache *cache;
    struct source *base, *tuned;
    struct token_texts *texts;
    struct tokenizer *tokenizer;
    GError *error;
};

void token_cache_finish(struct token_cache *x)
{
    token_texts_destroy(x->texts);
    tokenizer_destroy(x->tokenizer);
    g_free(x->error);
    *x = (struct token_cache){0};
}

static void work_tokens(struct job *job, guint worker)
{
    struct token_job *t = (struct token_job *)job;
    struct source *of = t->tuned;

    (void)worker;
    if (of)
        t->texts = source_tokens(of, NULL);
    if (!t->texts) {
        of = t->base;
        t->texts = source_tokens(of, &t->error);
    }
    if (t->texts)
        t->tokenizer = source_tokenizer(of, NULL);
}

static void done_tokens(struct job *job)
{
    struct token_job *t = (struct token_job *)job;

    t->cache->texts = t->texts;
    t->cache->tokenizer = t->tokenizer;
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
