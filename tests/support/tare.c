#include "tests/support/tare.h"

#include <check.h>
#include <glib/gstdio.h>
#include <hdf5.h>
#include <stdarg.h>

struct pty *tare_start(const struct pty_options *with, ...)
{
    struct pty_options options = with ? *with : (struct pty_options){0};
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    const char *argument;
    va_list rest;

    ck_assert_msg(g_getenv("TARE_PROGRAM") != NULL, "TARE_PROGRAM is not set");
    g_ptr_array_add(argv, (gpointer)g_getenv("TARE_PROGRAM"));
    va_start(rest, with);
    while ((argument = va_arg(rest, const char *)))
        g_ptr_array_add(argv, (gpointer)argument);
    va_end(rest);
    g_ptr_array_add(argv, NULL);
    options.argv = (const char *const *)argv->pdata;
    return pty_start(&options);
}

char *tare_fixture(const char *name)
{
    ck_assert_msg(g_getenv("TARE_FIXTURES") != NULL, "TARE_FIXTURES is not set");
    return g_build_filename(g_getenv("TARE_FIXTURES"), name, NULL);
}

char *tare_folder_create(void)
{
    char *folder = g_dir_make_tmp("tare-test-XXXXXX", NULL);

    ck_assert_ptr_nonnull(folder);
    return folder;
}

static void remove_all(const char *path)
{
    GDir *dir = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        remove_all(inner);
    }
    if (dir)
        g_dir_close(dir);
    g_remove(path);
}

void tare_folder_remove(char *folder)
{
    remove_all(folder);
    g_free(folder);
}

char *tare_folder_copy(const char *folder, const char *fixture, const char *name)
{
    g_autofree char *from = tare_fixture(fixture);
    g_autofree char *bytes = NULL;
    char *to = g_build_filename(folder, name, NULL);
    gsize n;

    ck_assert(g_file_get_contents(from, &bytes, &n, NULL));
    ck_assert(g_file_set_contents(to, bytes, (gssize)n, NULL));
    return to;
}

char *tare_folder_sparse(const char *folder, const char *name, unsigned millions)
{
    char *path = g_build_filename(folder, name, NULL);
    const hsize_t dim[] = {1000, 1000};
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Screate_simple(2, dim, NULL), early = H5Pcreate(H5P_DATASET_CREATE);

    H5Pset_alloc_time(early, H5D_ALLOC_TIME_EARLY);
    H5Pset_fill_time(early, H5D_FILL_TIME_NEVER);
    for (unsigned i = 0; i < millions; i++) {
        g_autofree char *tensor = g_strdup_printf("layer%u.weight", i);
        H5Dclose(H5Dcreate2(file, tensor, H5T_IEEE_F32LE, space, H5P_DEFAULT, early, H5P_DEFAULT));
    }
    H5Pclose(early);
    H5Sclose(space);
    ck_assert_int_ge(H5Fclose(file), 0);
    return path;
}
