#include "io/chunk_grid.h"

#include <string.h>

void chunk_grid_init(struct chunk_grid *g, unsigned rank, const guint64 *dim, const guint64 *chunk)
{
    g->rank = rank;
    memcpy(g->dim, dim, rank * sizeof *dim);
    memcpy(g->chunk, chunk, rank * sizeof *chunk);
    for (; g->rank > 1 && g->chunk[g->rank - 1] == g->dim[g->rank - 1]; g->rank--) {
        g->dim[g->rank - 2] *= g->dim[g->rank - 1];
        g->chunk[g->rank - 2] *= g->chunk[g->rank - 1];
    }
    for (unsigned i = g->rank; i-- > 0;) {
        gboolean last = i == g->rank - 1;

        g->count[i] = (g->dim[i] - 1) / g->chunk[i] + 1;
        g->stride[i] = last ? 1 : g->stride[i + 1] * g->dim[i + 1];
        g->chunk_stride[i] = last ? 1 : g->chunk_stride[i + 1] * g->chunk[i + 1];
    }
}

guint64 chunk_grid_elems(const struct chunk_grid *g)
{
    return g->chunk_stride[0] * g->chunk[0];
}

static void position_of(const struct chunk_grid *g, guint64 element, guint64 *at)
{
    for (unsigned i = 0; i < g->rank; i++) {
        at[i] = element / g->stride[i];
        element %= g->stride[i];
    }
}

/* The next index of a box in row-major order; false after the last. Only the first n dimensions. */
static gboolean advance(guint64 *at, const guint64 *low, const guint64 *high, unsigned n)
{
    for (unsigned i = n; i-- > 0;) {
        if (++at[i] < high[i])
            return TRUE;
        at[i] = low[i];
    }
    return FALSE;
}

/* The box of indices that may hold elements of the range: fixed where the first and the last agree,
 * from one to the other in the next dimension, everything in the rest. */
static void bounding_box(struct chunk_cursor *c, const struct element_range *r)
{
    const struct chunk_grid *g = c->grid;
    guint64 first[CHUNK_GRID_RANK], last[CHUNK_GRID_RANK];
    gboolean apart = FALSE;

    position_of(g, r->first, first);
    position_of(g, r->end - 1, last);
    for (unsigned i = 0; i < g->rank; i++) {
        c->box_low[i] = apart ? 0 : first[i];
        c->box_high[i] = apart ? g->dim[i] : last[i] + 1;
        apart |= first[i] != last[i];
    }
}

void chunk_cursor_init(struct chunk_cursor *c, const struct chunk_grid *g,
                       const struct element_range *r)
{
    c->grid = g;
    c->started = FALSE;
    bounding_box(c, r);
    for (unsigned i = 0; i < g->rank; i++) {
        c->at[i] = c->first[i] = c->box_low[i] / g->chunk[i];
        c->end[i] = (c->box_high[i] - 1) / g->chunk[i] + 1;
    }
}

gboolean chunk_cursor_next(struct chunk_cursor *c)
{
    const struct chunk_grid *g = c->grid;

    if (c->started && !advance(c->at, c->first, c->end, g->rank))
        return FALSE;
    c->started = TRUE;
    c->index = 0;
    for (unsigned i = 0; i < g->rank; i++) {
        guint64 origin = c->at[i] * g->chunk[i];

        c->index = c->index * g->count[i] + c->at[i];
        c->low[i] = MAX(c->box_low[i], origin);
        c->high[i] = MIN(c->box_high[i], origin + g->chunk[i]);
    }
    return TRUE;
}

void elements_fill(guint8 *dst, guint64 elems, const guint8 *fill, gsize bytes)
{
    static const guint8 zero[8];
    gsize total = (gsize)elems * bytes, done = bytes;

    if (!elems)
        return;
    if (memcmp(fill, zero, bytes) == 0) {
        memset(dst, 0, total);
        return;
    }
    memcpy(dst, fill, bytes);
    for (; done < total; done += MIN(done, total - done))
        memcpy(dst + done, dst, MIN(done, total - done));
}

/* One row of a chunk: `length` elements from dataset element `start`, `from` elements into it. */
static void copy_row(const struct element_range *r, guint64 start, guint64 length,
                     const guint8 *data, guint64 from, const guint8 *fill)
{
    guint64 low = MAX(start, r->first), high = MIN(start + length, r->end);
    guint8 *dst;

    if (low >= high)
        return;
    dst = r->dst + (low - r->first) * r->bytes;
    if (data)
        memcpy(dst, data + (from + low - start) * r->bytes, (high - low) * r->bytes);
    else
        elements_fill(dst, high - low, fill, r->bytes);
}

void chunk_cursor_copy(const struct chunk_cursor *c, const struct element_range *r,
                       const guint8 *data, const guint8 *fill)
{
    const struct chunk_grid *g = c->grid;
    unsigned last = g->rank - 1;
    guint64 at[CHUNK_GRID_RANK];

    memcpy(at, c->low, g->rank * sizeof *at);
    do {
        guint64 start = 0, from = 0;

        for (unsigned i = 0; i <= last; i++) {
            start += at[i] * g->stride[i];
            from += (at[i] - c->at[i] * g->chunk[i]) * g->chunk_stride[i];
        }
        copy_row(r, start, c->high[last] - c->low[last], data, from, fill);
    } while (advance(at, c->low, c->high, last));
}
