/* Geometry of chunked storage: which chunks hold a row-major run of elements, and where in them.
 *
 * No file and no filters: plain arithmetic on shapes that the walk has checked (products fit). */
#ifndef TARE_IO_CHUNK_GRID_H
#define TARE_IO_CHUNK_GRID_H

#include <glib.h>

#define CHUNK_GRID_RANK 32

struct chunk_grid {
    unsigned rank; /* trailing dimensions that one chunk spans are merged into one */
    guint64 dim[CHUNK_GRID_RANK], chunk[CHUNK_GRID_RANK];
    guint64 count[CHUNK_GRID_RANK]; /* chunks along each dimension */
    guint64 stride[CHUNK_GRID_RANK], chunk_stride[CHUNK_GRID_RANK]; /* in elements */
};

/* Elements [first, end) of the dataset, and where they go. */
struct element_range {
    guint64 first, end;
    guint8 *dst;
    gsize bytes; /* of one element */
};

/* Steps through the chunks that may hold elements of a range. */
struct chunk_cursor {
    const struct chunk_grid *grid;
    gboolean started;
    guint64 index; /* row-major number of the chunk */
    guint64 at[CHUNK_GRID_RANK], first[CHUNK_GRID_RANK], end[CHUNK_GRID_RANK]; /* in chunks */
    guint64 box_low[CHUNK_GRID_RANK], box_high[CHUNK_GRID_RANK]; /* of the range, in elements */
    guint64 low[CHUNK_GRID_RANK], high[CHUNK_GRID_RANK];         /* of it, in this chunk */
};

/* Rank, dimensions and chunk dimensions at least 1. */
void chunk_grid_init(struct chunk_grid *g, unsigned rank, const guint64 *dim, const guint64 *chunk);

/* Elements of one chunk, also of those that stick out at the edges. */
guint64 chunk_grid_elems(const struct chunk_grid *g);

/* The range must not be empty; g must outlive the cursor. */
void chunk_cursor_init(struct chunk_cursor *c, const struct chunk_grid *g,
                       const struct element_range *r);
gboolean chunk_cursor_next(struct chunk_cursor *c);

/* Copies what the chunk holds of the range: from its elements, or for data NULL from one element of
 * fill. */
void chunk_cursor_copy(const struct chunk_cursor *c, const struct element_range *r,
                       const guint8 *data, const guint8 *fill);

/* `elems` copies of one element of at most 8 bytes. */
void elements_fill(guint8 *dst, guint64 elems, const guint8 *fill, gsize bytes);

#endif
