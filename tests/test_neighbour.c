/* The configuration beside a file: read if it is a plain file of modest size, and never waited for.
 */
#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "io/limits.h"
#include "io/neighbour.h"

static char *folder, *weights, *config;

static void set_up(void)
{
    folder = g_dir_make_tmp("tare-neighbour-XXXXXX", NULL);
    weights = g_build_filename(folder, "x.h5", NULL);
    config = g_build_filename(folder, "config.json", NULL);
}

static void tear_down(void)
{
    g_unlink(config);
    g_rmdir(folder);
    g_free(folder);
    g_free(weights);
    g_free(config);
}

static void expect_none(void)
{
    ck_assert_ptr_null(neighbour_read(weights, "config.json"));
}

START_TEST(test_plain_file)
{
    char *text;

    expect_none();
    ck_assert(g_file_set_contents(config, "{\"a\":1}", -1, NULL));
    text = neighbour_read(weights, "config.json");
    ck_assert_str_eq(text, "{\"a\":1}");
    g_free(text);
}
END_TEST

START_TEST(test_other_kinds)
{
    ck_assert_int_eq(symlink("/etc/passwd", config), 0);
    expect_none();
    g_unlink(config);
    ck_assert_int_eq(mkfifo(config, 0600), 0);
    expect_none();
    g_unlink(config);
    ck_assert_int_eq(g_mkdir(config, 0700), 0);
    expect_none();
    g_rmdir(config);
}
END_TEST

START_TEST(test_contents)
{
    ck_assert(g_file_set_contents(config, "", 0, NULL));
    expect_none();
    ck_assert(g_file_set_contents(config, "{\0}", 3, NULL));
    expect_none();
    ck_assert_int_eq(truncate(config, (off_t)LIMIT_JSON_BYTES + 1), 0);
    expect_none();
}
END_TEST

START_TEST(test_file_in_the_working_directory)
{
    char *text;

    ck_assert(g_file_set_contents(config, "[]", -1, NULL));
    ck_assert_int_eq(chdir(folder), 0);
    text = neighbour_read("x.h5", "config.json");
    ck_assert_str_eq(text, "[]");
    g_free(text);
    ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("neighbour");
    TCase *t = tcase_create("config");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_plain_file);
    tcase_add_test(t, test_other_kinds);
    tcase_add_test(t, test_contents);
    tcase_add_test(t, test_file_in_the_working_directory);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
