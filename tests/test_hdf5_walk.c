#include <check.h>
#include <glib/gstdio.h>
#include <hdf5.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "io/limits.h"
#include "tests/support/opened.h"

static const char *reason_of(const struct opened *o, const char *path)
{
    const struct listing_object *object = opened_object(o, path);

    if (object->kind == LISTING_DATASET)
        return listing_text(o->listing, listing_dataset(o->listing, object->dataset)->reason);
    ck_assert_int_eq(object->kind, LISTING_REFUSED);
    return listing_text(o->listing, object->reason);
}

/* Every offset leads inside its array: whoever reads the listing need not look. */
static void check_sound(const struct listing *l)
{
    for (guint32 i = 0; i < l->objects->len; i++) {
        const struct listing_object *o = listing_object(l, i);

        ck_assert_uint_lt(o->path, l->text->len);
        ck_assert_uint_lt(o->name, l->text->len);
        ck_assert_uint_lt(o->reason, l->text->len);
        ck_assert(i == 0 ? o->parent == LISTING_NONE : o->parent < i);
        ck_assert_uint_le(o->first_attribute + o->n_attributes, l->attributes->len);
        if (o->kind == LISTING_DATASET)
            ck_assert_uint_lt(o->dataset, l->datasets->len);
        if (o->kind == LISTING_ALIAS) {
            ck_assert_uint_lt(o->target, l->objects->len);
            ck_assert_int_ne(listing_object(l, o->target)->kind, LISTING_ALIAS);
        }
    }
    for (guint32 i = 0; i < l->datasets->len; i++) {
        const struct listing_dataset *d = listing_dataset(l, i);

        ck_assert_uint_le(d->dims + d->rank, l->numbers->len);
        ck_assert_uint_le(d->first_chunk + d->n_chunks, l->chunks->len);
        ck_assert(d->readable || *listing_text(l, d->reason));
    }
}

static const struct {
    const char *path, *target;
    gboolean soft;
} aliases[] = {
    {"/a/hard", "/a/b/w", FALSE},
    {"/a/group_again", "/a/b", FALSE},
    {"/a/up", "/", FALSE},
    {"/a/relative", "/a/b/w", TRUE},
    {"/a/absolute", "/a/b/w", TRUE},
    {"/a/dotted", "/a/b/w", TRUE},
    {"/a/through_hard", "/a/b/w", TRUE},
    {"/a/through_soft", "/a/b/w", TRUE},
    {"/a/to_alias", "/a/b/w", TRUE},
    {"/soft_group", "/a/b", TRUE},
    {"/to_root", "/", TRUE},
    {"/long/30", "/a/b/w", TRUE},
    {"/long/16", "/a/b/w", TRUE},
};

static const struct {
    const char *path, *says;
} refused[] = {
    {"/dangling", "soft link to '/no/such/thing': nothing is there"},
    {"/under_dataset", "soft link to '/a/b/w/x': nothing is there"},
    {"/loop1", "too many soft links"},
    {"/loop2", "too many soft links"},
    {"/external", "external link to file 'other.h5', object '/x/y': never followed"},
    {"/into_external", "leads out of"},
    {"/long/00", "too many soft links"},
};

START_TEST(resolves_links)
{
    struct opened o;

    opened_init_fixture(&o, "made/links.h5");
    check_sound(o.listing);
    for (gsize i = 0; i < G_N_ELEMENTS(aliases); i++) {
        const struct listing_object *object = opened_object(&o, aliases[i].path);
        const struct listing_object *target;

        ck_assert_msg(object->kind == LISTING_ALIAS, "%s", aliases[i].path);
        target = listing_object(o.listing, object->target);
        ck_assert_str_eq(listing_text(o.listing, target->path), aliases[i].target);
        ck_assert_int_eq(object->soft, aliases[i].soft);
        ck_assert_uint_eq(object->storage, target->storage);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(refused); i++)
        ck_assert_msg(strstr(reason_of(&o, refused[i].path), refused[i].says) != NULL, "%s: %s",
                      refused[i].path, reason_of(&o, refused[i].path));
    ck_assert_str_eq(listing_text(o.listing, opened_object(&o, "/a/b/w")->name), "w");
    ck_assert_uint_eq(listing_find(o.listing, "/a/b/nothing"), LISTING_NONE);
    ck_assert_uint_eq(listing_find(o.listing, "/"), 0);
    opened_finish(&o);
}
END_TEST

static const struct {
    const char *name;
    guint32 count;
    const char *strings[4];
} texts[] = {
    {"vl", 1, {"variable \xc3\xa9"}},
    {"vl_ascii", 1, {"ascii"}},
    {"vl_list", 3, {"a", "", "ccc"}},
    {"vl_2d", 4, {"a", "b", "c", "d"}},
    {"fixed", 1, {"full"}},
    {"fixed_list", 3, {"ab", "abcd", ""}},
    {"empty_list", 0, {NULL}},
    {"empty_vl_list", 0, {NULL}},
    {"null_space", 0, {NULL}},
    {"null_vl", 2, {"", ""}},
    {"spaces", 1, {"ab"}},
    {"int", 1, {"-42"}},
    {"int_be", 1, {"300"}},
    {"int_small", 1, {"-1"}},
    {"float", 1, {"1.5"}},
    {"bool", 1, {"true"}},
};

START_TEST(lists_attributes)
{
    struct opened o;
    guint32 count, w;

    opened_init_fixture(&o, "made/attributes.h5");
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        const guint32 *strings = listing_attribute_strings(o.listing, 0, texts[i].name, &count);

        ck_assert_msg(strings != NULL, "%s", texts[i].name);
        ck_assert_msg(count == texts[i].count, "%s: %u", texts[i].name, count);
        for (guint32 k = 0; k < count; k++)
            ck_assert_str_eq(listing_text(o.listing, strings[k]), texts[i].strings[k]);
    }
    ck_assert_ptr_null(listing_attribute_strings(o.listing, 0, "ints", &count));
    ck_assert_uint_eq(listing_object(o.listing, 0)->n_attributes, G_N_ELEMENTS(texts));
    w = listing_find(o.listing, "/w");
    ck_assert_str_eq(listing_attribute_text(o.listing, w, "dtype"), "bfloat16");
    ck_assert_uint_eq(opened_object(&o, "/none")->n_attributes, 0);
    opened_finish(&o);
}
END_TEST

/* Files of the hostile folder that open, and what is said of the object that matters. */
static const struct {
    const char *file, *object, *says;
} hostile[] = {
    {"bad_fletcher.h5", "/ok", ""},
    {"chunk_deflate_256M.h5", "/w", "chunks of 268435456 bytes"},
    {"deep.h5", "/g/g/g", NULL},
    {"ext_link_absolute.weights.h5", "/layers/dense/vars/0",
     "external link to file '/etc/hostname'"},
    {"ext_link_fifo.weights.h5", "/layers/dense/vars/0", "external link"},
    {"ext_link_self.weights.h5", "/layers/dense/vars/0", "external link"},
    {"ext_storage_missing.weights.h5", "/layers/dense/vars/0", "external storage: refused"},
    {"group_cycle.h5", "/a/b/c/w", ""},
    {"huge_string_elements.h5", "/w", "string, not weights"},
    {"lie_config_nul.h5", "/dense/dense/kernel:0", ""},
    {"names.h5", "/", NULL},
    {"open_for_swmr.h5", "/w", ""},
    {"shape_chunked_2e62.h5", "/w", "declares more than 2^64 bytes"},
    {"shape_fill_value.h5", "/w", "declares 4398046511104 bytes but stores 0"},
    {"shape_just_below_4GiB_x8.h5", "/w7", "declares 4294967292 bytes but stores 0"},
    {"trailing_junk.h5", "/dense/dense/bias:0", ""},
    {"vds_cycle.weights.h5", "/layers/dense/vars/0", "virtual dataset: refused"},
    {"vds_same_file.weights.h5", "/layers/dense/vars/0", "virtual dataset: refused"},
    {"zero_dims_huge.h5", "/w", ""},
};

START_TEST(withstands_hostile_files)
{
    char *name = g_strconcat("hostile/", hostile[_i].file, NULL);
    struct rlimit memory = {.rlim_cur = 512u << 20, .rlim_max = 512u << 20};
    struct opened o;

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    setrlimit(RLIMIT_AS, &memory);
#else
    (void)memory;
#endif
    opened_init_fixture(&o, name);
    check_sound(o.listing);
    if (hostile[_i].says && !*hostile[_i].says)
        ck_assert_str_eq(reason_of(&o, hostile[_i].object), "");
    else if (hostile[_i].says)
        ck_assert_msg(g_str_has_prefix(reason_of(&o, hostile[_i].object), hostile[_i].says), "%s",
                      reason_of(&o, hostile[_i].object));
    else
        opened_object(&o, hostile[_i].object);
    opened_finish(&o);
    g_free(name);
}
END_TEST

START_TEST(shows_every_name)
{
    struct opened o;
    guint datasets = 0;

    opened_init_fixture(&o, "hostile/names.h5");
    for (guint32 i = 0; i < o.listing->objects->len; i++)
        datasets += listing_object(o.listing, i)->kind == LISTING_DATASET;
    ck_assert_uint_ge(datasets, 37);
    ck_assert(!o.listing->cut);
    opened_finish(&o);
    opened_init_fixture(&o, "hostile/deep.h5");
    ck_assert(o.listing->cut);
    ck_assert_ptr_nonnull(strstr(listing_text(o.listing, o.listing->cut_reason), "nested deeper"));
    ck_assert_uint_le(o.listing->objects->len, LIMIT_DEPTH + 2);
    opened_finish(&o);
}
END_TEST

/* Walks what is no (whole) HDF5 file; the error's message is the caller's. */
static char *failure(const char *path)
{
    GError *error = NULL;
    struct file f;
    char *message;

    ck_assert(file_open(&f, path, NULL));
    ck_assert_ptr_null(hdf5_walk(&f, NULL, &error));
    ck_assert_ptr_nonnull(error);
    ck_assert(g_error_matches(error, TARE_ERROR, TARE_ERROR_INPUT));
    ck_assert_ptr_null(strchr(error->message, '\n'));
    message = g_strdup(error->message + strlen(path));
    g_clear_error(&error);
    file_close(&f);
    return message;
}

static const struct {
    const char *file, *says;
} broken[] = {
    {"hostile/garbage.h5", ": not an HDF5 file"},
    {"hostile/html_error_page.h5", ": not an HDF5 file"},
    {"hostile/signature_only.h5", ": truncated: it ends within its header; copy it again"},
    {"hostile/truncated_last_byte.h5",
     ": truncated: the header says 12707 bytes, the file has 12706; copy it again"},
};

START_TEST(says_why_a_file_does_not_open)
{
    for (gsize i = 0; i < G_N_ELEMENTS(broken); i++) {
        char *path = fixture_path(broken[i].file), *message = failure(path);

        ck_assert_str_eq(message, broken[i].says);
        g_free(message);
        g_free(path);
    }
}
END_TEST

START_TEST(withstands_truncation)
{
    char *source = fixture_path("made/open_write.h5"), *content, *path = NULL;
    gsize bytes;
    int fd = g_file_open_tmp("tare-walk-XXXXXX.h5", &path, NULL);

    ck_assert(g_file_get_contents(source, &content, &bytes, NULL));
    ck_assert_int_eq(write(fd, content, bytes), (ssize_t)bytes);
    for (gsize n = bytes; n-- > 0;) {
        char *message;

        ck_assert_int_eq(ftruncate(fd, (off_t)n), 0);
        message = failure(path);
        ck_assert_msg(strstr(message, "truncated") || strstr(message, "not an HDF5 file"),
                      "%zu: %s", n, message);
        g_free(message);
    }
    close(fd);
    g_remove(path);
    g_free(path);
    g_free(content);
    g_free(source);
}
END_TEST

START_TEST(goes_on_after_bad_objects)
{
    struct opened o;

    opened_init_fixture(&o, "h5new/h5py316_v114.h5");
    ck_assert(g_str_has_prefix(reason_of(&o, "/m/complex"), "unreadable: "));
    ck_assert_str_eq(reason_of(&o, "/m/resizable"), "");
    opened_finish(&o);
    opened_init_fixture(&o, "plain/plugin_filters.h5");
    ck_assert_str_eq(reason_of(&o, "/blosc"), "needs filter 32001 (blosc), which is not available");
    ck_assert_str_eq(reason_of(&o, "/readable"), "");
    opened_finish(&o);
}
END_TEST

START_TEST(is_watched_and_stopped)
{
    char *path = fixture_path("plain/many_tensors.h5");
    struct open_watch watch = {0, 0};
    GError *error = NULL;
    struct listing *l;
    struct file f;

    ck_assert(file_open(&f, path, NULL));
    l = hdf5_walk(&f, &watch, &error);
    ck_assert_ptr_nonnull(l);
    ck_assert_int_eq(watch.objects, 600);
    listing_destroy(l);
    watch.cancelled = 1;
    ck_assert_ptr_null(hdf5_walk(&f, &watch, &error));
    ck_assert(g_error_matches(error, TARE_ERROR, TARE_ERROR_CANCELLED));
    g_clear_error(&error);
    file_close(&f);
    g_free(path);
}
END_TEST

/* More attributes, and a longer one, than are kept: the rest of the file is shown all the same. */
static char *file_of_many_attributes(void)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS), space = H5Screate(H5S_SCALAR);
    hid_t text = H5Tcopy(H5T_C_S1), long_text = H5Tcopy(H5T_C_S1), file, attribute;
    char *path = NULL, *value = g_strnfill(LIMIT_ATTRIBUTE_BYTES + 1u, 'x');

    close(g_file_open_tmp("tare-walk-XXXXXX.h5", &path, NULL));
    H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
    file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Tset_size(text, 3);
    H5Tset_size(long_text, LIMIT_ATTRIBUTE_BYTES + 1u);
    attribute = H5Acreate2(file, "a", long_text, space, H5P_DEFAULT, H5P_DEFAULT);
    ck_assert_int_ge(H5Awrite(attribute, long_text, value), 0);
    H5Aclose(attribute);
    for (unsigned i = 0; i < LIMIT_ATTRIBUTES + 5; i++) {
        char name[16];

        g_snprintf(name, sizeof name, "b%04u", i);
        attribute = H5Acreate2(file, name, text, space, H5P_DEFAULT, H5P_DEFAULT);
        H5Awrite(attribute, text, "abc");
        H5Aclose(attribute);
    }
    H5Gclose(H5Gcreate2(file, "g", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Fclose(file);
    H5Tclose(text);
    H5Tclose(long_text);
    H5Sclose(space);
    H5Pclose(access);
    g_free(value);
    return path;
}

START_TEST(bounds_attributes)
{
    char *path = file_of_many_attributes();
    struct opened o;
    guint32 count;

    opened_init(&o, path);
    ck_assert(o.listing->cut);
    ck_assert_ptr_nonnull(strstr(listing_text(o.listing, o.listing->cut_reason), "attributes"));
    ck_assert_uint_eq(listing_object(o.listing, 0)->n_attributes, LIMIT_ATTRIBUTES);
    ck_assert_ptr_null(listing_attribute_strings(o.listing, 0, "a", &count));
    ck_assert_str_eq(listing_attribute_text(o.listing, 0, "b0000"), "abc");
    ck_assert_int_eq(opened_object(&o, "/g")->kind, LISTING_GROUP);
    opened_finish(&o);
    g_remove(path);
    g_free(path);
}
END_TEST

static gpointer walk_twice(gpointer data)
{
    for (unsigned i = 0; i < 2; i++) {
        struct opened o;

        opened_init_fixture(&o, data);
        g_assert(o.listing->objects->len > 10);
        opened_finish(&o);
    }
    return NULL;
}

START_TEST(takes_turns)
{
    GThread *other = g_thread_new("walk", walk_twice, (gpointer) "made/links.h5");

    walk_twice((gpointer) "made/links.h5");
    walk_twice((gpointer) "plain/types.h5");
    g_thread_join(other);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hdf5_walk");
    TCase *tests = tcase_create("hdf5_walk");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, resolves_links);
    tcase_add_test(tests, lists_attributes);
    tcase_add_loop_test(tests, withstands_hostile_files, 0, G_N_ELEMENTS(hostile));
    tcase_add_test(tests, shows_every_name);
    tcase_add_test(tests, says_why_a_file_does_not_open);
    tcase_add_test(tests, withstands_truncation);
    tcase_add_test(tests, goes_on_after_bad_objects);
    tcase_add_test(tests, is_watched_and_stopped);
    tcase_add_test(tests, bounds_attributes);
    tcase_add_test(tests, takes_turns);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
