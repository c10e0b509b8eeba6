#include <check.h>
#include <stdlib.h>

#include "tui/keys.h"
#include "tui/list.h"

START_TEST(test_selection_stays_in_sight)
{
    struct list l = {0};

    list_layout(&l, 100, 10);
    ck_assert(list_act(&l, ACTION_END));
    ck_assert_uint_eq(l.selected, 99);
    ck_assert_uint_eq(l.top, 90);
    ck_assert(list_act(&l, ACTION_PAGE_UP));
    ck_assert_uint_eq(l.selected, 90);
    ck_assert(list_act(&l, ACTION_HALF_UP));
    ck_assert_uint_eq(l.selected, 85);
    ck_assert_uint_eq(l.top, 85);
    list_layout(&l, 100, 3);
    ck_assert_uint_eq(l.top, 85);
    list_layout(&l, 20, 10); /* rows went away */
    ck_assert_uint_eq(l.selected, 19);
    ck_assert_uint_eq(l.top, 10);
    list_layout(&l, 20, 50); /* room for all */
    ck_assert_uint_eq(l.top, 0);
    ck_assert(list_act(&l, ACTION_HOME));
    ck_assert(list_act(&l, ACTION_UP));
    ck_assert_uint_eq(l.selected, 0);
    ck_assert(!list_act(&l, ACTION_OPEN));
}
END_TEST

START_TEST(test_empty)
{
    struct list l = {.selected = 7, .top = 3};

    list_layout(&l, 0, 0);
    for (int action = ACTION_UP; action <= ACTION_END; action++)
        list_act(&l, action);
    ck_assert_uint_eq(l.selected, 0);
    ck_assert_uint_eq(l.top, 0);
}
END_TEST

static bool hit(const char *pattern, const char *name)
{
    struct matcher *m = matcher_create(pattern);
    bool found = matcher_hit(m, name);

    matcher_destroy(m);
    return found;
}

START_TEST(test_matcher)
{
    ck_assert(hit("", "anything"));
    ck_assert(hit("KERNEL", "block.1.kernel"));
    ck_assert(hit("^block.[0-9]+", "block.17.kernel"));
    ck_assert(!hit("^kernel", "block.1.kernel"));
    ck_assert(hit("a(b", "xxA(Bxx")); /* no regular expression: plain */
    ck_assert(!hit("a(b", "ab"));
    ck_assert(hit("kernel", "\xff\xfe kernel")); /* names need not be UTF-8 */
    ck_assert(hit("\xe6\xbc\xa2", "x\xe6\xbc\xa2x"));
}
END_TEST

/* Without a limit this one takes minutes. */
START_TEST(test_pattern_that_explodes)
{
    ck_assert(
        !hit("(a|aa)+(a|aa)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"));
}
END_TEST

static bool is_third(const void *owner, const struct matcher *m, guint i)
{
    (void)owner;
    (void)m;
    return i % 3 == 0;
}

START_TEST(test_search_goes_around)
{
    struct list l = {0};
    struct matcher *m = matcher_create("x");

    list_layout(&l, 10, 4);
    ck_assert_uint_eq(list_search(&l, m, is_third, NULL, LIST_HERE), 4);
    ck_assert_uint_eq(l.selected, 0);
    list_search(&l, m, is_third, NULL, LIST_NEXT);
    ck_assert_uint_eq(l.selected, 3);
    list_search(&l, m, is_third, NULL, LIST_PREVIOUS);
    list_search(&l, m, is_third, NULL, LIST_PREVIOUS);
    ck_assert_uint_eq(l.selected, 9);
    ck_assert_uint_eq(l.top, 6);
    list_layout(&l, 0, 4);
    ck_assert_uint_eq(list_search(&l, m, is_third, NULL, LIST_NEXT), 0);
    matcher_destroy(m);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("list");
    TCase *tcase = tcase_create("list");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tcase, test_selection_stays_in_sight);
    tcase_add_test(tcase, test_empty);
    tcase_add_test(tcase, test_matcher);
    tcase_add_test(tcase, test_pattern_that_explodes);
    tcase_add_test(tcase, test_search_goes_around);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
