#include "io/hdf5_tiles.h"

#define TILE_BYTES ((guint64)4 << 20)
/* A row of chunks may make a tile so large. */
#define ROW_BYTES ((guint64)64 << 20)
/* Slots of the chunk cache: a prime, many more than there are chunks in a tile as a rule. */
#define CACHE_SLOTS 10007

/* Places so that a tile is whole chunks, if such a tile is bearable. */
static guint64 rows_of(const struct tile_plan *p, guint64 bytes, const guint64 *chunk)
{
    guint64 inner = p->inner * bytes, rows = MAX(TILE_BYTES / inner, 1);
    guint64 high = chunk ? MIN(chunk[p->axis], p->dim[p->axis]) : 1;

    if (high > 1 && rows >= high)
        rows -= rows % high;
    else if (high > 1 && high * inner <= ROW_BYTES)
        rows = high;
    return MIN(rows, p->dim[p->axis]);
}

void tile_plan_init(struct tile_plan *p, const struct tensor *t, const guint64 *chunk)
{
    guint64 bytes = dtype_info(t->dtype)->bytes, places = 1;

    *p = (struct tile_plan){.rank = t->rank, .inner = t->elems, .rows = 1, .dim = {1}};
    for (unsigned i = 0; i < t->rank; i++)
        p->dim[i] = t->dim[i];
    if (t->rank > 0)
        p->inner /= p->dim[0];
    while (p->axis + 1 < p->rank && p->inner * bytes > TILE_BYTES) {
        places *= p->dim[p->axis++];
        p->inner /= p->dim[p->axis];
    }
    p->rows = rows_of(p, bytes, t->rank ? chunk : NULL);
    p->tiles_a_place = (p->dim[p->axis] + p->rows - 1) / p->rows;
    p->n_tiles = places * p->tiles_a_place;
    p->most = (gsize)(p->rows * p->inner);
    p->cache_bytes = chunk ? (gsize)MAX(p->most * bytes, TILE_BYTES) * 2 : 0;
}

void tile_plan_get(const struct tile_plan *p, guint64 number, struct tile *out)
{
    guint64 place = number / p->tiles_a_place, row = number % p->tiles_a_place * p->rows;
    guint64 rows = MIN(p->rows, p->dim[p->axis] - row);

    out->first = (place * p->dim[p->axis] + row) * p->inner;
    out->elems = (gsize)(rows * p->inner);
    for (unsigned i = p->axis; i-- > 0; place /= p->dim[i]) {
        out->start[i] = place % p->dim[i];
        out->count[i] = 1;
    }
    out->start[p->axis] = row;
    out->count[p->axis] = rows;
    for (unsigned i = p->axis + 1; i < p->rank; i++) {
        out->start[i] = 0;
        out->count[i] = p->dim[i];
    }
}

hid_t tile_plan_access(const struct tile_plan *p)
{
    hid_t access = H5Pcreate(H5P_DATASET_ACCESS);

    if (p->cache_bytes)
        H5Pset_chunk_cache(access, CACHE_SLOTS, p->cache_bytes, 1.0);
    return access;
}

gboolean tile_write(const struct tile_plan *p, const struct tile *t, hid_t dataset, hid_t type,
                    const void *data)
{
    hsize_t elems = t->elems;
    hid_t file, memory;
    gboolean ok;

    if (p->n_tiles == 1)
        return H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0;
    file = H5Dget_space(dataset);
    memory = H5Screate_simple(1, &elems, NULL);
    ok = file >= 0 && memory >= 0 &&
         H5Sselect_hyperslab(file, H5S_SELECT_SET, t->start, NULL, t->count, NULL) >= 0 &&
         H5Dwrite(dataset, type, memory, file, H5P_DEFAULT, data) >= 0;
    H5Sclose(memory);
    H5Sclose(file);
    return ok;
}
