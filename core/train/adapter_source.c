#include "core/train/adapter_source.h"

#include <string.h>

#define PREFIX "factors/"

struct adapter_source {
    struct source source;
    GArray *tensors;   /* struct tensor */
    GPtrArray *values; /* float [elems] */
    GStringChunk *texts;
};

static gboolean adapter_read(struct source *source, uint32_t index, uint64_t first, size_t count,
                             void *dst, GError **error)
{
    const struct adapter_source *s = (const struct adapter_source *)source;

    (void)error;
    memcpy(dst, (const float *)s->values->pdata[index] + first, count * sizeof(float));
    return TRUE;
}

static void adapter_close(struct source *source)
{
    struct adapter_source *s = (struct adapter_source *)source;

    for (guint i = 0; i < s->tensors->len; i++)
        g_free((uint64_t *)(gsize)g_array_index(s->tensors, struct tensor, i).dim);
    g_array_unref(s->tensors);
    g_ptr_array_unref(s->values);
    g_string_chunk_free(s->texts);
    g_free(s);
}

static const struct source_ops ops = {.read = adapter_read, .close = adapter_close};

static const char *const none[] = {NULL};

/* "factors/a.b.weight.lora_A" becomes "base_model.model.a.b.lora_A.weight". */
static char *peft_name(const char *name)
{
    const char *which = strrchr(name, '.');
    const char *target = name + strlen(PREFIX),
               *variable = g_strrstr_len(target, which - target, ".");
    int n = (int)((variable ? variable : which) - target);

    return g_strdup_printf("base_model.model.%.*s%s.weight", n, target, which);
}

static void add(struct adapter_source *s, const struct training_array *a, float scale)
{
    g_autofree char *name = peft_name(a->name);
    uint64_t *dim = g_new(uint64_t, 2), n = a->rows * a->columns;
    struct tensor t = {.aliases = none,
                       .dtype = DTYPE_F32,
                       .kind = TENSOR_WEIGHT,
                       .rank = 2,
                       .dim = dim,
                       .elems = n};
    float *values = g_memdup2(a->values, n * sizeof *values);

    dim[0] = a->rows;
    dim[1] = a->columns;
    t.name = t.path = g_string_chunk_insert(s->texts, name);
    for (uint64_t i = 0; i < n; i++)
        values[i] *= scale;
    g_array_append_val(s->tensors, t);
    g_ptr_array_add(s->values, values);
}

struct source *adapter_source_create(const struct training *t, const char *path)
{
    const struct training_options *o = training_options(t);
    struct adapter_source *s;
    GArray *arrays;

    if (!o->lora)
        return NULL;
    s = g_new0(struct adapter_source, 1);
    s->tensors = g_array_new(FALSE, FALSE, sizeof(struct tensor));
    s->values = g_ptr_array_new_with_free_func(g_free);
    s->texts = g_string_chunk_new(1024);
    arrays = training_arrays(t, training_state(t));
    for (guint i = 0; i < arrays->len; i++) {
        const struct training_array *a = &g_array_index(arrays, struct training_array, i);
        bool is_b = g_str_has_suffix(a->name, ".lora_B");

        if (g_str_has_prefix(a->name, PREFIX))
            add(s, a, is_b ? (float)(o->lora_alpha / o->lora_rank) : 1);
    }
    g_array_unref(arrays);
    s->source = (struct source){.ops = &ops,
                                .path = g_string_chunk_insert(s->texts, path),
                                .format = "made",
                                .tensors = (const struct tensor *)(void *)s->tensors->data,
                                .n_tensors = s->tensors->len,
                                .warnings = none};
    return &s->source;
}
