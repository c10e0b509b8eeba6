#include "core/arch_heads.h"

#include <glib.h>
#include <string.h>

/* What is known of one attention; 0: nothing. */
struct layer {
    const char *name;           /* static */
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
                 struct layer *a)
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
static bool believe_config(const struct model_config *config, struct layer *a)
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

static void resolve(const struct model_config *config, struct layer *a)
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
static uint64_t parts_along(const struct place *p, const struct layer *a)
{
    if (p->role == ROLE_QKV)
        return a->heads + 2 * a->kv_heads;
    return p->role == ROLE_KEY || p->role == ROLE_VALUE ? a->kv_heads : a->heads;
}

static void assign(const struct source *s, const struct tensor *t, struct place *p,
                   const struct layer *a)
{
    uint64_t side, parts;

    p->attention = a->name;
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

/* Layers by where they are: a block, and their name or a stretch of it. */
struct where {
    int32_t block;
    const char *text;
    size_t n;
};

static guint where_hash(gconstpointer key)
{
    const struct where *w = key;
    guint hash = (guint)w->block;

    for (size_t i = 0; i < w->n; i++)
        hash = hash * 33 + (guchar)w->text[i];
    return hash;
}

static gboolean where_equal(gconstpointer a, gconstpointer b)
{
    const struct where *x = a, *y = b;

    return x->block == y->block && x->n == y->n && memcmp(x->text, y->text, x->n) == 0;
}

/* Bytes of the name without its last part; 0: it has no other. */
static size_t parent_of(const char *name, size_t n)
{
    while (n > 0 && name[--n] != '.')
        ;
    return n;
}

/* The first word of the slot; where there is none, the name up to the part that says what the
 * tensor does: without "query.kernel", without "in_proj_weight". */
static struct where where_of(const struct tensor *t, const struct place *p)
{
    struct where w = {p->block, t->name, parent_of(t->name, strlen(t->name))};
    const struct tensor last = {.name = w.n ? t->name + w.n + 1 : t->name};

    if (p->slot)
        return (struct where){p->block, p->slot, strcspn(p->slot, ".")};
    if (!role_is_attention_input(role_of(&last)))
        w.n = parent_of(t->name, w.n);
    return w;
}

static struct layer *layer_new(GHashTable *layers, const struct where *w)
{
    struct layer *layer = g_new0(struct layer, 1);
    char *name = g_strndup(w->text, w->n);

    layer->name = g_intern_string(name);
    g_hash_table_insert(layers, g_memdup2(w, sizeof *w), layer);
    g_free(name);
    return layer;
}

/* So that an output finds the inputs with which it shares most of its name. */
static void note_ancestors(GHashTable *near, const struct tensor *t, int32_t block,
                           struct layer *layer)
{
    for (size_t n = parent_of(t->name, strlen(t->name)); n > 0; n = parent_of(t->name, n)) {
        const struct where w = {block, t->name, n};

        if (g_hash_table_contains(near, &w))
            return;
        g_hash_table_insert(near, g_memdup2(&w, sizeof w), layer);
    }
}

static struct layer *nearest(GHashTable *near, const struct tensor *t, int32_t block)
{
    struct layer *found = NULL;

    for (size_t n = parent_of(t->name, strlen(t->name)); n > 0 && !found; n = parent_of(t->name, n))
        found = g_hash_table_lookup(near, &(struct where){block, t->name, n});
    return found;
}

/* of[n_tensors]: the attention of each, NULL: of none. */
struct grouping {
    GHashTable *layers, *near;
    struct layer **of;
};

static void add_input(struct grouping *g, const struct tensor *t, const struct place *p, uint32_t at)
{
    const struct where w = where_of(t, p);
    struct layer *layer = g_hash_table_lookup(g->layers, &w);

    g->of[at] = layer ? layer : layer_new(g->layers, &w);
    note_ancestors(g->near, t, p->block, g->of[at]);
}

static void add_output(struct grouping *g, const struct tensor *t, const struct place *p,
                       uint32_t at)
{
    const struct where w = where_of(t, p);
    struct layer *layer = g_hash_table_lookup(g->layers, &w);

    if (!layer)
        layer = nearest(g->near, t, p->block);
    g->of[at] = layer ? layer : layer_new(g->layers, &w);
}

/* Inputs first: they say which attentions there are. */
static void group(struct grouping *g, const struct source *s, const struct place *places)
{
    for (uint32_t i = 0; i < s->n_tensors; i++)
        if (has_heads(&s->tensors[i], &places[i]) && places[i].role != ROLE_ATTN_OUTPUT)
            add_input(g, &s->tensors[i], &places[i], i);
    for (uint32_t i = 0; i < s->n_tensors; i++)
        if (has_heads(&s->tensors[i], &places[i]) && places[i].role == ROLE_ATTN_OUTPUT)
            add_output(g, &s->tensors[i], &places[i], i);
    for (uint32_t i = 0; i < s->n_tensors; i++)
        if (g->of[i])
            note(s, &s->tensors[i], &places[i], g->of[i]);
}

void arch_heads_fill(const struct source *s, struct place *places)
{
    struct grouping g = {g_hash_table_new_full(where_hash, where_equal, g_free, g_free),
                         g_hash_table_new_full(where_hash, where_equal, g_free, NULL),
                         g_new0(struct layer *, s->n_tensors)};
    GHashTableIter at;
    gpointer layer;

    group(&g, s, places);
    g_hash_table_iter_init(&at, g.layers);
    while (g_hash_table_iter_next(&at, NULL, &layer))
        resolve(&s->config, layer);
    for (uint32_t i = 0; i < s->n_tensors; i++)
        if (g.of[i])
            assign(s, &s->tensors[i], &places[i], g.of[i]);
    g_hash_table_destroy(g.layers);
    g_hash_table_destroy(g.near);
    g_free(g.of);
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
