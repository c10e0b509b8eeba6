/* The viewer on a training that runs elsewhere: checkpoints come, selection and scroll stay, the
 * status line tells how far what is shown can be trusted. */
#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tests/support/tare.h"

static char *folder;

static void make_folder(void)
{
    folder = tare_folder_create();
}

static void remove_folder(void)
{
    tare_folder_remove(folder);
}

/* As a trainer that is careful: under another name, then by rename. */
static void save(const char *fixture, const char *name)
{
    g_autofree char *part = tare_folder_copy(folder, fixture, ".part");
    g_autofree char *path = g_build_filename(folder, name, NULL);

    ck_assert_int_eq(g_rename(part, path), 0);
}

static struct pty *start(const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    return tare_start(&(struct pty_options){.rows = 24, .cols = 100}, "watch", path, NULL);
}

static void leave(struct pty *p)
{
    pty_type(p, "Q");
    pty_expect_exit(p, 0);
    pty_expect_restored(p);
    pty_destroy(p);
}

#define BASE "hf_tf/gpt2_base/tf_model.h5"
#define TUNED "hf_tf/gpt2_tuned/tf_model.h5"

/* The marked row of the list; the cursor itself may be where a clock is being written. */
static char *selected(struct pty *p, int *row)
{
    char *text = NULL;

    for (*row = 0; *row < 24; (*row)++) {
        text = pty_row(p, *row);
        if (text[0] == '>')
            return text;
        g_free(text);
    }
    ck_abort_msg("no row is marked");
    return NULL;
}

START_TEST(checkpoints_come_and_the_selection_stays)
{
    struct pty *p = start("");
    g_autofree char *before = NULL, *after = NULL;
    int row, row_after;

    pty_expect(p, "waiting for a checkpoint");
    save(BASE, "checkpoint-1.h5");
    pty_expect(p, "checkpoint-1.h5 read");
    pty_type(p, "zjjjj");
    pty_wait_quiet(p, 300);
    before = selected(p, &row);
    save(TUNED, "checkpoint-2.h5");
    pty_expect(p, "checkpoint-2.h5 read");
    after = selected(p, &row_after);
    ck_assert_int_eq(row, row_after);
    ck_assert(strncmp(before, after, 30) == 0);
    pty_expect(p, "settled");
    pty_type(p, "R"); /* read again, it is the same */
    pty_expect(p, "live");
    pty_expect(p, "gen 2");
    pty_type(p, ":view training\r");
    pty_expect(p, "looked at step 2");
    pty_wait_quiet(p, 300);
    ck_assert_int_ge(pty_find(p, "h l time"), 0);
    ck_assert_int_lt(pty_find(p, "run, pause"), 0); /* not from here */
    leave(p);
}
END_TEST

START_TEST(half_a_file_is_said_and_what_was_read_stays)
{
    g_autofree char *path = g_build_filename(folder, "model.h5", NULL);
    struct pty *p;

    save(BASE, "model.h5");
    p = start("model.h5");
    pty_expect(p, "model.h5 read");
    ck_assert_int_eq(truncate(path, 3000), 0);
    pty_expect(p, "stale");
    pty_expect(p, "truncated");
    pty_expect(p, "paired");
    ck_assert_int_eq(g_unlink(path), 0);
    pty_expect(p, "gone");
    pty_expect(p, "paired");
    save(TUNED, "model.h5");
    pty_expect(p, "live");
    leave(p);
}
END_TEST

START_TEST(a_missing_base_ends_it)
{
    struct pty *p = tare_start(NULL, "watch", folder, "--base", "/nowhere.h5", NULL);

    pty_expect(p, "/nowhere.h5");
    pty_type(p, "q");
    pty_expect_exit(p, 3);
    pty_destroy(p);
}
END_TEST

START_TEST(keys_are_answered_while_it_reads)
{
    struct pty *p = start("");

    g_free(tare_folder_sparse(folder, "a-1.h5", 20));
    pty_expect(p, "a-1.h5 read");
    save(BASE, "a-2.h5"); /* of another model: refused, what is there stays */
    pty_type(p, "?");
    pty_expect(p, "Overview");
    pty_type(p, "q");
    leave(p);
}
END_TEST

START_TEST(lines_without_a_terminal)
{
    g_autofree char *out = g_build_filename(folder, "lines.txt", NULL), *text = NULL;
    struct pty *p;
    gint64 until = g_get_monotonic_time() + 20 * G_USEC_PER_SEC * pty_slow();

    save(BASE, "checkpoint-1.h5");
    p = tare_start(&(struct pty_options){.output = out}, "watch", folder, NULL);
    save(TUNED, "checkpoint-2.h5");
    while ((!text || !strstr(text, "checkpoint-2.h5")) && g_get_monotonic_time() < until) {
        g_free(g_steal_pointer(&text));
        g_file_get_contents(out, &text, NULL, NULL);
        pty_wait_quiet(p, 20);
    }
    ck_assert_ptr_nonnull(strstr(text, "checkpoint-1.h5  step 1  relative 0 %"));
    ck_assert_ptr_nonnull(strstr(text, "checkpoint-2.h5  step 2  relative "));
    ck_assert_ptr_nonnull(strstr(text, "  early "));
    pty_signal(p, SIGINT);
    pty_expect_signal(p, SIGINT);
    pty_destroy(p);
}
END_TEST

START_TEST(once_ends_by_itself)
{
    struct pty *p;

    save(BASE, "checkpoint-1.h5");
    p = tare_start(NULL, "watch", folder, "--once", NULL);
    pty_expect_exit(p, 0);
    ck_assert_int_ge(pty_find(p, "checkpoint-1.h5  step 1"), 0);
    pty_destroy(p);
    p = tare_start(NULL, "watch", "/nowhere", "--once", NULL);
    pty_expect_exit(p, 3);
    pty_destroy(p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pty_watch");
    TCase *tests = tcase_create("watch");

    tcase_set_timeout(tests, 0); /* every wait has its own deadline */
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_test(tests, checkpoints_come_and_the_selection_stays);
    tcase_add_test(tests, half_a_file_is_said_and_what_was_read_stays);
    tcase_add_test(tests, a_missing_base_ends_it);
    tcase_add_test(tests, keys_are_answered_while_it_reads);
    tcase_add_test(tests, lines_without_a_terminal);
    tcase_add_test(tests, once_ends_by_itself);
    suite_add_tcase(suite, tests);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
