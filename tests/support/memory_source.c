#include "tests/support/memory_source.h"

#include <string.h>

struct memory_source {
    struct source source;
    GArray *tensors; /* struct tensor */
    GPtrArray *values;
    GPtrArray *dims;
    GArray *broken; /* gboolean */
    GArray *skipped;
    GPtrArray *warnings;
    GStringChunk *strings;
    const gint *gate;
};

static const char *const no_aliases[] = {NULL};

static gboolean read_values(struct source *s, uint32_t index, uint64_t first, size_t count,
                            void *dst, GError **error)
{
    struct memory_source *m = (struct memory_source *)s;
    size_t bytes = dtype_info(s->tensors[index].dtype)->bytes;

    while (m->gate && !g_atomic_int_get(m->gate))
        g_thread_yield();
    if (g_array_index(m->broken, gboolean, index)) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%s: %s: planted failure", s->path,
                    s->tensors[index].path);
        return FALSE;
    }
    if (count)
        memcpy(dst, (const char *)g_ptr_array_index(m->values, index) + first * bytes, count * bytes);
    return TRUE;
}

static const char *no_meta(const struct source *s, const char *key)
{
    (void)s;
    (void)key;
    return NULL;
}

static void close_source(struct source *s)
{
    struct memory_source *m = (struct memory_source *)s;

    g_array_free(m->tensors, TRUE);
    g_ptr_array_free(m->values, TRUE);
    g_ptr_array_free(m->dims, TRUE);
    g_array_free(m->broken, TRUE);
    g_array_free(m->skipped, TRUE);
    g_ptr_array_free(m->warnings, TRUE);
    g_string_chunk_free(m->strings);
    g_free(m);
}

static const struct source_ops ops = {
    .read = read_values, .meta = no_meta, .close = close_source};

struct memory_source *memory_source_create(const char *path)
{
    struct memory_source *m = g_new0(struct memory_source, 1);

    m->tensors = g_array_new(FALSE, TRUE, sizeof(struct tensor));
    m->values = g_ptr_array_new_with_free_func(g_free);
    m->dims = g_ptr_array_new_with_free_func(g_free);
    m->broken = g_array_new(FALSE, TRUE, sizeof(gboolean));
    m->skipped = g_array_new(FALSE, TRUE, sizeof(struct skipped));
    m->warnings = g_ptr_array_new();
    m->strings = g_string_chunk_new(1024);
    m->source = (struct source){
        .ops = &ops, .path = g_string_chunk_insert(m->strings, path), .format = "memory"};
    return m;
}

void memory_source_add(struct memory_source *m, const char *name, enum tensor_kind kind,
                       enum dtype dtype, unsigned rank, const uint64_t *dim, const void *values)
{
    struct tensor t = {.name = g_string_chunk_insert(m->strings, name),
                       .aliases = no_aliases,
                       .dtype = dtype,
                       .kind = kind,
                       .rank = (uint8_t)rank,
                       .elems = 1};
    uint64_t *own = g_new(uint64_t, rank + 1);
    gboolean whole = FALSE;
    char *path = g_strconcat("/", name, NULL);

    for (unsigned i = 0; i < rank; i++) {
        own[i] = dim[i];
        t.elems *= dim[i];
    }
    t.dim = own;
    t.path = g_string_chunk_insert(m->strings, path);
    g_free(path);
    g_ptr_array_add(m->dims, own);
    g_ptr_array_add(m->values, g_memdup2(values, t.elems * dtype_info(dtype)->bytes));
    g_array_append_val(m->broken, whole);
    g_array_append_val(m->tensors, t);
    m->source.bytes += t.elems * dtype_info(dtype)->bytes;
}

void memory_source_add_f32(struct memory_source *m, const char *name, uint64_t rows, uint64_t cols,
                           float (*f)(uint64_t i))
{
    const uint64_t dim[2] = {rows, cols};
    uint64_t n = rows * (cols ? cols : 1);
    float *values = g_new(float, n);

    for (uint64_t i = 0; i < n; i++)
        values[i] = f(i);
    memory_source_add(m, name, TENSOR_WEIGHT, DTYPE_F32, cols ? 2 : 1, dim, values);
    g_free(values);
}

void memory_source_note(struct memory_source *m, const char *name, const char *note)
{
    for (guint i = 0; i < m->tensors->len; i++)
        if (strcmp(g_array_index(m->tensors, struct tensor, i).name, name) == 0)
            g_array_index(m->tensors, struct tensor, i).note = note;
}

void memory_source_place(struct memory_source *m, const char *name, const char *path)
{
    for (guint i = 0; i < m->tensors->len; i++)
        if (strcmp(g_array_index(m->tensors, struct tensor, i).name, name) == 0)
            g_array_index(m->tensors, struct tensor, i).path =
                g_string_chunk_insert(m->strings, path);
}

void memory_source_skip(struct memory_source *m, const char *path, const char *reason)
{
    struct skipped s = {g_string_chunk_insert(m->strings, path),
                        g_string_chunk_insert(m->strings, reason)};

    g_array_append_val(m->skipped, s);
}

void memory_source_warn(struct memory_source *m, const char *warning)
{
    g_ptr_array_add(m->warnings, g_string_chunk_insert(m->strings, warning));
}

void memory_source_break(struct memory_source *m, const char *name)
{
    for (guint i = 0; i < m->tensors->len; i++)
        if (strcmp(g_array_index(m->tensors, struct tensor, i).name, name) == 0)
            g_array_index(m->broken, gboolean, i) = TRUE;
}

void memory_source_gate(struct memory_source *m, const gint *gate)
{
    m->gate = gate;
}

struct source *memory_source_finish(struct memory_source *m)
{
    g_ptr_array_add(m->warnings, NULL);
    m->source.tensors = (const struct tensor *)(void *)m->tensors->data;
    m->source.n_tensors = m->tensors->len;
    m->source.skipped = (const struct skipped *)(void *)m->skipped->data;
    m->source.n_skipped = m->skipped->len;
    m->source.warnings = (const char *const *)m->warnings->pdata;
    return &m->source;
}
