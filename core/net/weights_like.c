#include "core/net/weights.h"

#include <stddef.h>
#include <string.h>
#include "core/net/parts.h"
#include "core/net/weights_memory.h"

/* A vector of a block or of the whole, and its length. */
struct vector {
    size_t field;
    enum net_extent n;
};

#define BLOCK(field) offsetof(struct net_block, field)
#define WHOLE(field) offsetof(struct net_weights, field)

static const struct vector in_block[] = {
    {BLOCK(norm_1), NET_HIDDEN},          {BLOCK(norm_1_bias), NET_HIDDEN},
    {BLOCK(qkv_bias), NET_QKV},           {BLOCK(query_norm), NET_HEAD_DIM},
    {BLOCK(key_norm), NET_HEAD_DIM},      {BLOCK(out_bias), NET_HIDDEN},
    {BLOCK(norm_2), NET_HIDDEN},          {BLOCK(norm_2_bias), NET_HIDDEN},
    {BLOCK(gate_bias), NET_INTERMEDIATE}, {BLOCK(up_bias), NET_INTERMEDIATE},
    {BLOCK(down_bias), NET_HIDDEN},       {BLOCK(norm_after_attention), NET_HIDDEN},
    {BLOCK(norm_after_mlp), NET_HIDDEN},
};
static const struct vector outside[] = {
    {WHOLE(type_0), NET_HIDDEN},          {WHOLE(embed_norm), NET_HIDDEN},
    {WHOLE(embed_norm_bias), NET_HIDDEN}, {WHOLE(final_norm), NET_HIDDEN},
    {WHOLE(final_norm_bias), NET_HIDDEN}, {WHOLE(head_dense_bias), NET_HIDDEN},
    {WHOLE(head_norm), NET_HIDDEN},       {WHOLE(head_norm_bias), NET_HIDDEN},
    {WHOLE(head_bias), NET_VOCABULARY},
};
static const size_t matrices_in_block[] = {BLOCK(qkv), BLOCK(out), BLOCK(gate), BLOCK(up),
                                           BLOCK(down)};
static const size_t matrices_outside[] = {WHOLE(tokens), WHOLE(position), WHOLE(head_dense),
                                          WHOLE(head)};

static float **vector_at(const void *from, const struct vector *v)
{
    return (float **)(void *)((char *)(gsize)from + v->field);
}

static struct net_matrix *matrix_at(const void *from, size_t field)
{
    return (struct net_matrix *)(void *)((char *)(gsize)from + field);
}

/* A clone. */

static void empty_matrices(void *to, const size_t *fields, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        matrix_at(to, fields[i])->values = NULL;
        matrix_at(to, fields[i])->dtype = DTYPE_F32;
    }
}

/* Those that `from` has. */
static gboolean take_vectors(struct net_weights *w, void *to, const void *from,
                             const struct vector *vectors, size_t n, GError **error)
{
    for (size_t i = 0; i < n; i++) {
        float **v = vector_at(to, vectors + i);

        *v = NULL;
        if (!*vector_at(from, vectors + i))
            continue;
        *v = net_weights_take(w, net_extent(&w->spec, vectors[i].n), sizeof **v, error);
        if (!*v)
            return FALSE;
    }
    return TRUE;
}

static gboolean take_block(struct net_weights *w, struct net_block *to,
                           const struct net_block *from, GError **error)
{
    struct net_block has = *from;
    bool gate_bias = w->spec.gated && has.gate_bias;

    if (w->spec.gated)
        has.gate_bias = has.up_bias = NULL;
    return take_vectors(w, to, &has, in_block, G_N_ELEMENTS(in_block), error) &&
           (!gate_bias || net_weights_take_gate_bias(w, to, error));
}

static gboolean take_all(struct net_weights *out, const struct net_weights *w, GError **error)
{
    if (!net_weights_take_matrices(out, error) ||
        !take_vectors(out, out, w, outside, G_N_ELEMENTS(outside), error))
        return FALSE;
    for (uint32_t i = 0; i < w->spec.layers; i++)
        if (!take_block(out, out->blocks + i, w->blocks + i, error))
            return FALSE;
    return TRUE;
}

gboolean net_weights_like(struct net_weights *out, const struct net_weights *w, GError **error)
{
    *out = (struct net_weights){.spec = w->spec,
                                .tokens = w->tokens,
                                .position = w->position,
                                .head_dense = w->head_dense,
                                .head = w->head};
    out->blocks = g_new0(struct net_block, w->spec.layers);
    empty_matrices(out, matrices_outside, G_N_ELEMENTS(matrices_outside));
    for (uint32_t i = 0; i < w->spec.layers; i++) {
        for (size_t m = 0; m < G_N_ELEMENTS(matrices_in_block); m++)
            *matrix_at(out->blocks + i, matrices_in_block[m]) =
                *matrix_at(w->blocks + i, matrices_in_block[m]);
        empty_matrices(out->blocks + i, matrices_in_block, G_N_ELEMENTS(matrices_in_block));
    }
    if (take_all(out, w, error))
        return TRUE;
    net_weights_finish(out);
    return FALSE;
}

/* All arrays. */

static void add_matrices(GArray *to, const void *from, const size_t *fields, size_t n,
                         int32_t block)
{
    for (size_t i = 0; i < n; i++) {
        const struct net_matrix *m = matrix_at(from, fields[i]);
        struct net_array a = {m->values, m->dtype, (uint64_t)m->out * m->in, true, block};

        if (m->values)
            g_array_append_val(to, a);
    }
}

static void add_vectors(GArray *to, const struct net_spec *s, const void *from,
                        const struct vector *vectors, size_t n, int32_t block)
{
    for (size_t i = 0; i < n; i++) {
        struct net_array a = {*vector_at(from, vectors + i), DTYPE_F32, net_extent(s, vectors[i].n),
                              false, block};

        if (a.values)
            g_array_append_val(to, a);
    }
}

GArray *net_weights_arrays(const struct net_weights *w)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(struct net_array));
    bool own_head = w->head.values != w->tokens.values;

    add_matrices(all, w, matrices_outside, G_N_ELEMENTS(matrices_outside) - !own_head, -1);
    add_vectors(all, &w->spec, w, outside, G_N_ELEMENTS(outside), -1);
    for (uint32_t i = 0; i < w->spec.layers; i++) {
        const struct net_block *b = w->blocks + i;

        add_matrices(all, b, matrices_in_block, G_N_ELEMENTS(matrices_in_block), (int32_t)i);
        add_vectors(all, &w->spec, b, in_block, G_N_ELEMENTS(in_block), (int32_t)i);
    }
    return all;
}

/* Some of the arrays. */

typedef bool keep_array(const void *data, const float *values, uint64_t n);

static void keep_matrices(void *in, const size_t *fields, size_t n, keep_array *keep,
                          const void *data)
{
    for (size_t i = 0; i < n; i++) {
        struct net_matrix *m = matrix_at(in, fields[i]);

        if (m->values && !keep(data, m->values, (uint64_t)m->out * m->in))
            m->values = NULL;
    }
}

static void keep_vectors(void *in, const struct net_spec *s, const struct vector *vectors, size_t n,
                         keep_array *keep, const void *data)
{
    for (size_t i = 0; i < n; i++) {
        float **v = vector_at(in, vectors + i);

        if (*v && !keep(data, *v, net_extent(s, vectors[i].n)))
            *v = NULL;
    }
}

void net_weights_some(struct net_weights *out, const struct net_weights *w, keep_array *keep,
                      const void *data)
{
    *out = *w;
    out->blocks = g_memdup2(w->blocks, w->spec.layers * sizeof *w->blocks);
    keep_matrices(out, matrices_outside, G_N_ELEMENTS(matrices_outside), keep, data);
    keep_vectors(out, &w->spec, outside, G_N_ELEMENTS(outside), keep, data);
    for (uint32_t i = 0; i < w->spec.layers; i++) {
        keep_matrices(out->blocks + i, matrices_in_block, G_N_ELEMENTS(matrices_in_block), keep,
                      data);
        keep_vectors(out->blocks + i, &w->spec, in_block, G_N_ELEMENTS(in_block), keep, data);
    }
}

void net_weights_clear(struct net_weights *w)
{
    GArray *all = net_weights_arrays(w);

    for (guint i = 0; i < all->len; i++) {
        const struct net_array *a = &g_array_index(all, struct net_array, i);

        memset(a->values, 0, a->n * dtype_info(a->dtype)->bytes);
    }
    g_array_unref(all);
}
