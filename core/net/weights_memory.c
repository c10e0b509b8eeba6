#include "core/net/weights_memory.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/net/kernels.h"
#include "core/net/memory.h"

/* Memory that the machine has; more is not asked for. */
static uint64_t memory_bytes(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), bytes = sysconf(_SC_PAGESIZE);

    return pages > 0 && bytes > 0 ? (uint64_t)pages * (uint64_t)bytes : UINT64_MAX;
}

void *net_weights_take(struct net_weights *w, uint64_t elems, size_t bytes, GError **error)
{
    uint64_t all = elems * bytes;
    void *memory = NULL;

    /* No product overflows: extents are below 2^32, of a matrix one is below 2^16. */
    if (w->bytes + all < memory_bytes())
        memory = net_memory(MAX(all, 1));
    if (!memory) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_LIMIT,
                    "no memory for a model of more than %" G_GUINT64_FORMAT " MB",
                    (w->bytes + all) >> 20);
        return NULL;
    }
    memset(memory, 0, all);
    w->bytes += all;
    return memory;
}

gboolean net_weights_take_gate_bias(struct net_weights *w, struct net_block *b, GError **error)
{
    uint32_t n = w->spec.intermediate;

    b->gate_bias = net_weights_take(w, 2 * (uint64_t)n, sizeof(float), error);
    b->up_bias = b->gate_bias ? b->gate_bias + n : NULL;
    return b->gate_bias != NULL;
}

/* What is done to each allocation of a matrix; `times` stand one behind the other in it. */
typedef gboolean each_matrix(struct net_weights *w, struct net_matrix *m, unsigned times,
                             GError **error);

/* Up follows gate in the same allocation. */
static gboolean walk_block(struct net_weights *w, struct net_block *b, each_matrix *each,
                           GError **error)
{
    if (!each(w, &b->qkv, 1, error) || !each(w, &b->out, 1, error) || !each(w, &b->down, 1, error))
        return FALSE;
    if (!w->spec.gated)
        return each(w, &b->up, 1, error);
    if (!each(w, &b->gate, 2, error))
        return FALSE;
    b->up.dtype = b->gate.dtype;
    b->up.values = net_matrix_row(&b->gate, b->gate.out);
    return TRUE;
}

static gboolean walk_matrices(struct net_weights *w, each_matrix *each, GError **error)
{
    if (!each(w, &w->tokens, 1, error) || !each(w, &w->position, 1, error) ||
        !each(w, &w->head_dense, 1, error))
        return FALSE;
    if (w->spec.tied)
        w->head = w->tokens;
    else if (!each(w, &w->head, 1, error))
        return FALSE;
    for (uint32_t i = 0; i < w->spec.layers; i++)
        if (!walk_block(w, &w->blocks[i], each, error))
            return FALSE;
    return TRUE;
}

static gboolean take_matrix(struct net_weights *w, struct net_matrix *m, unsigned times,
                            GError **error)
{
    if (m->out == 0)
        return TRUE;
    m->values =
        net_weights_take(w, (uint64_t)m->out * m->in * times, dtype_info(m->dtype)->bytes, error);
    return m->values != NULL;
}

gboolean net_weights_take_matrices(struct net_weights *w, GError **error)
{
    return walk_matrices(w, take_matrix, error);
}

static gboolean widen_matrix(struct net_weights *w, struct net_matrix *m, unsigned times,
                             GError **error)
{
    uint64_t n = (uint64_t)m->out * m->in * times;
    void *was = m->values, *wide;

    if (!was || m->dtype == DTYPE_F32)
        return TRUE;
    wide = net_weights_take(w, n, sizeof(float), error);
    if (!wide)
        return FALSE;
    net_kernels_choose("scalar")->widen(wide, was, m->dtype, n);
    w->bytes -= n * dtype_info(m->dtype)->bytes;
    m->values = wide;
    m->dtype = DTYPE_F32;
    free(was);
    return TRUE;
}

gboolean net_weights_widen(struct net_weights *w, GError **error)
{
    return walk_matrices(w, widen_matrix, error);
}
