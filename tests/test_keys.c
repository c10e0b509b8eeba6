#include <check.h>
#include <stdlib.h>

#include "tui/keys.h"

START_TEST(test_the_view_wins)
{
    static const struct binding own[] = {{'j', ACTION_VIEW, "j", NULL, "Mine"}, {0}};

    ck_assert_int_eq(key_action(NULL, 'j'), ACTION_DOWN);
    ck_assert_int_eq(key_action(own, 'j'), ACTION_VIEW);
    ck_assert_int_eq(key_action(own, 'k'), ACTION_UP);
    ck_assert_int_eq(key_action(own, KEY_NONE_PRESSED), ACTION_NONE);
    ck_assert_int_eq(key_action(NULL, '3'), ACTION_VIEW_1 + 2);
}
END_TEST

START_TEST(test_table)
{
    for (const struct binding *b = key_table; b->action != ACTION_NONE; b++) {
        ck_assert_uint_ne(b->key, 0);
        ck_assert(!b->keys == !b->help);
        ck_assert(b->keys || b > key_table); /* a further key has a row above */
        if (!b->keys)
            ck_assert(b->action == b[-1].action || b->action > ACTION_VIEW_1);
        for (const struct binding *other = b + 1; other->action != ACTION_NONE; other++)
            ck_assert_uint_ne(b->key, other->key);
    }
}
END_TEST

START_TEST(test_every_action_has_a_key)
{
    for (int action = ACTION_UP; action <= ACTION_VIEW_9; action++) {
        const struct binding *b = key_table;

        while (b->action != ACTION_NONE && b->action != action)
            b++;
        ck_assert_msg(b->action == action, "action %d", action);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("keys");
    TCase *tcase = tcase_create("keys");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tcase, test_the_view_wins);
    tcase_add_test(tcase, test_table);
    tcase_add_test(tcase, test_every_action_has_a_key);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
