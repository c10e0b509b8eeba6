#include "io/hdf5_filters.h"

#include <libdeflate.h>
#include <string.h>
#include "core/error.h"
#include "io/lzf.h"

struct buffer {
    guint8 *data;
    gsize bytes;
};

struct filter_scratch {
    struct libdeflate_decompressor *inflate;
    struct buffer buffers[2]; /* input and output take turns */
};

/* What is left to undo of one chunk. */
struct pipeline {
    struct filter_scratch *scratch;
    unsigned input; /* which buffer holds it */
    guint8 *data;
    gsize bytes;
};

static const struct {
    guint32 id;
    const char *name;
} names[] = {
    {HDF5_FILTER_DEFLATE, "deflate"},
    {HDF5_FILTER_SHUFFLE, "shuffle"},
    {HDF5_FILTER_FLETCHER32, "fletcher32"},
    {4, "szip"},
    {5, "nbit"},
    {6, "scale-offset"},
    {305, "lzo"},
    {307, "bzip2"},
    {HDF5_FILTER_LZF, "lzf"},
    {32001, "blosc"},
    {32004, "lz4"},
    {32008, "bitshuffle"},
    {32013, "zfp"},
    {32015, "zstd"},
    {32017, "sz"},
    {32018, "fcidecomp"},
    {32019, "jpeg"},
    {32024, "sz3"},
    {32026, "blosc2"},
};

const char *hdf5_filter_name(guint32 id)
{
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (names[i].id == id)
            return names[i].name;
    return NULL;
}

gboolean hdf5_filters_known(const struct listing_filter *filters, guint32 n, guint32 *id)
{
    for (guint32 i = 0; i < n; i++) {
        *id = filters[i].id;
        if (*id != HDF5_FILTER_DEFLATE && *id != HDF5_FILTER_SHUFFLE &&
            *id != HDF5_FILTER_FLETCHER32 && *id != HDF5_FILTER_LZF)
            return FALSE;
    }
    return TRUE;
}

struct filter_scratch *filter_scratch_create(void)
{
    struct filter_scratch *s = g_new0(struct filter_scratch, 1);

    s->inflate = libdeflate_alloc_decompressor();
    return s;
}

void filter_scratch_destroy(struct filter_scratch *s)
{
    if (!s)
        return;
    libdeflate_free_decompressor(s->inflate);
    g_free(s->buffers[0].data);
    g_free(s->buffers[1].data);
    g_free(s);
}

static guint8 *buffer_reserve(struct buffer *b, gsize bytes)
{
    if (b->data && b->bytes >= bytes)
        return b->data;
    g_free(b->data);
    b->data = g_try_malloc(MAX(bytes, 1));
    b->bytes = b->data ? MAX(bytes, 1) : 0;
    return b->data;
}

guint8 *filter_scratch_input(struct filter_scratch *s, gsize stored)
{
    return buffer_reserve(&s->buffers[0], stored);
}

/* Ones' complement sums of big-endian words, where a sum of 65535 is not reduced to 0. */
static guint64 fold(guint64 sum)
{
    return sum ? (sum - 1) % 65535 + 1 : 0;
}

guint32 hdf5_fletcher32(const guint8 *data, gsize bytes)
{
    guint64 low = 0, high = 0;
    gsize words = bytes / 2;

    for (gsize i = 0; i < words;) {
        /* 2^16 words keep both sums far below 2^64. */
        gsize end = MIN(words, i + 65536);

        for (; i < end; i++) {
            low += ((guint32)data[2 * i] << 8) | data[2 * i + 1];
            high += low;
        }
        low = fold(low);
        high = fold(high);
    }
    if (bytes % 2) {
        low += (guint32)data[bytes - 1] << 8;
        high += low;
    }
    return (guint32)(fold(high) << 16 | fold(low));
}

static gboolean fail(GError **error, const char *filter, const char *what)
{
    g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%s: %s", filter, what);
    return FALSE;
}

static gboolean verify_checksum(struct pipeline *p, GError **error)
{
    guint32 stored, sum, swapped;

    if (p->bytes < sizeof stored)
        return fail(error, "fletcher32", "no room for its checksum");
    p->bytes -= sizeof stored;
    memcpy(&stored, p->data + p->bytes, sizeof stored);
    stored = GUINT32_FROM_LE(stored);
    sum = hdf5_fletcher32(p->data, p->bytes);
    /* HDF5 before 1.6.3 stored the bytes of each half the other way round. */
    swapped = (sum & 0x00ff00ffu) << 8 | (sum & 0xff00ff00u) >> 8;
    return stored == sum || stored == swapped ||
           fail(error, "fletcher32", "the checksum is wrong, the data is damaged");
}

typedef guint8 vector __attribute__((vector_size(16)));

/* Bytes of a and b in turn: 32 of them at dst. */
static inline void zip(vector *dst, vector a, vector b)
{
    dst[0] = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    dst[1] =
        __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/* 16 elements from `size` (2, 4 or 8) vectors of bytes, one of each byte plane, in place. Planes
 * half the element apart are zipped first, so that neighbours meet last. */
static inline void zip_planes(vector *planes, gsize size)
{
    vector zipped[8];

    for (gsize step = size / 2; step; step /= 2) {
        for (gsize i = 0; i < size / 2; i++)
            zip(zipped + 2 * i, planes[i], planes[i + size / 2]);
        memcpy(planes, zipped, size * sizeof *zipped);
    }
}

/* Byte plane j of n elements back to byte j of each; `size` is a constant where this is inlined. */
static inline void interleave(guint8 *dst, const guint8 *src, gsize n, gsize size)
{
    gsize i = 0;

    if (size == 2 || size == 4 || size == 8)
        for (; i + 16 <= n; i += 16) {
            vector planes[8];

            for (gsize j = 0; j < size; j++)
                memcpy(&planes[j], src + j * n + i, sizeof *planes);
            zip_planes(planes, size);
            memcpy(dst + i * size, planes, size * sizeof *planes);
        }
    for (; i < n; i++)
        for (gsize j = 0; j < size; j++)
            dst[i * size + j] = src[j * n + i];
}

static void unshuffle(guint8 *dst, const guint8 *src, gsize bytes, gsize size)
{
    gsize n = bytes / size;

    switch (size) {
    case 2:
        interleave(dst, src, n, 2);
        break;
    case 4:
        interleave(dst, src, n, 4);
        break;
    case 8:
        interleave(dst, src, n, 8);
        break;
    default:
        interleave(dst, src, n, size);
    }
    memcpy(dst + n * size, src + n * size, bytes - n * size);
}

static gboolean inflate(struct pipeline *p, guint8 *out, gsize *bytes, GError **error)
{
    gsize produced;
    enum libdeflate_result result =
        libdeflate_zlib_decompress(p->scratch->inflate, p->data, p->bytes, out, *bytes, &produced);

    if (result == LIBDEFLATE_INSUFFICIENT_SPACE)
        return fail(error, "deflate", "expands past the chunk");
    if (result != LIBDEFLATE_SUCCESS)
        return fail(error, "deflate", "the compressed data is damaged");
    *bytes = produced;
    return TRUE;
}

static gboolean expand_lzf(struct pipeline *p, guint8 *out, gsize *bytes, GError **error)
{
    const char *reason = NULL;
    gssize produced = lzf_decode(out, *bytes, p->data, p->bytes, &reason);

    if (produced < 0)
        return fail(error, "lzf", reason);
    *bytes = (gsize)produced;
    return TRUE;
}

/* From the pipeline's data to out; *bytes is the room there, then what was produced. */
static gboolean transform(struct pipeline *p, const struct listing_filter *f, guint8 *out,
                          gsize *bytes, GError **error)
{
    switch (f->id) {
    case HDF5_FILTER_SHUFFLE:
        if (p->bytes > *bytes)
            return fail(error, "shuffle", "more data than the chunk holds");
        *bytes = p->bytes;
        unshuffle(out, p->data, p->bytes, f->n_values && f->values[0] ? f->values[0] : 1);
        return TRUE;
    case HDF5_FILTER_DEFLATE:
        return inflate(p, out, bytes, error);
    default:
        return expand_lzf(p, out, bytes, error);
    }
}

/* A transform whose result is not yet the chunk: room for what any sane filter could have made of
 * one chunk, so that deflate applied twice cannot ask for more. */
static gboolean undo_between(struct pipeline *p, const struct listing_filter *f, gsize chunk_bytes,
                             GError **error)
{
    gsize room = chunk_bytes + chunk_bytes / 8 + 1024;
    guint8 *out = buffer_reserve(&p->scratch->buffers[!p->input], room);

    if (!out)
        return fail(error, "filters", "no memory for a chunk");
    if (!transform(p, f, out, &room, error))
        return FALSE;
    p->input = !p->input;
    p->data = out;
    p->bytes = room;
    return TRUE;
}

static gboolean undo_last(struct pipeline *p, const struct listing_filter *f, guint8 *dst,
                          gsize bytes, GError **error)
{
    gsize produced = bytes;

    if (!transform(p, f, dst, &produced, error))
        return FALSE;
    if (produced != bytes)
        return fail(error, hdf5_filter_name(f->id), "less data than the chunk holds");
    p->data = dst;
    p->bytes = bytes;
    return TRUE;
}

static gboolean is_applied(guint32 skipped, guint32 i)
{
    return !(skipped & 1u << i);
}

/* The filter whose undoing yields the chunk itself: only checksums may lie before it. */
static guint32 last_to_undo(const struct listing_dataset *d, guint32 skipped)
{
    for (guint32 i = 0; i < d->n_filters; i++)
        if (is_applied(skipped, i))
            return d->filters[i].id == HDF5_FILTER_FLETCHER32 ? d->n_filters : i;
    return d->n_filters;
}

gboolean hdf5_unfilter(struct filter_scratch *s, const struct listing_dataset *dataset,
                       guint32 skipped, gsize stored, guint8 *dst, gsize bytes, GError **error)
{
    struct pipeline p = {.scratch = s, .data = s->buffers[0].data, .bytes = stored};
    guint32 last = last_to_undo(dataset, skipped);

    for (guint32 i = dataset->n_filters; i-- > 0;) {
        const struct listing_filter *f = &dataset->filters[i];
        gboolean done;

        if (!is_applied(skipped, i))
            continue;
        if (f->id == HDF5_FILTER_FLETCHER32)
            done = verify_checksum(&p, error);
        else if (i == last)
            done = undo_last(&p, f, dst, bytes, error);
        else
            done = undo_between(&p, f, bytes, error);
        if (!done)
            return FALSE;
    }
    if (p.bytes != bytes)
        return fail(error, "chunk", "its stored size is not the size of a chunk");
    if (p.data != dst)
        memcpy(dst, p.data, bytes);
    return TRUE;
}
