#include "core/net/weights.h"

#include <stdlib.h>
#include <string.h>
#include "core/net/parts.h"
#include "core/net/weights_memory.h"
#include "core/net/weights_read.h"
#include "core/net/whole.h"

static struct net_matrix *matrix_of(struct net_weights *w, const struct net_part *part,
                                    int32_t block)
{
    void *at = part->in_block ? (void *)&w->blocks[block] : (void *)w;

    return (struct net_matrix *)(void *)((char *)at + part->field);
}

static float **vector_of(struct net_weights *w, const struct net_part *part, int32_t block)
{
    void *at = part->in_block ? (void *)&w->blocks[block] : (void *)w;

    return (float **)(void *)((char *)at + part->field);
}

/* Types and sizes; values stay NULL. Parts of one matrix that the file has in different types are
 * f32. */
static void shape_matrices(struct net_weights *w, const struct checkpoint *c)
{
    for (uint32_t i = 0; i < c->source->n_tensors; i++) {
        const struct net_part *part = net_part_of(&c->places[i]);
        enum dtype kept = net_kept_dtype(checkpoint_tensor(c, i)->dtype);
        struct net_matrix *m;

        if (!part || !part->is_matrix)
            continue;
        m = matrix_of(w, part, c->places[i].block);
        m->dtype = m->out && m->dtype != kept ? DTYPE_F32 : kept;
        m->out = (uint32_t)net_extent(&w->spec, part->total);
        m->in = (uint32_t)net_extent(&w->spec, part->columns);
    }
}

/* Gate and up are one allocation, of one type. */
static void shape_gates(struct net_weights *w)
{
    for (uint32_t i = 0; w->spec.gated && i < w->spec.layers; i++) {
        struct net_block *b = &w->blocks[i];

        if (b->up.out == 0)
            b->up = b->gate;
        else if (b->gate.dtype != b->up.dtype)
            b->gate.dtype = b->up.dtype = DTYPE_F32;
    }
}

static bool is_gate_bias(const struct net_part *part)
{
    return part->in_block && (part->field == offsetof(struct net_block, gate_bias) ||
                              part->field == offsetof(struct net_block, up_bias));
}

/* The vectors that a tensor is part of; what other tensors are to fill is 0 until then. */
static gboolean take_vector(struct net_weights *w, const struct net_part *part, int32_t block,
                            GError **error)
{
    float **v = vector_of(w, part, block);

    if (*v)
        return TRUE;
    if (w->spec.gated && is_gate_bias(part))
        return net_weights_take_gate_bias(w, &w->blocks[block], error);
    *v = net_weights_take(w, net_extent(&w->spec, part->total), sizeof(float), error);
    return *v != NULL;
}

/* A head that is stored although it is tied. */
static bool is_unused(const struct net_weights *w, const struct net_part *part)
{
    return w->spec.tied && !part->in_block && part->is_matrix &&
           part->field == offsetof(struct net_weights, head);
}

static gboolean load_tensor(struct net_weights *w, const struct checkpoint *c, uint32_t tensor,
                            const gint *cancelled, GError **error)
{
    const struct net_part *part = net_part_of(&c->places[tensor]);
    struct net_destination to = {.dtype = DTYPE_F32};
    int32_t block = c->places[tensor].block;
    uint64_t first;

    if (!part || is_unused(w, part))
        return TRUE;
    to.is_matrix = part->is_matrix;
    to.columns = net_extent(&w->spec, part->columns);
    to.elems = net_extent(&w->spec, part->rows) * to.columns;
    first = net_extent(&w->spec, part->first);
    if (part->is_matrix) {
        struct net_matrix *m = matrix_of(w, part, block);

        to.dtype = m->dtype;
        to.values = net_matrix_row(m, first);
    } else if (take_vector(w, part, block, error)) {
        to.values = *vector_of(w, part, block) + first;
    } else {
        return FALSE;
    }
    return net_read_tensor(c, tensor, &to, cancelled, error);
}

static gboolean read_all(struct net_weights *w, const struct checkpoint *c, const gint *cancelled,
                         GError **error)
{
    for (uint32_t i = 0; i < c->source->n_tensors; i++)
        if (!load_tensor(w, c, i, cancelled, error))
            return FALSE;
    return TRUE;
}

static gboolean load(struct net_weights *w, const struct checkpoint *c, const gint *cancelled,
                     GError **error)
{
    w->blocks = g_new0(struct net_block, w->spec.layers);
    shape_matrices(w, c);
    shape_gates(w);
    if (!net_weights_take_matrices(w, error))
        return FALSE;
    return read_all(w, c, cancelled, error);
}

gboolean net_weights_load(struct net_weights *w, const struct checkpoint *c, const gint *cancelled,
                          GError **error)
{
    struct net_whole whole;
    gboolean ok;

    memset(w, 0, sizeof *w);
    net_whole_init(&whole, c);
    ok = net_spec_read(&whole.c, &whole.config, &w->spec, &w->assumed, error) &&
         load(w, &whole.c, cancelled, error);
    net_whole_finish(&whole);
    if (!ok)
        net_weights_finish(w);
    return ok;
}

gboolean net_weights_fill(struct net_weights *w, const struct checkpoint *c, const gint *cancelled,
                          GError **error)
{
    struct net_whole whole;
    gboolean ok;

    net_whole_init(&whole, c);
    ok = read_all(w, &whole.c, cancelled, error);
    net_whole_finish(&whole);
    return ok;
}

void net_weights_finish(struct net_weights *w)
{
    GArray *all;

    for (uint32_t i = 0; w->blocks && w->spec.gated && i < w->spec.layers; i++) {
        w->blocks[i].up.values = NULL; /* stand in the gate's */
        w->blocks[i].up_bias = NULL;
    }
    all = w->blocks ? net_weights_arrays(w) : NULL;
    for (guint i = 0; all && i < all->len; i++)
        free(g_array_index(all, struct net_array, i).values);
    g_clear_pointer(&all, g_array_unref);
    g_free(w->assumed);
    g_free(w->blocks);
    memset(w, 0, sizeof *w);
}

gboolean net_weights_find(struct net_weights *w, const struct checkpoint *c, uint32_t tensor,
                          struct net_weight_at *out)
{
    const struct place *p = &c->places[tensor];
    const struct net_part *part = net_part_of(p);

    if (!part || is_unused(w, part))
        return FALSE;
    *out = (struct net_weight_at){.rows = (uint32_t)net_extent(&w->spec, part->rows),
                                  .columns = (uint32_t)net_extent(&w->spec, part->columns),
                                  .transposed = p->orientation == ORIENTATION_IN_OUT};
    if (part->rows == NET_VOCABULARY) /* it may be shown cut */
        out->rows = (uint32_t)MIN(out->rows, checkpoint_tensor(c, tensor)->elems / out->columns);
    if (part->is_matrix) {
        out->matrix = matrix_of(w, part, p->block);
        out->first = (uint32_t)net_extent(&w->spec, part->first);
    } else {
        out->vector = *vector_of(w, part, p->block) + net_extent(&w->spec, part->first);
    }
    return TRUE;
}
