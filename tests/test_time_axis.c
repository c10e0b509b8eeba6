/* Steps in columns, columns in steps, and the cursor that stays in sight. */
#include <check.h>

#include "tui/keys.h"
#include "tui/time_axis.h"

/* Every step stands in the columns that show it; columns cover all steps once, in order. */
START_TEST(steps_and_columns_agree)
{
    static const uint64_t ends[] = {0, 1, 6, 62, 63, 64, 1000, 123456};
    struct time_axis a = {0};

    time_axis_layout(&a, ends[_i], 63);
    for (uint64_t step = 0; step <= a.end; step += 1 + a.end / 500) {
        int col = time_axis_column(&a, step);
        uint64_t from, to;

        ck_assert_int_ge(col, 0);
        ck_assert_int_lt(col, 63);
        time_axis_steps(&a, col, &from, &to);
        ck_assert(from <= step && step <= to);
    }
    for (int col = 0; col < 63; col++) {
        uint64_t from, to, next, after;

        time_axis_steps(&a, col, &from, &to);
        ck_assert(from <= to && to <= a.end);
        if (col == 62)
            ck_assert_uint_eq(to, a.end);
        if (col == 62)
            continue;
        time_axis_steps(&a, col + 1, &next, &after);
        ck_assert(next == to + 1 || next == from);
    }
    ck_assert_int_eq(time_axis_column(&a, a.end + 1), -1);
}
END_TEST

START_TEST(the_cursor_follows_until_it_is_moved)
{
    struct time_axis a = {0};

    time_axis_layout(&a, 10, 50);
    ck_assert_uint_eq(a.cursor, 10);
    time_axis_layout(&a, 20, 50);
    ck_assert_uint_eq(a.cursor, 20);
    time_axis_act(&a, ACTION_LEFT);
    time_axis_layout(&a, 30, 50);
    ck_assert_uint_eq(a.cursor, 19);
    time_axis_act(&a, ACTION_HOME);
    ck_assert_uint_eq(a.cursor, 0);
    time_axis_act(&a, ACTION_LEFT);
    ck_assert_uint_eq(a.cursor, 0);
    time_axis_act(&a, ACTION_END);
    time_axis_layout(&a, 40, 50);
    ck_assert_uint_eq(a.cursor, 40);
    time_axis_go(&a, 35);
    time_axis_layout(&a, 5, 50); /* put back */
    ck_assert_uint_eq(a.cursor, 5);
    ck_assert(!time_axis_act(&a, ACTION_SORT));
}
END_TEST

START_TEST(zooming)
{
    struct time_axis a = {0};

    time_axis_layout(&a, 999, 50);
    time_axis_go(&a, 500);
    time_axis_act(&a, ACTION_ZOOM_IN);
    time_axis_layout(&a, 999, 50);
    ck_assert_uint_eq(a.first, 250);
    ck_assert_uint_eq(a.last, 749);
    ck_assert_int_eq(time_axis_column(&a, 100), -1);
    time_axis_act(&a, ACTION_END);
    time_axis_layout(&a, 999, 50);
    ck_assert_uint_eq(a.last, 999);
    for (int i = 0; i < 12; i++) {
        time_axis_act(&a, ACTION_ZOOM_IN);
        time_axis_layout(&a, 999, 50);
        ck_assert(a.first <= a.cursor && a.cursor <= a.last);
    }
    ck_assert_uint_eq(a.last - a.first, 7);
    time_axis_layout(&a, 1200, 50); /* goes with it */
    ck_assert_uint_eq(a.last, 1200);
    time_axis_act(&a, ACTION_ZOOM_RESET);
    time_axis_layout(&a, 1200, 50);
    ck_assert_uint_eq(a.first, 0);
    time_axis_act(&a, ACTION_ZOOM_OUT);
    time_axis_layout(&a, 1200, 50);
    ck_assert_uint_eq(a.last, 1200);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("time_axis");
    TCase *t = tcase_create("time_axis");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_add_loop_test(t, steps_and_columns_agree, 0, 8);
    tcase_add_test(t, the_cursor_follows_until_it_is_moved);
    tcase_add_test(t, zooming);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed > 0;
}
