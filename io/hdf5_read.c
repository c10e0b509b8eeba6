#include "io/hdf5_read.h"

#include <pthread.h>
#include <string.h>
#include "io/chunk_cache.h"
#include "io/chunk_grid.h"
#include "io/hdf5_filters.h"

#define CACHE_BYTES (64u << 20)
/* Chunks that cross many rows (a column each, say) may all be needed for one row, and be more than
 * the cache holds: then it holds bands of rows instead, and every chunk is decoded once a band. */
#define BAND_BYTES (CACHE_BYTES / 2)
#define BAND_KEY (1u << 31) /* marks keys of bands among those of chunks */

struct hdf5_reader {
    const struct file *file;
    const struct listing *listing;
    guint32 *object_of; /* of each dataset, for messages */
    struct chunk_cache *cache;
    pthread_mutex_t lock; /* of idle */
    GQueue idle;          /* struct filter_scratch * nobody uses */
};

/* What the decoder of one chunk must know. */
struct decode_context {
    struct hdf5_reader *reader;
    const struct listing_dataset *dataset;
};

static gboolean decode_item(void *context, guint32 key, guint8 *dst, gsize bytes, GError **error);

struct hdf5_reader *hdf5_reader_create(const struct file *f, const struct listing *l)
{
    struct hdf5_reader *r = g_new0(struct hdf5_reader, 1);

    r->file = f;
    r->listing = l;
    r->cache = chunk_cache_create(CACHE_BYTES, decode_item);
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

static gboolean decode_chunk(const struct decode_context *c, guint32 key, guint8 *dst, gsize bytes,
                             GError **error)
{
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

static gboolean copy_chunk(struct decode_context *c, const struct chunk_cursor *cursor,
                           const struct element_range *r, GError **error)
{
    struct hdf5_reader *reader = c->reader;
    guint32 key = chunk_lookup(reader->listing, c->dataset, cursor->index);
    struct cached_chunk *chunk;

    if (key == LISTING_NONE) {
        chunk_cursor_copy(cursor, r, NULL, c->dataset->fill);
        return TRUE;
    }
    chunk =
        chunk_cache_hold(reader->cache, key, chunk_grid_elems(cursor->grid) * r->bytes, c, error);
    if (!chunk)
        return FALSE;
    chunk_cursor_copy(cursor, r, cached_chunk_bytes(chunk), NULL);
    chunk_cache_release(reader->cache, chunk);
    return TRUE;
}

static void grid_of(const struct decode_context *c, struct chunk_grid *grid)
{
    const GArray *numbers = c->reader->listing->numbers;

    chunk_grid_init(grid, c->dataset->rank, &g_array_index(numbers, guint64, c->dataset->dims),
                    &g_array_index(numbers, guint64, c->dataset->chunk_dims));
}

static guint64 band_elems(const struct listing_dataset *d)
{
    return BAND_BYTES / d->bytes;
}

/* True if the chunks of the range are more than the cache holds. Bands take the keys of as many
 * chunks, so there must not be more of them. */
static gboolean needs_bands(const struct listing_dataset *d, const struct chunk_cursor *cursor)
{
    guint64 chunks = 1, most = CACHE_BYTES / d->bytes / chunk_grid_elems(cursor->grid);

    for (unsigned i = 0; i < cursor->grid->rank && chunks <= most; i++)
        chunks *= cursor->end[i] - cursor->first[i];
    return chunks > most && d->elems / band_elems(d) < d->n_chunks;
}

/* Past the cache: a chunk is used for this band and not again before the next one. */
static gboolean decode_band(const struct decode_context *c, const struct element_range *r,
                            GError **error)
{
    struct chunk_grid grid;
    struct chunk_cursor cursor;
    gsize bytes;
    guint8 *chunk;
    gboolean done = TRUE;

    grid_of(c, &grid);
    bytes = chunk_grid_elems(&grid) * r->bytes;
    chunk = g_try_malloc(bytes);
    if (!chunk) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                    "no memory for a chunk of %" G_GSIZE_FORMAT " bytes", bytes);
        return FALSE;
    }
    chunk_cursor_init(&cursor, &grid, r);
    while (done && chunk_cursor_next(&cursor)) {
        guint32 key = chunk_lookup(c->reader->listing, c->dataset, cursor.index);

        if (key != LISTING_NONE)
            done = decode_chunk(c, key, chunk, bytes, error);
        if (done)
            chunk_cursor_copy(&cursor, r, key != LISTING_NONE ? chunk : NULL, c->dataset->fill);
    }
    g_free(chunk);
    return done;
}

static gboolean decode_item(void *context, guint32 key, guint8 *dst, gsize bytes, GError **error)
{
    const struct decode_context *c = context;
    const struct listing_dataset *d = c->dataset;
    guint64 first;

    if (!(key & BAND_KEY))
        return decode_chunk(c, key, dst, bytes, error);
    first = ((key & ~BAND_KEY) - d->first_chunk) * band_elems(d);
    return decode_band(c, &(struct element_range){first, first + bytes / d->bytes, dst, d->bytes},
                       error);
}

static gboolean read_bands(struct decode_context *c, const struct element_range *r, GError **error)
{
    const struct listing_dataset *d = c->dataset;

    for (guint64 at = r->first, end; at < r->end; at = end) {
        guint64 number = at / band_elems(d), first = number * band_elems(d);
        guint64 last = MIN(first + band_elems(d), d->elems);
        struct cached_chunk *band =
            chunk_cache_hold(c->reader->cache, BAND_KEY | (d->first_chunk + (guint32)number),
                             (last - first) * d->bytes, c, error);

        if (!band)
            return FALSE;
        end = MIN(last, r->end);
        memcpy(r->dst + (at - r->first) * d->bytes,
               cached_chunk_bytes(band) + (at - first) * d->bytes, (end - at) * d->bytes);
        chunk_cache_release(c->reader->cache, band);
    }
    return TRUE;
}

static gboolean read_chunked(struct hdf5_reader *reader, const struct listing_dataset *d,
                             const struct element_range *r, GError **error)
{
    struct decode_context context = {reader, d};
    struct chunk_grid grid;
    struct chunk_cursor cursor;

    grid_of(&context, &grid);
    chunk_cursor_init(&cursor, &grid, r);
    if (needs_bands(d, &cursor))
        return read_bands(&context, r, error);
    while (chunk_cursor_next(&cursor))
        if (!copy_chunk(&context, &cursor, r, error))
            return FALSE;
    return TRUE;
}

void hdf5_order(const struct listing_dataset *d, void *values, gsize elems)
{
    gsize size = d->bytes;
    guint8 *data = values;
    guint16 two;
    guint32 four;
    guint64 eight;

    if (d->big_endian == (G_BYTE_ORDER == G_BIG_ENDIAN))
        return;
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
                            const struct element_range *range, GError **error)
{
    gsize elems = (gsize)(range->end - range->first), bytes = elems * range->bytes;
    guint64 skip = range->first * range->bytes;

    switch (d->layout) {
    case LAYOUT_NONE:
        elements_fill(range->dst, elems, d->fill, range->bytes);
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
    struct element_range range = {first, first + count, dst, 0};
    GError *cause = NULL;
    gboolean done;

    g_assert(d->readable && first <= d->elems && count <= d->elems - first);
    if (!count)
        return TRUE;
    range.bytes = d->bytes;
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
    hdf5_order(d, dst, count);
    return TRUE;
}
