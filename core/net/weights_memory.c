#include "core/net/weights_memory.h"

#include <string.h>
#include <unistd.h>
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

static gboolean take_matrix(struct net_weights *w, struct net_matrix *m, unsigned times,
                            GError **error)
{
    if (m->out == 0 || m->values)
        return TRUE;
    m->values =
        net_weights_take(w, (uint64_t)m->out * m->in * times, dtype_info(m->dtype)->bytes, error);
    return m->values != NULL;
}

static gboolean take_block(struct net_weights *w, struct net_block *b, GError **error)
{
    if (!take_matrix(w, &b->qkv, 1, error) || !take_matrix(w, &b->out, 1, error) ||
        !take_matrix(w, &b->down, 1, error))
        return FALSE;
    if (!w->spec.gated)
        return take_matrix(w, &b->up, 1, error);
    if (!take_matrix(w, &b->gate, 2, error))
        return FALSE;
    b->up.values = net_matrix_row(&b->gate, b->gate.out);
    return TRUE;
}

gboolean net_weights_take_matrices(struct net_weights *w, GError **error)
{
    if (!take_matrix(w, &w->tokens, 1, error) || !take_matrix(w, &w->position, 1, error) ||
        !take_matrix(w, &w->head_dense, 1, error))
        return FALSE;
    if (w->spec.tied)
        w->head = w->tokens;
    if (!take_matrix(w, &w->head, 1, error))
        return FALSE;
    for (uint32_t i = 0; i < w->spec.layers; i++)
        if (!take_block(w, &w->blocks[i], error))
            return FALSE;
    return TRUE;
}
