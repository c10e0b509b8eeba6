#include <check.h>
#include <libdeflate.h>
#include <string.h>
#include "core/error.h"
#include "io/hdf5_filters.h"

static struct filter_scratch *scratch;

static void set_up(void)
{
    scratch = filter_scratch_create();
}

static void tear_down(void)
{
    filter_scratch_destroy(scratch);
}

static GByteArray *deflated(const guint8 *data, gsize bytes)
{
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(6);
    GByteArray *out = g_byte_array_new();

    g_byte_array_set_size(out, (guint)libdeflate_zlib_compress_bound(c, bytes));
    g_byte_array_set_size(out,
                          (guint)libdeflate_zlib_compress(c, data, bytes, out->data, out->len));
    libdeflate_free_compressor(c);
    return out;
}

static gboolean unfilter(const struct listing_dataset *d, guint32 skipped, const void *stored,
                         gsize bytes, guint8 *dst, gsize chunk_bytes, GError **error)
{
    memcpy(filter_scratch_input(scratch, bytes), stored, bytes);
    return hdf5_unfilter(scratch, d, skipped, bytes, dst, chunk_bytes, error);
}

START_TEST(shuffles_every_size)
{
    for (guint32 size = 1; size <= 17; size++)
        for (gsize bytes = 0; bytes < 300; bytes++) {
            struct listing_dataset d = {.n_filters = 1,
                                        .filters = {{HDF5_FILTER_SHUFFLE, 1, {size}}}};
            guint8 plain[300], stored[300], out[300];
            gsize n = bytes / size;

            for (gsize i = 0; i < bytes; i++)
                plain[i] = (guint8)(i * 7 + i / 256);
            memcpy(stored, plain, bytes);
            for (gsize i = 0; i < n * size; i++)
                stored[i % size * n + i / size] = plain[i];
            ck_assert(unfilter(&d, 0, stored, bytes, out, bytes, NULL));
            ck_assert_mem_eq(out, plain, bytes);
        }
}
END_TEST

/* The definition: two running sums modulo 65535, the words big-endian. */
static guint32 plain_fletcher32(const guint8 *data, gsize bytes)
{
    guint64 low = 0, high = 0;

    for (gsize i = 0; i < bytes; i += 2) {
        low += (guint64)data[i] << 8 | (i + 1 < bytes ? data[i + 1] : 0u);
        high += low;
    }
    low = low && low % 65535 == 0 ? 65535 : low % 65535;
    high = high && high % 65535 == 0 ? 65535 : high % 65535;
    return (guint32)(high << 16 | low);
}

START_TEST(sums)
{
    gsize bytes = 300001;
    guint8 *data = g_malloc(bytes);

    memset(data, 0xff, bytes);
    for (gsize n = 0; n < bytes; n = n * 3 + 1)
        ck_assert_uint_eq(hdf5_fletcher32(data, n), plain_fletcher32(data, n));
    for (gsize i = 0; i < bytes; i++)
        data[i] = (guint8)(i * i >> 3);
    for (gsize n = 0; n < bytes; n = n * 3 + 1)
        ck_assert_uint_eq(hdf5_fletcher32(data, n), plain_fletcher32(data, n));
    ck_assert_uint_eq(hdf5_fletcher32((const guint8 *)"\0\0\0\0", 4), 0);
    g_free(data);
}
END_TEST

START_TEST(takes_the_old_byte_order_of_sums)
{
    struct listing_dataset d = {.n_filters = 1, .filters = {{HDF5_FILTER_FLETCHER32, 0, {0}}}};
    guint8 stored[8] = "data", out[4];
    guint32 sum = hdf5_fletcher32(stored, 4);

    stored[4] = (guint8)(sum >> 8);
    stored[5] = (guint8)sum;
    stored[6] = (guint8)(sum >> 24);
    stored[7] = (guint8)(sum >> 16);
    ck_assert(unfilter(&d, 0, stored, 8, out, 4, NULL));
    stored[4]++;
    ck_assert(!unfilter(&d, 0, stored, 8, out, 4, NULL));
    ck_assert(!unfilter(&d, 0, stored, 3, out, 4, NULL));
}
END_TEST

START_TEST(deflates_twice_but_not_without_bound)
{
    struct listing_dataset d = {
        .n_filters = 2, .filters = {{HDF5_FILTER_DEFLATE, 0, {0}}, {HDF5_FILTER_DEFLATE, 0, {0}}}};
    gsize large = 32u << 20;
    guint8 *zeros = g_malloc0(large), out[4096];
    GByteArray *once = deflated(zeros, sizeof out), *twice = deflated(once->data, once->len);
    GByteArray *bomb = deflated(zeros, large);
    GError *error = NULL;

    ck_assert(unfilter(&d, 0, twice->data, twice->len, out, sizeof out, &error));
    ck_assert_mem_eq(out, zeros, sizeof out);
    ck_assert(!unfilter(&d, 0, bomb->data, bomb->len, out, sizeof out, &error));
    ck_assert_str_eq(error->message, "deflate: expands past the chunk");
    g_clear_error(&error);
    g_byte_array_unref(once);
    g_byte_array_unref(twice);
    g_byte_array_unref(bomb);
    g_free(zeros);
}
END_TEST

/* Whatever is cut or flipped in a stored chunk: an answer or an error, and never more bytes. */
START_TEST(survives_damage)
{
    struct listing_dataset d = {.n_filters = 3,
                                .filters = {{HDF5_FILTER_SHUFFLE, 1, {4}},
                                            {HDF5_FILTER_DEFLATE, 0, {0}},
                                            {HDF5_FILTER_FLETCHER32, 0, {0}}}};
    guint8 plain[256], out[256 + 16];
    GByteArray *stored;
    guint32 sum;

    for (gsize i = 0; i < sizeof plain; i++)
        plain[i] = (guint8)(i / 9);
    stored = deflated(plain, sizeof plain);
    sum = GUINT32_TO_LE(hdf5_fletcher32(stored->data, stored->len));
    g_byte_array_append(stored, (const guint8 *)&sum, 4);
    ck_assert(unfilter(&d, 0, stored->data, stored->len, out, 256, NULL));
    memset(out, 0xAA, sizeof out);
    for (guint n = 0; n < stored->len; n++)
        ck_assert(!unfilter(&d, 0, stored->data, n, out, 256, NULL));
    for (guint i = 0; i < 8 * stored->len; i++) {
        stored->data[i / 8] ^= (guint8)(1 << i % 8);
        ck_assert(!unfilter(&d, 0, stored->data, stored->len, out, 256, NULL));
        for (guint32 skipped = 1; skipped < 8; skipped++)
            unfilter(&d, skipped, stored->data, stored->len, out, 256, NULL);
        stored->data[i / 8] ^= (guint8)(1 << i % 8);
    }
    for (gsize i = 256; i < sizeof out; i++)
        ck_assert_uint_eq(out[i], 0xAA);
    g_byte_array_unref(stored);
}
END_TEST

START_TEST(knows_names)
{
    struct listing_filter filters[] = {{HDF5_FILTER_SHUFFLE, 1, {4}}, {32001, 0, {0}}};
    guint32 id;

    ck_assert(hdf5_filters_known(filters, 1, &id));
    ck_assert(!hdf5_filters_known(filters, 2, &id));
    ck_assert_uint_eq(id, 32001);
    ck_assert_str_eq(hdf5_filter_name(32001), "blosc");
    ck_assert_ptr_null(hdf5_filter_name(4711));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hdf5_filters");
    TCase *tests = tcase_create("hdf5_filters");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, shuffles_every_size);
    tcase_add_test(tests, sums);
    tcase_add_test(tests, takes_the_old_byte_order_of_sums);
    tcase_add_test(tests, deflates_twice_but_not_without_bound);
    tcase_add_test(tests, survives_damage);
    tcase_add_test(tests, knows_names);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
