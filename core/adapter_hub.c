/* KerasHub's .lora.h5: lora.<i>.lora_kernel_a [.., r] and lora_kernel_b [r, out] of the i-th layer
 * with weights, lora.rank; W + (alpha / r) A B, as keras/src/layers/core/einsum_dense.py. */
#include "core/adapter_internal.h"

#include <string.h>
#include "core/hub_layers.h"
#include "core/pair.h"

#define PREFIX "lora."

/* "lora.9.lora_kernel_a" -> 9, the ending in *part; false: something else. */
static bool parse_name(const char *name, guint64 *layer, const char **part)
{
    char *end;

    if (!g_str_has_prefix(name, PREFIX) || !g_ascii_isdigit(name[strlen(PREFIX)]))
        return false;
    *layer = g_ascii_strtoull(name + strlen(PREFIX), &end, 10);
    *part = *end == '.' ? end + 1 : "";
    return strcmp(*part, "lora_kernel_a") == 0 || strcmp(*part, "lora_kernel_b") == 0;
}

/* What resolving one file needs. */
struct hub {
    struct adapting *in;
    struct hub_layers *layers;
    GHashTable *by_name; /* tensor of the adapter + 1 */
};

static uint32_t find_tensor(const struct hub *h, const char *name)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(h->by_name, name)) - 1;
}

static uint32_t find_factor(const struct hub *h, guint64 layer, char which)
{
    char *name = g_strdup_printf(PREFIX "%" G_GUINT64_FORMAT ".lora_kernel_%c", layer, which);
    uint32_t found = find_tensor(h, name);

    g_free(name);
    return found;
}

/* What the file says its rank is, 0: nothing readable. */
static gboolean read_rank(const struct hub *h, double *rank, GError **error)
{
    struct source *s = h->in->file;
    uint32_t at = find_tensor(h, PREFIX "rank");
    uint64_t stored;

    *rank = 0;
    if (at == PAIR_NONE || s->tensors[at].elems != 1)
        return TRUE;
    if (!s->ops->read(s, at, 0, 1, &stored, error))
        return FALSE;
    dtype_info(s->tensors[at].dtype)->decode(rank, &stored, 1);
    if (*rank >= 1 && *rank <= ADAPTER_MAX_RANK)
        return TRUE;
    adapter_refuse(h->in, s->tensors[at].name, error, "rank %g; 1 to %d can be applied", *rank,
                   ADAPTER_MAX_RANK);
    return FALSE;
}

/* All axes of A but the last are the kernel's, B's second is its last. */
static bool fit(const struct tensor *a, const struct tensor *b, const struct tensor *w)
{
    if (a->rank < 2 || a->rank != w->rank || b->rank != 2 || w->elems == 0)
        return false;
    for (unsigned i = 0; i + 1 < a->rank; i++)
        if (a->dim[i] != w->dim[i])
            return false;
    return a->dim[a->rank - 1] == b->dim[0] && b->dim[1] == w->dim[w->rank - 1];
}

static gboolean refuse_fit(const struct adapting *a, uint32_t left, uint32_t right,
                           const struct hub_layer *layer, uint32_t kernel, GError **error)
{
    char *sa = tensor_shape_text(&a->file->tensors[left]);
    char *sb = tensor_shape_text(&a->file->tensors[right]);
    char *sw = kernel == PAIR_NONE ? g_strdup("no kernel")
                                   : tensor_shape_text(checkpoint_tensor(a->base, kernel));

    adapter_refuse(a, a->file->tensors[left].name, error,
                   "A %s and B %s make no update of layer %s of the base (%s): another base, or "
                   "one whose layers come in another order",
                   sa, sb, layer->path, sw);
    g_free(sw);
    g_free(sb);
    g_free(sa);
    return FALSE;
}

/* The factors of layer `number`; the first is tensor `left`. */
static gboolean add_layer(struct hub *h, guint64 number, uint32_t left, double rank, GError **error)
{
    struct adapting *a = h->in;
    const struct tensor *files = a->file->tensors;
    uint32_t right = find_factor(h, number, 'b'), kernel;
    struct adapter_update u = {.left = left, .right = right};

    if (number >= h->layers->n) {
        adapter_refuse(a, files[left].name, error,
                       "there is no such layer in the base, it has %u with weights", h->layers->n);
        return FALSE;
    }
    kernel = h->layers->layers[number].kernel;
    if (kernel == PAIR_NONE ||
        !fit(&files[left], &files[right], checkpoint_tensor(a->base, kernel)))
        return refuse_fit(a, left, right, &h->layers->layers[number], kernel, error);
    u.target = kernel;
    u.rank = (uint32_t)MIN(files[right].dim[0], UINT32_MAX);
    u.cols = files[right].dim[1];
    u.rows = checkpoint_tensor(a->base, kernel)->elems / u.cols;
    if (rank > 0 && rank != u.rank) {
        adapter_refuse(a, files[left].name, error, "factors of rank %u, but lora.rank is %g",
                       u.rank, rank);
        return FALSE;
    }
    return adapter_add(a, u, 0, false, error);
}

static gboolean add_tensor(struct hub *h, uint32_t i, double rank, GError **error)
{
    const struct tensor *t = &h->in->file->tensors[i];
    const char *part;
    guint64 number;
    bool is_a;

    if (!parse_name(t->name, &number, &part) || dtype_info(t->dtype)->is_integer) {
        adapter_refuse(h->in, t->name, error,
                       "not one of KerasHub's factors (lora_kernel_a, lora_kernel_b)");
        return FALSE;
    }
    is_a = g_str_has_suffix(part, "_a");
    if (find_factor(h, number, is_a ? 'b' : 'a') == PAIR_NONE) {
        adapter_refuse(h->in, t->name, error, "the other factor of this layer is not in the file");
        return FALSE;
    }
    return !is_a || add_layer(h, number, i, rank, error);
}

static gboolean add_all(struct hub *h, GError **error)
{
    const struct source *s = h->in->file;
    double rank;

    for (uint32_t i = 0; i < s->n_tensors; i++)
        g_hash_table_insert(h->by_name, (gpointer)s->tensors[i].name, GUINT_TO_POINTER(i + 1));
    if (!read_rank(h, &rank, error))
        return FALSE;
    for (uint32_t i = 0; i < s->n_tensors; i++)
        if (s->tensors[i].kind == TENSOR_WEIGHT && !add_tensor(h, i, rank, error))
            return FALSE;
    return TRUE;
}

gboolean adapter_hub(struct adapting *a, GError **error)
{
    GError *why = NULL;
    struct hub h = {a, hub_layers_create(a->base->source, &why),
                    g_hash_table_new(g_str_hash, g_str_equal)};
    gboolean ok = h.layers && add_all(&h, error);

    if (!h.layers) {
        adapter_refuse(a, a->base->source->path, error, "%s", why->message);
        g_error_free(why);
    }
    g_hash_table_destroy(h.by_name);
    hub_layers_destroy(h.layers);
    return ok;
}
