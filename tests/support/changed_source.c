#include "tests/support/changed_source.h"

struct changed_source {
    struct source source;
    struct source *of;
    uint32_t every;
};

static gboolean read_changed(struct source *s, uint32_t index, uint64_t first, size_t count,
                             void *dst, GError **error)
{
    struct changed_source *c = (struct changed_source *)s;
    const struct dtype_info *type = dtype_info(s->tensors[index].dtype);
    double *values;

    if (!c->of->ops->read(c->of, index, first, count, dst, error))
        return FALSE;
    if (index % c->every || !type->encode)
        return TRUE;
    values = g_new(double, count + 1);
    type->decode(values, dst, count);
    for (size_t i = 0; i < count; i++)
        values[i] /= 2;
    type->encode(dst, values, count);
    g_free(values);
    return TRUE;
}

static void close_changed(struct source *s)
{
    source_close(((struct changed_source *)s)->of);
    g_free(s);
}

static const struct source_ops ops = {.read = read_changed, .close = close_changed};

struct source *changed_source_create(struct source *of, uint32_t every)
{
    struct changed_source *c = g_new0(struct changed_source, 1);

    *c = (struct changed_source){.source = *of, .of = of, .every = every};
    c->source.ops = &ops;
    return &c->source;
}
