#include "core/array_source.h"

#include <string.h>

struct array_source {
    struct source source;
    GStringChunk *texts;
    GArray *tensors;   /* struct tensor */
    GPtrArray *dims;   /* uint64_t [2] of each */
    GPtrArray *values; /* of each, borrowed */
    GPtrArray *owned;
};

static gboolean read_array(struct source *source, uint32_t index, uint64_t first, size_t count,
                           void *dst, GError **error)
{
    const struct array_source *s = (const struct array_source *)source;
    size_t bytes = dtype_info(source->tensors[index].dtype)->bytes;

    (void)error;
    if (count)
        memcpy(dst, (const char *)s->values->pdata[index] + first * bytes, count * bytes);
    return TRUE;
}

static void close_arrays(struct source *source)
{
    struct array_source *s = (struct array_source *)source;

    g_ptr_array_unref(s->owned);
    g_ptr_array_unref(s->values);
    g_ptr_array_unref(s->dims);
    g_array_unref(s->tensors);
    g_string_chunk_free(s->texts);
    g_free(s);
}

static const struct source_ops ops = {.read = read_array, .close = close_arrays};

static const char *const none[] = {NULL};

struct array_source *array_source_create(const char *path)
{
    struct array_source *s = g_new0(struct array_source, 1);

    s->texts = g_string_chunk_new(1024);
    s->tensors = g_array_new(FALSE, FALSE, sizeof(struct tensor));
    s->dims = g_ptr_array_new_with_free_func(g_free);
    s->values = g_ptr_array_new();
    s->owned = g_ptr_array_new_with_free_func(g_free);
    s->source = (struct source){.ops = &ops,
                                .path = g_string_chunk_insert(s->texts, path),
                                .format = "made",
                                .warnings = none};
    return s;
}

void array_source_add(struct array_source *s, const char *name, enum dtype dtype, unsigned rank,
                      const uint64_t *dim, const void *values, void *own)
{
    uint64_t *kept = g_new0(uint64_t, 2);
    struct tensor t = {.aliases = none,
                       .dtype = dtype,
                       .kind = TENSOR_WEIGHT,
                       .rank = (uint8_t)rank,
                       .dim = kept,
                       .elems = 1};

    g_assert(rank <= 2);
    for (unsigned i = 0; i < rank; i++)
        t.elems *= kept[i] = dim[i];
    t.name = t.path = g_string_chunk_insert(s->texts, name);
    g_array_append_val(s->tensors, t);
    g_ptr_array_add(s->dims, kept);
    g_ptr_array_add(s->values, (gpointer)(gsize)values);
    if (own)
        g_ptr_array_add(s->owned, own);
}

struct source *array_source_finish(struct array_source *s)
{
    s->source.tensors = (const struct tensor *)(void *)s->tensors->data;
    s->source.n_tensors = s->tensors->len;
    return &s->source;
}
