#include <check.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <hdf5.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tests/support/opened.h"

/* What a made file holds: values of one dataset in native byte order. */
struct expected {
    const char *path;
    guint8 *values;
    gsize elems, bytes; /* bytes: of one element */
};

static gsize elems_of(JsonObject *item)
{
    JsonArray *shape = json_object_get_array_member(item, "shape");
    gsize elems = 1;

    for (guint i = 0; i < json_array_get_length(shape); i++)
        elems *= (gsize)json_array_get_int_element(shape, i);
    return elems;
}

static void expected_init(struct expected *e, JsonObject *item, const char *bin)
{
    const char *dtype = json_object_get_string_member(item, "dtype");

    e->path = json_object_get_string_member(item, "path");
    e->elems = elems_of(item);
    e->bytes = (gsize)g_ascii_strtoull(dtype + strcspn(dtype, "0123456789"), NULL, 10) / 8;
    if (json_object_has_member(item, "points")) {
        JsonArray *points = json_object_get_array_member(item, "points");

        ck_assert_uint_eq(e->bytes, 1);
        e->values = g_malloc(e->elems);
        memset(e->values, (int)json_object_get_int_member(item, "fill"), e->elems);
        for (guint i = 0; i < json_array_get_length(points); i++) {
            JsonArray *point = json_array_get_array_element(points, i);

            e->values[json_array_get_int_element(point, 0)] =
                (guint8)json_array_get_int_element(point, 1);
        }
    } else {
        e->values =
            g_memdup2(bin + json_object_get_int_member(item, "offset"), e->elems * e->bytes);
    }
}

static void check_range(const struct opened *o, guint32 dataset, const struct expected *e,
                        gsize first, gsize count)
{
    guint8 *got = g_malloc(count * e->bytes + 1);
    GError *error = NULL;

    got[count * e->bytes] = 0x5A;
    ck_assert_msg(hdf5_read(o->reader, dataset, first, count, got, &error), "%s",
                  error ? error->message : "");
    ck_assert_msg(memcmp(got, e->values + first * e->bytes, count * e->bytes) == 0,
                  "%s: %s: elements %zu to %zu", o->file.path, e->path, first, first + count);
    ck_assert_uint_eq(got[count * e->bytes], 0x5A);
    g_free(got);
}

static void check_dataset(const struct opened *o, const struct expected *e, GRand *rand)
{
    guint32 dataset = opened_dataset(o, e->path);
    const struct listing_dataset *d = listing_dataset(o->listing, dataset);

    ck_assert_msg(d->readable, "%s: %s", e->path, listing_text(o->listing, d->reason));
    ck_assert_uint_eq(d->elems, e->elems);
    ck_assert_uint_eq(d->bytes, e->bytes);
    check_range(o, dataset, e, 0, e->elems);
    for (unsigned i = 0; i < 60; i++) {
        gsize first = (gsize)g_rand_int_range(rand, 0, (gint32)e->elems + 1);

        check_range(o, dataset, e, first,
                    (gsize)g_rand_int_range(rand, 0, (gint32)MIN(e->elems - first, 3000) + 1));
    }
}

static const char *const made[] = {"user_block", "types",      "grids",    "grids_v110",
                                   "links",      "open_write", "open_swmr"};

START_TEST(equals_what_was_written)
{
    char *base = g_strconcat(g_getenv("TARE_FIXTURES"), "/made/", made[_i], NULL);
    char *h5 = g_strconcat(base, ".h5", NULL), *bin = g_strconcat(base, ".bin", NULL);
    char *json = g_strconcat(base, ".json", NULL), *data;
    JsonParser *parser = json_parser_new();
    GRand *rand = g_rand_new_with_seed(3);
    struct opened o;
    JsonArray *items;

    opened_init(&o, h5);
    ck_assert(g_file_get_contents(bin, &data, NULL, NULL));
    ck_assert(json_parser_load_from_file(parser, json, NULL));
    items = json_node_get_array(json_parser_get_root(parser));
    for (guint i = 0; i < json_array_get_length(items); i++) {
        struct expected e;

        expected_init(&e, json_array_get_object_element(items, i), data);
        check_dataset(&o, &e, rand);
        g_free(e.values);
    }
    opened_finish(&o);
    g_rand_free(rand);
    g_object_unref(parser);
    g_free(data);
    g_free(json);
    g_free(bin);
    g_free(h5);
    g_free(base);
}
END_TEST

static const struct {
    const char *file, *dataset, *says;
} damaged[] = {
    {"hostile/bad_fletcher.h5", "/w", "fletcher32: the checksum is wrong"},
    {"hostile/lzf_backref_before_start.h5", "/w", "chunk 0: lzf: reference before the output"},
    {"hostile/lzf_overrun.h5", "/w", "chunk 0: lzf: expands past the chunk"},
    {"hostile/lzf_truncated_literal.h5", "/w", "chunk 0: lzf: literal run past the input"},
};

START_TEST(names_what_is_damaged)
{
    struct opened o;
    guint8 *buffer;
    guint32 bad, good;
    GError *error = NULL;

    opened_init_fixture(&o, damaged[_i].file);
    bad = opened_dataset(&o, damaged[_i].dataset);
    good = opened_dataset(&o, "/ok");
    buffer = g_malloc(listing_dataset(o.listing, bad)->elems * 8);
    ck_assert(!hdf5_read(o.reader, bad, 0, listing_dataset(o.listing, bad)->elems, buffer, &error));
    ck_assert(g_error_matches(error, TARE_ERROR, TARE_ERROR_INPUT));
    ck_assert_msg(strstr(error->message, damaged[_i].says) != NULL, "%s", error->message);
    ck_assert(g_str_has_prefix(error->message, o.file.path));
    ck_assert_ptr_nonnull(strstr(error->message, damaged[_i].dataset));
    g_clear_error(&error);
    ck_assert(
        hdf5_read(o.reader, good, 0, listing_dataset(o.listing, good)->elems, buffer, &error));
    g_free(buffer);
    opened_finish(&o);
}
END_TEST

static char *temporary_file(const char *content, gsize bytes)
{
    struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    char *path = NULL;
    int fd = g_file_open_tmp("tare-read-XXXXXX.h5", &path, NULL);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, content, bytes), (ssize_t)bytes);
    /* Any write from now on shows, however coarse the clock of the file system. */
    ck_assert_int_eq(futimens(fd, old), 0);
    close(fd);
    return path;
}

static char *fixture_content(const char *name, gsize *bytes)
{
    char *path = fixture_path(name), *content;

    ck_assert(g_file_get_contents(path, &content, bytes, NULL));
    g_free(path);
    return content;
}

static void check_changed(struct opened *o, const char *dataset)
{
    GError *error = NULL;
    guint8 buffer[8];

    ck_assert(!hdf5_read(o->reader, opened_dataset(o, dataset), 0, 1, buffer, &error));
    ck_assert(g_error_matches(error, TARE_ERROR, TARE_ERROR_CHANGED));
    ck_assert_ptr_nonnull(strstr(error->message, "the file changed while it was read"));
    ck_assert_ptr_nonnull(strstr(error->message, dataset));
    g_clear_error(&error);
}

START_TEST(notices_a_rewritten_file)
{
    gsize bytes;
    char *content = fixture_content("made/user_block.h5", &bytes);
    char *path = temporary_file(content, bytes);
    struct opened o;
    int fd;

    opened_init(&o, path);
    fd = open(path, O_WRONLY);
    ck_assert_int_eq(pwrite(fd, content, bytes, 0), (ssize_t)bytes);
    check_changed(&o, "/contiguous");
    check_changed(&o, "/chunked/all");
    ck_assert_int_eq(ftruncate(fd, 3000), 0);
    check_changed(&o, "/contiguous");
    check_changed(&o, "/chunked/lzf");
    close(fd);
    opened_finish(&o);
    g_remove(path);
    g_free(path);
    g_free(content);
}
END_TEST

/* Flips in what the datasets store: the values or an error, never a crash. Metadata is left alone,
 * as the parser of it is not ours. */
START_TEST(survives_flipped_data)
{
    gsize bytes;
    char *content = fixture_content("made/user_block.h5", &bytes);
    char *path = temporary_file(content, bytes);
    GRand *rand = g_rand_new_with_seed(5);
    guint8 buffer[37 * 19 * 4];
    struct opened o;
    int fd = open(path, O_WRONLY);

    opened_init(&o, path);
    for (guint i = 0; i < o.listing->chunks->len; i++) {
        const struct listing_chunk *c = &g_array_index(o.listing->chunks, struct listing_chunk, i);
        guint64 at = c->address + g_rand_int(rand) % c->bytes;
        char flipped = (char)(content[at] ^ (1 << g_rand_int_range(rand, 0, 8)));

        ck_assert_int_eq(pwrite(fd, &flipped, 1, (off_t)at), 1);
    }
    close(fd);
    opened_finish(&o);
    opened_init(&o, path);
    for (guint32 i = 0; i < o.listing->datasets->len; i++) {
        const struct listing_dataset *d = listing_dataset(o.listing, i);
        gboolean checked = d->n_filters == 3;
        gboolean read = hdf5_read(o.reader, i, 0, (gsize)d->elems, buffer, NULL);

        ck_assert_msg(!checked || !read, "dataset %u: damage went unnoticed", i);
    }
    opened_finish(&o);
    g_rand_free(rand);
    g_remove(path);
    g_free(path);
    g_free(content);
}
END_TEST

/* h5py cannot write these: partial chunks at the edges stored without filters. */
START_TEST(reads_bare_edges)
{
    char *path = temporary_file("", 0);
    hsize_t dim[2] = {10, 7}, chunk[2] = {4, 4};
    hid_t access = H5Pcreate(H5P_FILE_ACCESS), creation = H5Pcreate(H5P_DATASET_CREATE);
    hid_t space = H5Screate_simple(2, dim, NULL), file, dataset;
    struct opened o;
    float values[70], got[70];

    for (int i = 0; i < 70; i++)
        values[i] = (float)i;
    H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
    H5Pset_chunk(creation, 2, chunk);
    H5Pset_deflate(creation, 6);
    H5Pset_chunk_opts(creation, H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS);
    file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    dataset = H5Dcreate2(file, "w", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    ck_assert_int_ge(H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), 0);
    H5Dclose(dataset);
    H5Fclose(file);
    H5Sclose(space);
    H5Pclose(creation);
    H5Pclose(access);
    opened_init(&o, path);
    ck_assert(hdf5_read(o.reader, opened_dataset(&o, "/w"), 0, 70, got, NULL));
    ck_assert_mem_eq(got, values, sizeof got);
    opened_finish(&o);
    g_remove(path);
    g_free(path);
}
END_TEST

static gpointer read_everything(gpointer data)
{
    const struct opened *o = data;
    guint8 *buffer = g_malloc(8 << 20);

    for (guint32 i = 0; i < o->listing->datasets->len; i++)
        for (guint64 at = 0, n; at < listing_dataset(o->listing, i)->elems; at += n) {
            n = MIN(listing_dataset(o->listing, i)->elems - at, 100003);
            g_assert(hdf5_read(o->reader, i, at, (gsize)n, buffer, NULL));
        }
    g_free(buffer);
    return NULL;
}

START_TEST(serves_threads)
{
    GThread *threads[4];
    struct opened o;

    opened_init_fixture(&o, "made/grids.h5");
    for (unsigned i = 0; i < 4; i++)
        threads[i] = g_thread_new("reader", read_everything, &o);
    for (unsigned i = 0; i < 4; i++)
        g_thread_join(threads[i]);
    opened_finish(&o);
}
END_TEST

/* A column a chunk, and more columns than the cache holds; some were never written. */
#define TALL 70000
#define WIDE 256
#define UNWRITTEN(column) ((column) >= 100 && (column) < 150)

static float cell(hsize_t row, hsize_t column)
{
    return UNWRITTEN(column) ? 7 : (float)row * 0.5f + (float)column;
}

static void write_columns(const char *path)
{
    const hsize_t dims[2] = {TALL, WIDE}, chunk[2] = {TALL, 1};
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Screate_simple(2, dims, NULL), memory = H5Screate_simple(2, chunk, NULL);
    hid_t list = H5Pcreate(H5P_DATASET_CREATE), set;
    float *values = g_new(float, TALL), seven = 7;

    H5Pset_chunk(list, 2, chunk);
    H5Pset_deflate(list, 1);
    H5Pset_fill_value(list, H5T_NATIVE_FLOAT, &seven);
    set = H5Dcreate2(file, "w", H5T_IEEE_F32LE, space, H5P_DEFAULT, list, H5P_DEFAULT);
    for (hsize_t column = 0; column < WIDE; column++) {
        const hsize_t start[2] = {0, column};

        for (hsize_t row = 0; row < TALL; row++)
            values[row] = cell(row, column);
        H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, chunk, NULL);
        if (!UNWRITTEN(column))
            ck_assert_int_ge(H5Dwrite(set, H5T_NATIVE_FLOAT, memory, space, H5P_DEFAULT, values),
                             0);
    }
    g_free(values);
    H5Dclose(set);
    H5Pclose(list);
    H5Sclose(memory);
    H5Sclose(space);
    H5Fclose(file);
}

START_TEST(reads_columns_that_outgrow_the_cache)
{
    /* Across the ends of bands (8 Mi elements), one element, the last ones. */
    static const guint64 firsts[] = {0, (8 << 20) - 500, (16 << 20) - 1, (8 << 20) + 12345,
                                     TALL * WIDE - 1000};
    char *dir = g_dir_make_tmp("tare-columns-XXXXXX", NULL);
    char *path = g_build_filename(dir, "columns.h5", NULL);
    float got[1000];
    struct opened o;

    write_columns(path);
    opened_init(&o, path);
    for (gsize i = 0; i < G_N_ELEMENTS(firsts); i++) {
        ck_assert(hdf5_read(o.reader, opened_dataset(&o, "/w"), firsts[i], 1000, got, NULL));
        for (guint64 k = 0; k < 1000; k++)
            ck_assert(got[k] == cell((firsts[i] + k) / WIDE, (firsts[i] + k) % WIDE));
    }
    opened_finish(&o);
    g_remove(path);
    g_rmdir(dir);
    g_free(path);
    g_free(dir);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hdf5_read");
    TCase *tests = tcase_create("hdf5_read");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, equals_what_was_written, 0, G_N_ELEMENTS(made));
    tcase_add_loop_test(tests, names_what_is_damaged, 0, G_N_ELEMENTS(damaged));
    tcase_add_test(tests, notices_a_rewritten_file);
    tcase_add_test(tests, survives_flipped_data);
    tcase_add_test(tests, reads_bare_edges);
    tcase_add_test(tests, serves_threads);
    tcase_add_test(tests, reads_columns_that_outgrow_the_cache);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
