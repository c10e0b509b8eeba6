#include "core/train/adapter_source.h"

#include <string.h>
#include "core/array_source.h"

#define PREFIX "factors/"

/* "factors/a.b.weight.lora_A" becomes "base_model.model.a.b.lora_A.weight". */
static char *peft_name(const char *name)
{
    const char *which = strrchr(name, '.');
    const char *target = name + strlen(PREFIX),
               *variable = g_strrstr_len(target, which - target, ".");
    int n = (int)((variable ? variable : which) - target);

    return g_strdup_printf("base_model.model.%.*s%s.weight", n, target, which);
}

static void add(struct array_source *s, const struct training_array *a, float scale)
{
    g_autofree char *name = peft_name(a->name);
    uint64_t n = a->rows * a->columns;
    float *values = g_memdup2(a->values, n * sizeof *values);

    for (uint64_t i = 0; i < n; i++)
        values[i] *= scale;
    array_source_add(s, name, DTYPE_F32, 2, (const uint64_t[]){a->rows, a->columns}, values,
                     values);
}

struct source *adapter_source_create(const struct training *t, const char *path)
{
    const struct training_options *o = training_options(t);
    struct array_source *s;
    GArray *arrays;

    if (!o->lora)
        return NULL;
    s = array_source_create(path);
    arrays = training_arrays(t, training_state(t));
    for (guint i = 0; i < arrays->len; i++) {
        const struct training_array *a = &g_array_index(arrays, struct training_array, i);
        bool is_b = g_str_has_suffix(a->name, ".lora_B");

        if (g_str_has_prefix(a->name, PREFIX))
            add(s, a, is_b ? (float)(o->lora_alpha / o->lora_rank) : 1);
    }
    g_array_unref(arrays);
    return array_source_finish(s);
}
