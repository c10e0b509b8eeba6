#include <check.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "io/file.h"

static char *dir;

static void make_dir(void)
{
    dir = g_dir_make_tmp("tare-file-XXXXXX", NULL);
    ck_assert_ptr_nonnull(dir);
}

static void remove_dir(void)
{
    g_rmdir(dir);
    g_free(dir);
}

/* A file that was last written long ago, so that any write now shows in its time. */
static char *old_file(const char *content)
{
    char *path = g_build_filename(dir, "x", NULL);
    struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};

    ck_assert(g_file_set_contents(path, content, -1, NULL));
    ck_assert_int_eq(utimensat(AT_FDCWD, path, old, 0), 0);
    return path;
}

static void remove_file(char *path)
{
    g_remove(path);
    g_free(path);
}

static void overwrite(const char *path, const char *content)
{
    int fd = open(path, O_WRONLY);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    close(fd);
}

START_TEST(reads)
{
    char *path = old_file("0123456789"), buffer[11] = "";
    GError *error = NULL;
    struct file f;

    ck_assert(file_open(&f, path, &error));
    ck_assert_uint_eq(f.size, 10);
    ck_assert(file_read(&f, 3, buffer, 4, &error));
    ck_assert_str_eq(buffer, "3456");
    ck_assert(file_read(&f, 10, buffer, 0, &error));
    ck_assert(!file_changed(&f));
    ck_assert(!file_read(&f, 7, buffer, 4, &error));
    ck_assert(g_error_matches(error, TARE_ERROR, TARE_ERROR_INPUT));
    g_clear_error(&error);
    ck_assert(!file_read(&f, G_MAXUINT64 - 1, buffer, 4, &error));
    ck_assert(g_error_matches(error, TARE_ERROR, TARE_ERROR_INPUT));
    g_clear_error(&error);
    file_close(&f);
    remove_file(path);
}
END_TEST

START_TEST(notices_changes)
{
    char *path = old_file("0123456789"), *other = g_build_filename(dir, "y", NULL), buffer[10];
    GError *error = NULL;
    struct file f;

    ck_assert(file_open(&f, path, &error));
    /* Replaced: what we opened is still there, unchanged. */
    ck_assert_int_eq(g_rename(path, other), 0);
    ck_assert(!file_changed(&f));
    overwrite(other, "9876543210");
    ck_assert(file_changed(&f));
    ck_assert_int_eq(truncate(other, 5), 0);
    ck_assert(!file_read(&f, 0, buffer, 10, &error));
    ck_assert(g_error_matches(error, TARE_ERROR, TARE_ERROR_CHANGED));
    g_clear_error(&error);
    file_close(&f);
    remove_file(other);
    g_free(path);
}
END_TEST

START_TEST(refuses)
{
    char *fifo = g_build_filename(dir, "fifo", NULL), *none = g_build_filename(dir, "none", NULL);
    const char *paths[] = {dir, fifo, none, "/dev/null", ""};

    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
        GError *error = NULL;
        struct file f;

        ck_assert(!file_open(&f, paths[i], &error));
        ck_assert(g_error_matches(error, TARE_ERROR, TARE_ERROR_INPUT));
        ck_assert(g_str_has_prefix(error->message, paths[i]));
        ck_assert_int_eq(f.fd, -1);
        g_clear_error(&error);
    }
    remove_file(fifo);
    g_free(none);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("file");
    TCase *tests = tcase_create("file");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tests, make_dir, remove_dir);
    tcase_add_test(tests, reads);
    tcase_add_test(tests, notices_changes);
    tcase_add_test(tests, refuses);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
