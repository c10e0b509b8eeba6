#include "core/shared_source.h"

struct shared_source {
    struct source *of;
    gint references; /* atomic */
};

struct opening {
    struct source source;
    struct shared_source *shared;
};

static struct source *inner(const struct source *s)
{
    return ((const struct opening *)s)->shared->of;
}

static gboolean shared_read(struct source *s, uint32_t index, uint64_t first, size_t count,
                            void *dst, GError **error)
{
    return inner(s)->ops->read(inner(s), index, first, count, dst, error);
}

static const char *shared_meta(const struct source *s, const char *key)
{
    return inner(s)->ops->meta ? inner(s)->ops->meta(inner(s), key) : NULL;
}

static struct token_texts *shared_tokens(struct source *s, GError **error)
{
    return source_tokens(inner(s), error);
}

static struct tokenizer *shared_tokenizer(struct source *s, GError **error)
{
    return source_tokenizer(inner(s), error);
}

static void shared_close(struct source *s)
{
    shared_source_release(((struct opening *)s)->shared);
    g_free(s);
}

static const struct source_ops ops = {.read = shared_read,
                                      .meta = shared_meta,
                                      .tokens = shared_tokens,
                                      .tokenizer = shared_tokenizer,
                                      .close = shared_close};

struct shared_source *shared_source_create(struct source *of)
{
    struct shared_source *s = g_new(struct shared_source, 1);

    *s = (struct shared_source){of, 1};
    return s;
}

struct source *shared_source_open(struct shared_source *s)
{
    struct opening *o = g_new(struct opening, 1);

    g_atomic_int_inc(&s->references);
    o->source = *s->of;
    o->source.ops = &ops;
    o->shared = s;
    return &o->source;
}

void shared_source_release(struct shared_source *s)
{
    if (!s || !g_atomic_int_dec_and_test(&s->references))
        return;
    source_close(s->of);
    g_free(s);
}
