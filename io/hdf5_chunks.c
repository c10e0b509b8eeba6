#include <stdlib.h>
#include <string.h>
#include "io/hdf5_filters.h"
#include "io/hdf5_internal.h"
#include "io/limits.h"

/* Places tried for each chunk there is, before a sparse grid is looked up chunk by chunk. */
#define TRIES_A_CHUNK 4u
/* H5Dget_chunk_info is quadratic in the chunks of a dataset. */
#define MOST_LOOKED_UP 1024u

/* The chunks of one dataset while their addresses are learnt. */
struct chunk_search {
    struct walk *walk;
    struct listing_dataset *dataset;
    hid_t id, space;
    hsize_t dim[H5S_MAX_RANK], chunk[H5S_MAX_RANK], count[H5S_MAX_RANK];
    guint64 places, allocated; /* in the grid; of them written */
    guint64 chunk_bytes, stored_bytes;
    gboolean bare_edges; /* partial chunks at the edges are stored without filters */
    guint8 *buffer;      /* H5Dread_chunk wants one; the driver leaves it alone */
};

static gboolean list_filters(struct walk *w, struct listing_dataset *d, hid_t creation)
{
    int n = H5Pget_nfilters(creation);
    guint32 unknown;

    if (n < 0 || n > LISTING_MAX_FILTERS) {
        hdf5_dataset_refuse(w, d, "more than %d filters: not supported", LISTING_MAX_FILTERS);
        return FALSE;
    }
    d->n_filters = (guint32)n;
    for (unsigned i = 0; i < d->n_filters; i++) {
        struct listing_filter *f = &d->filters[i];
        gsize count = LISTING_MAX_FILTER_VALUES;
        unsigned flags, values[LISTING_MAX_FILTER_VALUES] = {0};

        f->id = (guint32)H5Pget_filter2(creation, i, &flags, &count, values, 0, NULL, NULL);
        f->n_values = (guint32)MIN(count, LISTING_MAX_FILTER_VALUES);
        memcpy(f->values, values, sizeof values);
    }
    if (!hdf5_filters_known(d->filters, d->n_filters, &unknown)) {
        const char *name = hdf5_filter_name(unknown);

        hdf5_dataset_refuse(w, d, "needs filter %u (%s), which is not available", unknown,
                            name ? name : "unknown");
        return FALSE;
    }
    return TRUE;
}

static gboolean read_shape(struct chunk_search *s, hid_t creation)
{
    struct listing_dataset *d = s->dataset;
    GArray *numbers = s->walk->listing->numbers;
    gboolean overflow = FALSE;
    unsigned options = 0;

    if (d->rank == 0 || H5Pget_chunk(creation, H5S_MAX_RANK, s->chunk) != d->rank)
        return FALSE;
    H5Pget_chunk_opts(creation, &options);
    s->bare_edges = options & H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS;
    d->layout = LAYOUT_CHUNKED;
    d->chunk_dims = numbers->len;
    s->chunk_bytes = d->bytes;
    s->places = 1;
    for (unsigned i = 0; i < d->rank; i++) {
        guint64 n = s->chunk[i];

        if (n == 0)
            return FALSE;
        g_array_append_val(numbers, n);
        s->dim[i] = g_array_index(numbers, guint64, d->dims + i);
        s->count[i] = (s->dim[i] - 1) / n + 1;
        overflow |= __builtin_mul_overflow(s->chunk_bytes, n, &s->chunk_bytes);
        if (__builtin_mul_overflow(s->places, s->count[i], &s->places))
            s->places = G_MAXUINT64;
    }
    return !overflow;
}

static gboolean within_limits(struct chunk_search *s)
{
    struct walk *w = s->walk;
    guint64 listed = w->listing->chunks->len;

    if (s->chunk_bytes > LIMIT_CHUNK_BYTES) {
        hdf5_dataset_refuse(w, s->dataset, "chunks of %" G_GUINT64_FORMAT " bytes: the limit is %u",
                            s->chunk_bytes, LIMIT_CHUNK_BYTES);
        return FALSE;
    }
    if (s->allocated > LIMIT_CHUNKS || listed + s->allocated > LIMIT_CHUNKS) {
        hdf5_dataset_refuse(w, s->dataset, "more than %u chunks in the file", LIMIT_CHUNKS);
        return FALSE;
    }
    if (s->places > s->allocated * TRIES_A_CHUNK && s->allocated > MOST_LOOKED_UP) {
        hdf5_dataset_refuse(w, s->dataset,
                            "%" G_GUINT64_FORMAT " chunks scattered over %" G_GUINT64_FORMAT
                            " places: not supported",
                            s->allocated, s->places);
        return FALSE;
    }
    return TRUE;
}

static gboolean is_partial(const struct chunk_search *s, const hsize_t *offset)
{
    for (unsigned i = 0; i < s->dataset->rank; i++)
        if (s->dim[i] - offset[i] < s->chunk[i])
            return TRUE;
    return FALSE;
}

/* Appends the chunk whose first element is at `offset`, if it was written. */
static void note_chunk(struct chunk_search *s, const hsize_t *offset)
{
    struct hdf5_driver *driver = &s->walk->driver;
    struct listing_chunk chunk = {0};
    guint64 end;
    herr_t status;

    driver->bytes = 0;
    driver->noting = TRUE;
    status = H5Dread_chunk(s->id, H5P_DEFAULT, offset, &chunk.skipped, s->buffer);
    driver->noting = FALSE;
    if (status < 0 || !driver->bytes || driver->bytes > 2 * (gsize)LIMIT_CHUNK_BYTES ||
        __builtin_add_overflow(driver->address, driver->bytes, &end) || end > s->walk->file->size)
        return;
    for (unsigned i = 0; i < s->dataset->rank; i++)
        chunk.index = chunk.index * s->count[i] + offset[i] / s->chunk[i];
    if (s->bare_edges && is_partial(s, offset))
        chunk.skipped = G_MAXUINT32;
    chunk.address = driver->address;
    chunk.bytes = (guint32)driver->bytes;
    s->stored_bytes += chunk.bytes;
    g_array_append_val(s->walk->listing->chunks, chunk);
}

static void try_all_places(struct chunk_search *s)
{
    unsigned rank = s->dataset->rank;
    hsize_t offset[H5S_MAX_RANK] = {0};

    for (guint64 i = 0; i < s->places; i++) {
        note_chunk(s, offset);
        for (unsigned k = rank; k-- > 0;) {
            offset[k] += s->chunk[k];
            if (offset[k] < s->dim[k])
                break;
            offset[k] = 0;
        }
    }
}

static int compare_index(const void *a, const void *b)
{
    guint64 x = ((const struct listing_chunk *)a)->index;
    guint64 y = ((const struct listing_chunk *)b)->index;

    return (x > y) - (x < y);
}

/* Few chunks in a large grid: the library says where in the grid, the driver where in the file. */
static void look_up_each(struct chunk_search *s)
{
    GArray *chunks = s->walk->listing->chunks;

    for (hsize_t i = 0; i < s->allocated; i++) {
        hsize_t offset[H5S_MAX_RANK], bytes;
        haddr_t address;
        unsigned skipped;

        if (H5Dget_chunk_info(s->id, s->space, i, offset, &skipped, &address, &bytes) >= 0)
            note_chunk(s, offset);
    }
    qsort(&g_array_index(chunks, struct listing_chunk, s->dataset->first_chunk),
          chunks->len - s->dataset->first_chunk, sizeof(struct listing_chunk), compare_index);
}

static void list_addresses(struct chunk_search *s)
{
    struct listing_dataset *d = s->dataset;
    GArray *chunks = s->walk->listing->chunks;

    d->first_chunk = chunks->len;
    if (s->places <= s->allocated * TRIES_A_CHUNK)
        try_all_places(s);
    else
        look_up_each(s);
    d->n_chunks = chunks->len - d->first_chunk;
    if (d->n_chunks != s->allocated)
        hdf5_dataset_refuse(s->walk, d,
                            "%" G_GUINT64_FORMAT " of its %" G_GUINT64_FORMAT
                            " chunks are not where the file says",
                            s->allocated - MIN(d->n_chunks, s->allocated), s->allocated);
    else if (s->stored_bytes > s->walk->file->size)
        hdf5_dataset_refuse(s->walk, d, "its chunks claim more bytes than the file has");
}

static void search(struct chunk_search *s)
{
    struct listing_dataset *d = s->dataset;
    hsize_t allocated;

    if (H5Dget_num_chunks(s->id, s->space, &allocated) < 0) {
        hdf5_dataset_refuse(s->walk, d, "its index of chunks cannot be read");
        return;
    }
    s->allocated = allocated;
    if (!within_limits(s))
        return;
    if (!allocated) {
        d->layout = LAYOUT_NONE;
        hdf5_dataset_affordable(s->walk, d, 0);
        return;
    }
    if (!hdf5_dataset_affordable(s->walk, d, H5Dget_storage_size(s->id)))
        return;
    list_addresses(s);
}

void hdf5_chunks_list(struct walk *w, hid_t id, hid_t creation, struct listing_dataset *d)
{
    guint8 unused[1];
    struct chunk_search s = {.walk = w, .dataset = d, .id = id, .buffer = unused};

    if (!read_shape(&s, creation)) {
        d->layout = LAYOUT_NONE;
        hdf5_dataset_refuse(w, d, "its chunks have an impossible shape");
        return;
    }
    if (!list_filters(w, d, creation))
        return;
    s.space = H5Dget_space(id);
    search(&s);
    H5Sclose(s.space);
}
