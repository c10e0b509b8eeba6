/* The frame around the views on a real pair: prompts, menu, commands, writing, the stack of views.
 */
#include "tests/support/tare.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

static char *folder, *base, *tuned;

static void set_up(void)
{
    folder = tare_folder_create();
    base = tare_fixture("hf_tf/gpt2_base/tf_model.h5");
    tuned = tare_fixture("hf_tf/gpt2_tuned/tf_model.h5");
}

static void tear_down(void)
{
    tare_folder_remove(folder);
    g_free(base);
    g_free(tuned);
}

static struct pty *viewer(int rows, int cols)
{
    const struct pty_options with = {.rows = rows, .cols = cols, .cwd = folder};
    struct pty *p = tare_start(&with, base, tuned, NULL);

    if (rows >= 10)
        pty_expect(p, "40/40 tensors, ");
    return p;
}

static void leave(struct pty *p)
{
    pty_type(p, "Q");
    pty_expect_exit(p, 0);
    pty_expect_restored(p);
    pty_destroy(p);
}

START_TEST(names_and_counts_are_in_the_frame)
{
    struct pty *p = viewer(24, 80);

    ck_assert_int_eq(pty_find(p, "tare  gpt2"), 0);
    ck_assert_int_eq(pty_find(p, "[1 Overview] 2 3"), 0);
    ck_assert_int_eq(pty_find(p, "paired 40/40"), 1);
    ck_assert_int_eq(pty_find(p, "? help  q back"), 23);
    pty_resize(p, 24, 160);
    pty_expect(p, "[1 Overview] 2 Layer");
    leave(p);
}
END_TEST

START_TEST(too_small_says_so)
{
    struct pty *p = viewer(5, 20);

    pty_expect(p, "tare needs 40x10, th");
    pty_expect(p, "is is 20x5");
    pty_type(p, "q");
    pty_expect_exit(p, 0);
    pty_expect_restored(p);
    pty_destroy(p);
}
END_TEST

START_TEST(filter_counts_as_it_is_typed)
{
    struct pty *p = viewer(24, 100);

    pty_type(p, "fc_attn");
    pty_expect(p, "filter: c_attn  [");
    pty_type(p, "\r");
    pty_expect(p, "filter:c_attn");
    pty_type(p, "\033"); /* clears it, does not leave */
    pty_expect_gone(p, "filter:c_attn");
    pty_type(p, "\033");
    pty_expect(p, "q leaves");
    leave(p);
}
END_TEST

START_TEST(search_says_what_it_found)
{
    struct pty *p = viewer(24, 100);

    pty_type(p, "/nothing_like_this\r");
    pty_expect(p, "no hit for nothing_like_this");
    pty_type(p, "/wpe\r");
    pty_expect(p, "for wpe: n next, N before");
    pty_type(p, "/abc\x15\x7f"); /* ^U, and Backspace closes an empty prompt */
    pty_expect(p, "? help  q back");
    leave(p);
}
END_TEST

START_TEST(commands)
{
    struct pty *p = viewer(24, 120);

    pty_type(p, ":nonsense\r");
    pty_expect(p, "commands: q, view NAME");
    pty_type(p, ":view nowhere\r");
    pty_expect(p, "views: overview, ");
    pty_type(p, ":view pairs\r");
    pty_expect(p, "[9 Pairs]");
    pty_type(p, ":open 'unclosed\r");
    pty_expect(p, "quot");
    pty_type(p, ":open none.h5\r"); /* what is there stays */
    pty_expect(p, "not opened: none.h5");
    ck_assert_int_eq(pty_find(p, "paired 40/40"), 1);
    pty_type(p, ":q\r");
    pty_expect_exit(p, 0);
    pty_expect_restored(p);
    pty_destroy(p);
}
END_TEST

/* Proposals: Enter pairs, u undoes, i sets aside, and the map that is written is read again. */
START_TEST(pairs_are_decided)
{
    g_autofree char *map = g_build_filename(folder, "pairs.map", NULL);
    g_autofree char *command = g_strdup_printf(":map %s\r", map);
    const struct pty_options with = {
        .cwd = g_getenv("TARE_FIXTURES"), .rows = 30, .cols = 120};
    struct pty *p = tare_start(&with, "renamed/base.h5", "renamed/tuned.h5", NULL);

    pty_expect(p, "paired 0/16");
    pty_type(p, ":view pairs\r");
    pty_expect(p, "proposals by content, best first: 8");
    pty_type(p, "\t\t\r"); /* behind both one-sided lists */
    pty_expect(p, "paired 1/15");
    pty_expect(p, "best first: 7");
    pty_type(p, "u");
    pty_expect(p, "paired 0/16");
    pty_expect(p, "best first: 8");
    pty_type(p, "\t\ti");
    pty_expect(p, "set aside");
    pty_expect(p, "best first: 7");
    pty_type(p, "u");
    pty_expect(p, "best first: 8");
    pty_type(p, ":pair encoder.1.matrix stack.0.w transposed\r");
    pty_expect(p, "paired 1/15");
    pty_type(p, ":pair nothing stack.0.w\r");
    pty_expect(p, "has no tensor 'nothing'");
    pty_type(p, command);
    pty_expect(p, "wrote ");
    leave(p);
    p = tare_start(&with, "--pair-map", map, "--pair", "content", "renamed/base.h5",
                   "renamed/tuned.h5", NULL);
    pty_expect(p, "paired 8/8");
    leave(p);
    remove(map);
}
END_TEST

START_TEST(views_stack)
{
    struct pty *p = viewer(24, 120);

    pty_type(p, "9");
    pty_expect(p, "[9 Pairs]");
    pty_type(p, "?");
    pty_expect(p, "the pairs view, its keys");
    pty_type(p, "q");
    pty_expect(p, "[9 Pairs]");
    pty_type(p, "v");
    pty_expect(p, "> 9 Pairs");
    pty_type(p, "gjj\r");
    pty_expect(p, "[3 Tensor]");
    pty_type(p, "qq");
    pty_expect(p, "[1 Overview]");
    pty_type(p, "q");
    pty_expect_exit(p, 0);
    pty_destroy(p);
}
END_TEST

START_TEST(interrupt_twice_leaves)
{
    struct pty *p = viewer(24, 80);

    pty_type(p, "\x03");
    pty_expect(p, "press ^C again to quit");
    pty_type(p, "j\x03"); /* another key between */
    pty_expect(p, "press ^C again to quit");
    pty_type(p, "\x03");
    pty_expect_exit(p, 0);
    pty_expect_restored(p);
    pty_destroy(p);
}
END_TEST

START_TEST(writes_the_view_and_nothing_else)
{
    struct pty *p = viewer(24, 120);
    g_autofree char *path = g_build_filename(folder, "overview.tsv", NULL);
    g_autofree char *text = NULL;

    pty_type(p, "w\r");
    pty_expect(p, "wrote ");
    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    ck_assert_ptr_nonnull(strchr(text, '\t'));
    ck_assert(g_file_set_contents(path, "mine", -1, NULL));
    pty_type(p, "w\r");
    pty_expect(p, "is there already");
    pty_type(p, "\033");
    pty_expect_gone(p, "write to:");
    g_free(g_steal_pointer(&text));
    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    ck_assert_str_eq(text, "mine");
    pty_type(p, "w\r");
    pty_expect(p, "is there already");
    pty_type(p, "\r");
    pty_expect(p, "wrote ");
    pty_type(p, ":w /dev/null\r");
    pty_expect(p, "no regular file");
    g_autofree char *command = g_strdup_printf(":w %s\r", base);
    pty_type(p, command);
    pty_expect(p, "one of the files that are looked at");
    pty_type(p, ":w no/such/folder\r");
    pty_expect(p, "not written: ");
    leave(p);
}
END_TEST

START_TEST(reload_keeps_the_place)
{
    struct pty *p = viewer(24, 120);

    pty_type(p, "j3"); /* the second row */
    pty_expect(p, "[3 Tensor]");
    pty_expect(p, "wpe");
    pty_type(p, "R");
    pty_wait_quiet(p, 300);
    ck_assert_int_eq(pty_find(p, "[3 Tensor]"), 0);
    ck_assert_int_ge(pty_find(p, "wpe"), 0);
    leave(p);
}
END_TEST

/* Checked again at once, and after a reload still with what was set. */
START_TEST(a_threshold_is_set)
{
    struct pty *p = viewer(30, 100);

    pty_type(p, ":view diagnosis\r");
    pty_expect(p, "HEAVY-ALL");
    pty_type(p, ":set depth.heavy 0.5\r");
    pty_expect(p, "checked again");
    pty_expect(p, "FLAT");
    pty_type(p, "R");
    pty_wait_quiet(p, 300);
    pty_expect(p, "1 threshold set");
    pty_type(p, ":set depth.band 0.9\r");
    pty_expect(p, "is a number from 0.1 to 0.5");
    pty_type(p, ":set nope 1\r");
    pty_expect(p, "no such threshold");
    leave(p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("app");
    TCase *tcase = tcase_create("app");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tcase, 0); /* every wait has its own deadline */
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, names_and_counts_are_in_the_frame);
    tcase_add_test(tcase, too_small_says_so);
    tcase_add_test(tcase, filter_counts_as_it_is_typed);
    tcase_add_test(tcase, search_says_what_it_found);
    tcase_add_test(tcase, commands);
    tcase_add_test(tcase, pairs_are_decided);
    tcase_add_test(tcase, views_stack);
    tcase_add_test(tcase, interrupt_twice_leaves);
    tcase_add_test(tcase, writes_the_view_and_nothing_else);
    tcase_add_test(tcase, reload_keeps_the_place);
    tcase_add_test(tcase, a_threshold_is_set);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
