#include "core/arch_heads.h"

#include <glib.h>
#include <string.h>

/* What is known of one layer's attention; 0: nothing. */
struct attention {
    uint64_t heads, kv_heads;   /* said by a shape */
    uint64_t query, key, fused; /* outputs of the projections */
    uint32_t head_dim;          /* resolved, of query and key */
};

static uint64_t product(const uint64_t *dim, unsigned first, unsigned end)
{
    uint64_t n = 1;

    for (unsigned i = first; i < end; i++)
        n *= dim[i];
    return n;
}

static bool has_heads(const struct tensor *t, const struct place *p)
{
    return p->matrix && p->row_axes > 0 && p->row_axes < t->rank &&
           (p->orientation == ORIENTATION_OUT_IN || p->orientation == ORIENTATION_IN_OUT) &&
           (role_is_attention_input(p->role) || p->role == ROLE_ATTN_OUTPUT);
}

/* Outputs of query, key and value, inputs of the output projection. */
static bool on_rows(const struct place *p)
{
    return (p->orientation == ORIENTATION_OUT_IN) != (p->role == ROLE_ATTN_OUTPUT);
}

static uint64_t head_side(const struct tensor *t, const struct place *p)
{
    return on_rows(p) ? product(t->dim, 0, p->row_axes) : product(t->dim, p->row_axes, t->rank);
}

/* Gemma of KerasHub keeps the heads first: {heads, in, head}. */
static bool heads_come_first(const struct source *s, const struct tensor *t, const struct place *p)
{
    return t->rank == 3 && role_is_attention_input(p->role) &&
           strstr(s->config.type, "emma") != NULL;
}

static uint64_t heads_in_shape(const struct source *s, const struct tensor *t,
                               const struct place *p)
{
    if (t->rank != 3)
        return 0;
    return p->role == ROLE_ATTN_OUTPUT || heads_come_first(s, t, p) ? t->dim[0] : t->dim[1];
}

static void note(const struct source *s, const struct tensor *t, const struct place *p,
                 struct attention *a)
{
    uint64_t in_shape = heads_in_shape(s, t, p);
    uint64_t side = heads_come_first(s, t, p) ? t->dim[0] * t->dim[2] : head_side(t, p);

    if (p->role == ROLE_QKV) {
        a->fused = side;
    } else if (p->role == ROLE_QUERY) {
        a->query = side;
        a->heads = in_shape;
    } else if (p->role == ROLE_KEY) {
        a->key = side;
        a->kv_heads = in_shape;
    } else if (p->role == ROLE_ATTN_OUTPUT && !a->heads) {
        a->heads = in_shape;
    }
    if (p->role == ROLE_ATTN_OUTPUT && !a->query && !a->fused && !a->heads)
        a->query = side;
}

/* The configuration's claim, held against the shapes; forgotten where they disagree. */
static bool believe_config(const struct model_config *config, struct attention *a)
{
    uint64_t heads = config->heads, kv = config->kv_heads, dim = config->head_dim;

    if (heads == 0)
        return false;
    if (a->fused) {
        kv = kv ? kv : heads;
        dim = dim ? dim : a->fused / (heads + 2 * kv);
        if ((heads + 2 * kv) * dim != a->fused)
            return false;
    } else {
        dim = dim ? dim : a->query / heads;
        if (dim == 0 || heads * dim != a->query)
            return false;
        kv = kv ? kv : a->key ? a->key / dim : heads;
        if (a->key && kv * dim != a->key)
            return false;
    }
    a->heads = heads;
    a->kv_heads = kv;
    return true;
}

static void resolve(const struct model_config *config, struct attention *a)
{
    if (a->heads == 0 && !believe_config(config, a))
        a->heads = 0;
    if (a->kv_heads == 0)
        a->kv_heads = a->heads;
    if (a->heads == 0 || a->heads > UINT16_MAX || a->kv_heads == 0 ||
        a->heads % a->kv_heads != 0) {
        a->heads = a->kv_heads = 0;
        return;
    }
    a->head_dim = (uint32_t)(a->fused ? a->fused / (a->heads + 2 * a->kv_heads)
                                      : a->query / a->heads);
}

/* Heads along the tensor's axis: all of a fused one's queries, keys and values. */
static uint64_t parts_along(const struct place *p, const struct attention *a)
{
    if (p->role == ROLE_QKV)
        return a->heads + 2 * a->kv_heads;
    return p->role == ROLE_KEY || p->role == ROLE_VALUE ? a->kv_heads : a->heads;
}

static void assign(const struct source *s, const struct tensor *t, struct place *p,
                   const struct attention *a)
{
    uint64_t side, parts;

    if (a->heads == 0)
        return;
    if (heads_come_first(s, t, p)) {
        p->row_axes = 2;
        p->orientation = ORIENTATION_NONE;
    }
    side = t->rank == 3 && p->row_axes == 2 && p->orientation == ORIENTATION_NONE
               ? product(t->dim, 0, 2)
               : head_side(t, p);
    parts = parts_along(p, a);
    if (side % parts != 0 || side / parts > UINT32_MAX)
        return;
    p->heads = (uint16_t)a->heads;
    p->kv_heads = (uint16_t)a->kv_heads;
    p->head_dim = (uint16_t)MIN(a->head_dim, UINT16_MAX);
    p->head_step = (uint32_t)(side / parts);
    p->head_axis = p->orientation == ORIENTATION_NONE || on_rows(p) ? HEAD_AXIS_ROWS
                                                                    : HEAD_AXIS_COLUMNS;
}

/* One attention a block; outside of blocks one a layer, told by the name without its last two
 * parts. Attention to another stack is one of its own. */
static char *layer_key(const struct tensor *t, const struct place *p)
{
    const char *end = t->name + strlen(t->name);

    if (p->block >= 0)
        return g_strdup_printf("%d%s", p->block, p->slot && strstr(p->slot, "cross") ? "x" : "");
    for (int i = 0; i < 2; i++)
        while (end > t->name && *--end != '.')
            ;
    return g_strndup(t->name, (gsize)(end - t->name));
}

void arch_heads_fill(const struct source *s, struct place *places)
{
    GHashTable *layers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    struct attention **of = g_new0(struct attention *, s->n_tensors);
    GHashTableIter at;
    gpointer a;

    for (uint32_t i = 0; i < s->n_tensors; i++) {
        char *key;

        if (!has_heads(&s->tensors[i], &places[i]))
            continue;
        key = layer_key(&s->tensors[i], &places[i]);
        of[i] = g_hash_table_lookup(layers, key);
        if (!of[i]) {
            of[i] = g_new0(struct attention, 1);
            g_hash_table_insert(layers, key, of[i]);
        } else {
            g_free(key);
        }
        note(s, &s->tensors[i], &places[i], of[i]);
    }
    g_hash_table_iter_init(&at, layers);
    while (g_hash_table_iter_next(&at, NULL, &a))
        resolve(&s->config, a);
    for (uint32_t i = 0; i < s->n_tensors; i++)
        if (of[i])
            assign(s, &s->tensors[i], &places[i], of[i]);
    g_hash_table_destroy(layers);
    g_free(of);
}

void arch_heads_of_model(const struct place *places, uint32_t n, uint32_t *heads,
                         uint32_t *kv_heads)
{
    *heads = *kv_heads = 0;
    for (uint32_t i = 0; i < n && *heads == 0; i++) {
        *heads = places[i].heads;
        *kv_heads = places[i].kv_heads;
    }
}
