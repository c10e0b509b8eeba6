/* The real binary without a terminal: exit statuses, the one line on standard error, and what is
 * never printed. */
#include <check.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/support/cli.h"

START_TEST(test_command_line)
{
    cli_expect(0, NULL, (const char *const[]){NULL});
    EXPECT(0, NULL, "--help");
    EXPECT(0, NULL, "--version");
    EXPECT(0, NULL, "report", "--help");
    EXPECT(2, "--nope", "--nope");
    EXPECT(2, "at most two files", "a", "b", "c");
    EXPECT(2, "no terminal", "a.h5");
    EXPECT(2, "watch needs one folder or file", "watch");
    EXPECT(2, "--format is lines", "watch", "--format", "json", "/tmp");
    EXPECT(3, "/nowhere: no such file or folder", "watch", "--once", "/nowhere");
    EXPECT(3, "/nowhere.h5: cannot open", "watch", "--once", "--base", "/nowhere.h5", "/tmp");
    EXPECT(2, "one or two files", "report");
    EXPECT(2, "one or two files", "report", "a", "b", "c");
    EXPECT(2, "--nope", "report", "--nope", "a");
    EXPECT(2, "--format", "report", "--format", "xml", "a");
    EXPECT(2, "--threads", "report", "--threads", "-1", "a");
    EXPECT(2, "--pair", "report", "--pair", "guess", "a");
    EXPECT(3, "none.map: the pair map can't be read", "report", "--pair-map", "none.map", "a", "b");
}
END_TEST

static void expect_refused(char *path, const char *why)
{
    EXPECT(3, why, "report", path);
    g_free(path);
}

START_TEST(test_no_weights_at_all)
{
    char *fifo = g_build_filename(cli_dir, "fifo", NULL);

    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    expect_refused(g_build_filename(cli_dir, "missing.h5", NULL), "No such file");
    expect_refused(g_strdup(cli_dir), "directory");
    expect_refused(fifo, "pipe");
    expect_refused(g_strdup("/dev/null"), "device");
    expect_refused(cli_file("empty.h5", "", 0), "empty file");
    expect_refused(cli_file("page.h5", "<!DOCTYPE html><html>404", -1), "HTML page");
    expect_refused(cli_file("lfs.h5",
                             "version https://git-lfs.github.com/spec/v1\n"
                             "oid sha256:4d7a\nsize 12345\n",
                             -1),
                   "git lfs pull");
    expect_refused(cli_file("\x1b[2J\n.h5", "none", -1), "\\x1b[2J\\x0a.h5: ");
    expect_refused(cli_fixture("hostile/garbage.h5"), "not an HDF5 file");
    expect_refused(cli_fixture("hostile/signature_only.h5"), "truncated");
    expect_refused(cli_fixture("hostile/truncated_last_byte.h5"), "truncated");
}
END_TEST

START_TEST(test_unreadable)
{
    char *path = cli_file("locked.h5", "x", 1);

    ck_assert_int_eq(g_chmod(path, 0), 0);
    if (geteuid() == 0)
        g_free(path);
    else
        expect_refused(path, "Permission denied");
}
END_TEST

static JsonObject *report_of(JsonParser *parser, const char *name, int status, const char *err)
{
    char *path = cli_fixture(name);
    struct cli_run r =
        cli_run(NULL, NULL, (const char *const[]){"report", "--format", "json", path, NULL});

    ck_assert_msg(r.status == status, "%s: status %d: %s", name, r.status, r.err);
    cli_check_clean(r.out);
    cli_check_clean(r.err);
    ck_assert_msg(strstr(r.err, err) != NULL, "%s", r.err);
    ck_assert(json_parser_load_from_data(parser, r.out, -1, NULL));
    cli_run_free(&r);
    g_free(path);
    return json_node_get_object(json_parser_get_root(parser));
}

/* The rest of a file is shown beside what is refused; `reason` is part of what is said of it. */
START_TEST(test_refused_parts)
{
    static const struct {
        const char *file, *path, *reason;
    } cases[] = {
        {"hostile/ext_link_absolute.weights.h5", "/layers/dense/vars/0", "external link"},
        {"hostile/ext_link_fifo.weights.h5", "/layers/dense/vars/0", "external link"},
        {"hostile/ext_storage_missing.weights.h5", "/layers/dense/vars/0", "external storage"},
        {"hostile/vds_cycle.weights.h5", "/layers/dense/vars/0", "virtual dataset"},
        {"hostile/chunk_deflate_256M.h5", "/w", "limit"},
        {"hostile/shape_chunked_2e62.h5", "/w", "bytes"},
        {"plain/plugin_filters.h5", NULL, "filter"},
        {"plain/strings.h5", NULL, "string"},
    };
    JsonParser *parser = json_parser_new();
    JsonObject *report = report_of(parser, cases[_i].file, 0, "");
    JsonArray *skipped = json_object_get_array_member(report, "skipped");
    bool found = false;

    ck_assert_uint_gt(json_array_get_length(json_object_get_array_member(report, "tensors")), 0);
    for (guint i = 0; i < json_array_get_length(skipped); i++) {
        JsonObject *s = json_array_get_object_element(skipped, i);

        found |= (!cases[_i].path ||
                  strcmp(json_object_get_string_member(s, "path"), cases[_i].path) == 0) &&
                 strstr(json_object_get_string_member(s, "reason"), cases[_i].reason) != NULL;
    }
    ck_assert_msg(found, "%s: '%s' is not said", cases[_i].file, cases[_i].reason);
    g_object_unref(parser);
}
END_TEST

START_TEST(test_a_damaged_tensor_fails_alone)
{
    JsonParser *parser = json_parser_new();
    JsonObject *report = report_of(parser, "hostile/bad_fletcher.h5", 3, "checksum");
    JsonArray *tensors = json_object_get_array_member(report, "tensors");

    ck_assert_uint_eq(json_array_get_length(tensors), 2);
    for (guint i = 0; i < 2; i++) {
        JsonObject *t = json_array_get_object_element(tensors, i);
        bool bad = strcmp(json_object_get_string_member(t, "name"), "w") == 0;

        ck_assert_int_eq(json_object_get_null_member(t, "error"), !bad);
        ck_assert_int_eq(
            json_object_get_null_member(json_object_get_object_member(t, "base"), "l2"), bad);
    }
    g_object_unref(parser);
}
END_TEST

START_TEST(test_nothing_left)
{
    JsonParser *parser = json_parser_new();
    JsonObject *report = report_of(parser, "hostile/deep.h5", 3, "no readable weights");

    ck_assert_uint_gt(json_array_get_length(json_object_get_array_member(report, "skipped")), 0);
    g_object_unref(parser);
}
END_TEST

static void expect_unwritten(const char *sink, const char *const *args)
{
    struct cli_run r = cli_run(NULL, sink, args);

    ck_assert_int_eq(r.status, 4);
    ck_assert_msg(strstr(r.err, "can't write") != NULL, "%s", r.err);
    ck_assert_uint_eq(cli_lines_of(r.err), 1);
    cli_run_free(&r);
}

START_TEST(test_cannot_write)
{
    char *file = cli_fixture("plain/values.h5"), *nowhere = g_build_filename(cli_dir, "no", "x", NULL);
    static const char *const forms[] = {"text", "json", "csv"};

    expect_unwritten(NULL, (const char *const[]){"report", "-o", nowhere, file, NULL});
    expect_unwritten(NULL, (const char *const[]){"report", "-o", "/dev/full", file, NULL});
    for (gsize i = 0; i < G_N_ELEMENTS(forms); i++)
        expect_unwritten("/dev/full",
                         (const char *const[]){"report", "--format", forms[i], file, NULL});
    g_free(nowhere);
    g_free(file);
}
END_TEST

static void close_output(gpointer data)
{
    (void)data;
    close(STDOUT_FILENO);
}

START_TEST(test_closed_output)
{
    char *file = cli_fixture("plain/values.h5");
    char *argv[] = {(char *)g_getenv("TARE_PROGRAM"), (char *)"report", file, NULL};
    char *err = NULL;
    int status;

    ck_assert(g_spawn_sync(NULL, argv, NULL, G_SPAWN_DEFAULT, close_output, NULL, NULL, &err,
                           &status, NULL));
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 4);
    ck_assert_msg(strstr(err, "can't write") != NULL, "%s", err);
    g_free(err);
    g_free(file);
}
END_TEST

/* Byte for byte the same, whatever computes it. A variant this CPU lacks says so with status 2. */
START_TEST(test_same_bytes)
{
    static const char *const pairs[][2] = {
        {"torch/gpt2_base_flat.h5", "torch/gpt2_tuned_flat.h5"},
        {"torch/llama_base_bf16_opaque.h5", "torch/llama_tuned_bf16_opaque.h5"},
        {"plain/values.h5", "plain/values_tuned.h5"},
        {"keras3/k3_sublm_base.weights.h5", "keras3/k3_sublm_tuned.weights.h5"},
        {"plain/types.h5", "plain/types.h5"},
    };
    static const char *const cpus[] = {"scalar", "avx2", "avx512"};
    static const char *const threads[] = {"1", "2", "5"};
    char *base = cli_fixture(pairs[_i][0]), *tuned = cli_fixture(pairs[_i][1]), *first = NULL;

    for (gsize k = 0; k < G_N_ELEMENTS(cpus) * G_N_ELEMENTS(threads); k++) {
        const char *args[] = {"report",       "--format", "json", "--spectra", "--threads",
                              threads[k % 3], base,       tuned,  NULL};
        struct cli_run r = cli_run(cpus[k / 3], NULL, args);

        if (r.status == 2 && strstr(r.err, "TARE_CPU")) {
            cli_run_free(&r);
            continue;
        }
        ck_assert_msg(r.status == 0, "%s", r.err);
        if (!first)
            first = g_strdup(r.out);
        ck_assert_msg(strcmp(first, r.out) == 0, "%s, %s threads", cpus[k / 3], threads[k % 3]);
        cli_run_free(&r);
    }
    ck_assert_ptr_nonnull(first);
    g_free(first);
    g_free(base);
    g_free(tuned);
}
END_TEST

START_TEST(test_names_are_shown_harmless)
{
    static const char *const forms[] = {"text", "json", "csv"};
    char *file = cli_fixture("hostile/names.h5");

    EXPECT(0, NULL, "report", "--format", forms[_i], file);
    g_free(file);
}
END_TEST

/* The output of a check of the small GPT-2 with one more option. */
int main(void)
{
    Suite *s = suite_create("cli");
    TCase *t = tcase_create("binary");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 120);
    tcase_add_checked_fixture(t, cli_make_dir, cli_remove_dir);
    tcase_add_test(t, test_command_line);
    tcase_add_test(t, test_no_weights_at_all);
    tcase_add_test(t, test_unreadable);
    tcase_add_loop_test(t, test_refused_parts, 0, 8);
    tcase_add_test(t, test_a_damaged_tensor_fails_alone);
    tcase_add_test(t, test_nothing_left);
    tcase_add_test(t, test_cannot_write);
    tcase_add_test(t, test_closed_output);
    tcase_add_loop_test(t, test_same_bytes, 0, 5);
    tcase_add_loop_test(t, test_names_are_shown_harmless, 0, 3);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
