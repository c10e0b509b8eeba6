#include "io/hdf5_read.h"

#include <pthread.h>
#include <string.h>
#include "io/chunk_cache.h"
#include "io/hdf5_filters.h"
#include "io/limits.h"

#define CACHE_BYTES (64u << 20)

struct hdf5_reader {
    const struct file *file;
    const struct listing *listing;
    guint32 *object_of; /* of each dataset, for messages */
    struct chunk_cache *cache;
    pthread_mutex_t lock; /* of idle */
    GQueue idle; /* struct filter_scratch * nobody uses */
};

/* The elements asked for, and where they go. */
struct range {
    guint64 first, end;
    guint8 *dst;
    gsize size; /* of one element */
};

/* Shapes of a chunked dataset, trailing dimensions that one chunk spans merged into one. */
struct grid {
    unsigned rank;
    guint64 dim[32], chunk[32], count[32]; /* count: chunks along each dimension */
    guint64 stride[32], chunk_stride[32];  /* elements from one index to the next */
};

/* What the decoder of one chunk must know. */
struct decode_context {
    struct hdf5_reader *reader;
    const struct listing_dataset *dataset;
};

static gboolean decode_chunk(void *context, guint32 key, guint8 *dst, gsize bytes, GError **error);

struct hdf5_reader *hdf5_reader_create(const struct file *f, const struct listing *l)
{
    struct hdf5_reader *r = g_new0(struct hdf5_reader, 1);

    r->file = f;
    r->listing = l;
    r->cache = chunk_cache_create(CACHE_BYTES, decode_chunk);
    pthread_mutex_init(&r->lock, NULL);
    g_queue_init(&r->idle);
    r->object_of = g_new0(guint32, l->datasets->len + 1);
    for (guint32 i = 0; i < l->objects->len; i++)
        if (listing_object(l, i)->kind == LISTING_DATASET)
            r->object_of[listing_object(l, i)->dataset] = i;
    return r;
}

void hdf5_reader_destroy(struct hdf5_reader *r)
{
    struct filter_scratch *s;

    if (!r)
        return;
    while ((s = g_queue_pop_head(&r->idle)))
        filter_scratch_destroy(s);
    chunk_cache_destroy(r->cache);
    pthread_mutex_destroy(&r->lock);
    g_free(r->object_of);
    g_free(r);
}

static struct filter_scratch *scratch_take(struct hdf5_reader *r)
{
    struct filter_scratch *s;

    pthread_mutex_lock(&r->lock);
    s = g_queue_pop_head(&r->idle);
    pthread_mutex_unlock(&r->lock);
    return s ? s : filter_scratch_create();
}

static void scratch_give(struct hdf5_reader *r, struct filter_scratch *s)
{
    pthread_mutex_lock(&r->lock);
    g_queue_push_head(&r->idle, s);
    pthread_mutex_unlock(&r->lock);
}

static gboolean unfilter_stored(struct hdf5_reader *r, struct filter_scratch *s,
                                const struct decode_context *c, const struct listing_chunk *chunk,
                                guint8 *dst, gsize bytes, GError **error)
{
    guint8 *input = filter_scratch_input(s, chunk->bytes);

    if (!input) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "no memory for a chunk of %u bytes",
                    chunk->bytes);
        return FALSE;
    }
    if (!file_read(r->file, chunk->address, input, chunk->bytes, error))
        return FALSE;
    if (hdf5_unfilter(s, c->dataset, chunk->skipped, chunk->bytes, dst, bytes, error))
        return TRUE;
    g_prefix_error(error, "chunk %" G_GUINT64_FORMAT ": ", chunk->index);
    return FALSE;
}

static gboolean decode_chunk(void *context, guint32 key, guint8 *dst, gsize bytes, GError **error)
{
    const struct decode_context *c = context;
    const struct listing_chunk *chunk =
        &g_array_index(c->reader->listing->chunks, struct listing_chunk, key);
    struct filter_scratch *s;
    gboolean done;

    if (c->dataset->n_filters == 0 && chunk->bytes == bytes)
        return file_read(c->reader->file, chunk->address, dst, bytes, error);
    s = scratch_take(c->reader);
    done = unfilter_stored(c->reader, s, c, chunk, dst, bytes, error);
    scratch_give(c->reader, s);
    return done;
}

static void fill_elements(guint8 *dst, guint64 elems, const guint8 *fill, gsize size)
{
    static const guint8 zero[8];
    gsize bytes = (gsize)elems * size, done = size;

    if (!elems)
        return;
    if (memcmp(fill, zero, size) == 0) {
        memset(dst, 0, bytes);
        return;
    }
    memcpy(dst, fill, size);
    for (; done < bytes; done += MIN(done, bytes - done))
        memcpy(dst + done, dst, MIN(done, bytes - done));
}

static void grid_init(struct grid *g, const struct listing *l, const struct listing_dataset *d)
{
    const guint64 *dim = &g_array_index(l->numbers, guint64, d->dims);
    const guint64 *chunk = &g_array_index(l->numbers, guint64, d->chunk_dims);

    g->rank = d->rank;
    memcpy(g->dim, dim, d->rank * sizeof *dim);
    memcpy(g->chunk, chunk, d->rank * sizeof *chunk);
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

static guint64 chunk_elems(const struct grid *g)
{
    return g->chunk_stride[0] * g->chunk[0];
}

static void position_of(const struct grid *g, guint64 element, guint64 *at)
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

/* The box of dataset indices that may hold elements of the range: fixed where the first and the
 * last agree, from one to the other in the next dimension, everything in the rest. */
static void bounding_box(const struct grid *g, const struct range *r, guint64 *low, guint64 *high)
{
    guint64 first[32], last[32];
    gboolean apart = FALSE;

    position_of(g, r->first, first);
    position_of(g, r->end - 1, last);
    for (unsigned i = 0; i < g->rank; i++) {
        low[i] = apart ? 0 : first[i];
        high[i] = apart ? g->dim[i] : last[i] + 1;
        apart |= first[i] != last[i];
    }
}

/* One row of a chunk: `len` elements from dataset element `start`, `from` elements into the chunk
 * (NULL: a chunk that was never written). */
static void copy_row(const struct range *r, guint64 start, guint64 len, const guint8 *data,
                     guint64 from, const guint8 *fill)
{
    guint64 low = MAX(start, r->first), high = MIN(start + len, r->end);
    guint8 *dst;

    if (low >= high)
        return;
    dst = r->dst + (low - r->first) * r->size;
    if (data)
        memcpy(dst, data + (from + low - start) * r->size, (high - low) * r->size);
    else
        fill_elements(dst, high - low, fill, r->size);
}

/* Copies what the box [low, high) of dataset indices, all in the chunk at `origin`, holds. */
static void copy_box(const struct grid *g, const struct range *r, const guint64 *origin,
                     const guint64 *low, const guint64 *high, const guint8 *data,
                     const guint8 *fill)
{
    unsigned last = g->rank - 1;
    guint64 at[32];

    memcpy(at, low, g->rank * sizeof *at);
    do {
        guint64 start = 0, from = 0;

        for (unsigned i = 0; i <= last; i++) {
            start += at[i] * g->stride[i];
            from += (at[i] - origin[i]) * g->chunk_stride[i];
        }
        copy_row(r, start, high[last] - low[last], data, from, fill);
    } while (advance(at, low, high, last));
}

/* Position of the chunk in the listing, LISTING_NONE if it was never written. */
static guint32 chunk_lookup(const struct listing *l, const struct listing_dataset *d, guint64 index)
{
    guint32 low = d->first_chunk, end = d->first_chunk + d->n_chunks, high = end;

    while (low < high) {
        guint32 middle = low + (high - low) / 2;

        if (g_array_index(l->chunks, struct listing_chunk, middle).index < index)
            low = middle + 1;
        else
            high = middle;
    }
    return low < end && g_array_index(l->chunks, struct listing_chunk, low).index == index
               ? low
               : LISTING_NONE;
}

static gboolean copy_chunk(struct decode_context *c, const struct grid *g, const struct range *r,
                           guint64 index, const guint64 *origin, const guint64 *low,
                           const guint64 *high, GError **error)
{
    struct hdf5_reader *reader = c->reader;
    guint32 key = chunk_lookup(reader->listing, c->dataset, index);
    struct cached_chunk *chunk;

    if (key == LISTING_NONE) {
        copy_box(g, r, origin, low, high, NULL, c->dataset->fill);
        return TRUE;
    }
    chunk = chunk_cache_hold(reader->cache, key, chunk_elems(g) * r->size, c, error);
    if (!chunk)
        return FALSE;
    copy_box(g, r, origin, low, high, cached_chunk_bytes(chunk), NULL);
    chunk_cache_release(reader->cache, chunk);
    return TRUE;
}

static gboolean read_chunked(struct hdf5_reader *reader, const struct listing_dataset *d,
                             const struct range *r, GError **error)
{
    struct decode_context context = {reader, d};
    guint64 low[32], high[32], at[32], chunk_low[32], chunk_high[32];
    struct grid g;

    grid_init(&g, reader->listing, d);
    bounding_box(&g, r, low, high);
    for (unsigned i = 0; i < g.rank; i++) {
        at[i] = chunk_low[i] = low[i] / g.chunk[i];
        chunk_high[i] = (high[i] - 1) / g.chunk[i] + 1;
    }
    do {
        guint64 index = 0, origin[32], from[32], to[32];

        for (unsigned i = 0; i < g.rank; i++) {
            index = index * g.count[i] + at[i];
            origin[i] = at[i] * g.chunk[i];
            from[i] = MAX(low[i], origin[i]);
            to[i] = MIN(high[i], origin[i] + g.chunk[i]);
        }
        if (!copy_chunk(&context, &g, r, index, origin, from, to, error))
            return FALSE;
    } while (advance(at, chunk_low, chunk_high, g.rank));
    return TRUE;
}

static void swap_bytes(guint8 *data, gsize elems, gsize size)
{
    guint16 two;
    guint32 four;
    guint64 eight;

    for (gsize i = 0; i < elems; i++, data += size)
        switch (size) {
        case 2:
            memcpy(&two, data, 2);
            two = GUINT16_SWAP_LE_BE(two);
            memcpy(data, &two, 2);
            break;
        case 4:
            memcpy(&four, data, 4);
            four = GUINT32_SWAP_LE_BE(four);
            memcpy(data, &four, 4);
            break;
        case 8:
            memcpy(&eight, data, 8);
            eight = GUINT64_SWAP_LE_BE(eight);
            memcpy(data, &eight, 8);
            break;
        default:
            break;
        }
}

static gboolean read_stored(struct hdf5_reader *r, const struct listing_dataset *d,
                            const struct range *range, GError **error)
{
    gsize elems = (gsize)(range->end - range->first), bytes = elems * range->size;
    guint64 skip = range->first * range->size;

    switch (d->layout) {
    case LAYOUT_NONE:
        fill_elements(range->dst, elems, d->fill, range->size);
        return TRUE;
    case LAYOUT_COMPACT:
        memcpy(range->dst, r->listing->blob->data + d->compact + skip, bytes);
        return TRUE;
    case LAYOUT_CONTIGUOUS:
        return file_read(r->file, d->address + skip, range->dst, bytes, error);
    default:
        return read_chunked(r, d, range, error);
    }
}

/* Puts file and object in front; messages of file_read begin with the file already. */
static void explain(const struct hdf5_reader *r, guint32 dataset, const GError *cause,
                    GError **error)
{
    const struct listing_object *object = listing_object(r->listing, r->object_of[dataset]);
    const char *file = r->file->path, *path = listing_text(r->listing, object->path);
    const char *what = cause->message;

    if (g_str_has_prefix(what, file) && g_str_has_prefix(what + strlen(file), ": "))
        what += strlen(file) + 2;
    g_set_error(error, TARE_ERROR, cause->code, "%s: %s: %s", file, path, what);
}

gboolean hdf5_read(struct hdf5_reader *r, guint32 dataset, guint64 first, gsize count, void *dst,
                   GError **error)
{
    const struct listing_dataset *d = listing_dataset(r->listing, dataset);
    struct range range = {first, first + count, dst, 0};
    GError *cause = NULL;
    gboolean done;

    g_assert(d->readable && first <= d->elems && count <= d->elems - first);
    if (!count)
        return TRUE;
    range.size = d->bytes;
    done = read_stored(r, d, &range, &cause);
    /* Also when it seems to have worked: values of two generations are none. */
    if (file_changed(r->file)) {
        done = FALSE;
        g_clear_error(&cause);
        g_set_error(&cause, TARE_ERROR, TARE_ERROR_CHANGED, "the file changed while it was read");
    }
    if (!done) {
        explain(r, dataset, cause, error);
        g_clear_error(&cause);
        return FALSE;
    }
    if (d->big_endian != (G_BYTE_ORDER == G_BIG_ENDIAN))
        swap_bytes(dst, count, range.size);
    return TRUE;
}
