/* Loops shared by threads: each item once, all of them done when the loop is, again and again. */
#include <check.h>
#include <stdatomic.h>
#include <stdlib.h>
#include "core/team.h"

struct loop {
    guint threads;
    guint done[1000];
    _Atomic guint on[4]; /* items that each thread got */
};

static void count(void *data, guint item, guint thread)
{
    struct loop *l = data;

    ck_assert_uint_lt(thread, l->threads);
    l->done[item]++;
    atomic_fetch_add(l->on + thread, 1);
}

START_TEST(each_item_is_done_once_a_loop)
{
    const guint threads = (guint)_i;
    struct team *t = team_create(threads);
    struct loop l = {.threads = threads};

    ck_assert_uint_eq(team_threads(t), threads);
    for (guint round = 1; round <= 200; round++) {
        guint items = round * 5, on = 0;

        team_run(t, items, count, &l);
        for (guint i = 0; i < items; i++) {
            ck_assert_uint_eq(l.done[i], 1);
            l.done[i] = 0;
        }
        for (guint i = 0; i < 4; i++)
            on += atomic_exchange(l.on + i, 0);
        ck_assert_uint_eq(on, items);
        if (round % 50 == 0)
            g_usleep(3000); /* long enough to fall asleep */
    }
    team_run(t, 0, count, NULL);
    team_destroy(t);
}
END_TEST

START_TEST(a_team_without_work_ends)
{
    team_destroy(team_create(0));
    team_destroy(team_create(3));
    team_destroy(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("team");
    TCase *loops = tcase_create("loops");

    tcase_add_loop_test(loops, each_item_is_done_once_a_loop, 1, 5);
    tcase_add_test(loops, a_team_without_work_ends);
    suite_add_tcase(suite, loops);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
