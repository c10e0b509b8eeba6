/* A dataset in tiles that are runs of its elements and rectangles too: what one read of a source
 * and one write of libhdf5 take. Tiles of a chunked dataset are whole rows of chunks where those
 * are not too large. */
#ifndef TARE_IO_HDF5_TILES_H
#define TARE_IO_HDF5_TILES_H

#include <glib.h>
#include <hdf5.h>
#include "core/tensor.h"

struct tile_plan {
    unsigned rank, axis; /* a tile: one place on the axes before, some on `axis`, all behind */
    hsize_t dim[TENSOR_MAX_RANK];
    guint64 inner; /* elements of a place on `axis` */
    guint64 rows;  /* places of a tile, but for the last */
    guint64 tiles_a_place, n_tiles;
    gsize most;        /* elements of the largest tile */
    gsize cache_bytes; /* 0: not chunked */
};

struct tile {
    guint64 first;
    gsize elems;
    hsize_t start[TENSOR_MAX_RANK], count[TENSOR_MAX_RANK];
};

/* t has elements. chunk: its chunks' shape, NULL: it is not chunked. */
void tile_plan_init(struct tile_plan *p, const struct tensor *t, const guint64 *chunk);
void tile_plan_get(const struct tile_plan *p, guint64 number, struct tile *out);

/* A dataset access list that keeps the chunks of a tile together; to be closed. */
hid_t tile_plan_access(const struct tile_plan *p);
/* Elements of `type` at data. */
gboolean tile_write(const struct tile_plan *p, const struct tile *t, hid_t dataset, hid_t type,
                    const void *data);

#endif
