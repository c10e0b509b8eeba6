/* Histograms of activations on one axis: every value is counted once, on the bin it lies in, or
 * beyond the ends. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include "core/random.h"
#include "tui/activity_ridges.h"

enum { UNITS = 4, ROWS = 500, BINS = 40 };

static const char *const categories[] = {"a", "b"};
static struct activity *activity;
static struct ridges ridges;
static float base[2][ROWS * UNITS], tuned[2][ROWS * UNITS];

/* The second layer a hundred times the first; tuned lies 1 higher. */
static void setup(void)
{
    struct activity_layer layers[] = {{(char *)"small", ACTIVITY_RECORDED, 0, UNITS, false},
                                      {(char *)"large", ACTIVITY_RECORDED, 1, UNITS, false}};
    struct activity_options o = {.categories = categories, .n_categories = 2, .pair = true};
    struct activity_sequence rows[ROWS / 10];
    uint64_t seed = 7;

    activity = activity_create_recorded(layers, 2, &o, NULL);
    for (uint32_t i = 0; i < G_N_ELEMENTS(rows); i++)
        rows[i] = (struct activity_sequence){i, i % 2, 10, 0};
    for (int layer = 0; layer < 2; layer++)
        for (int i = 0; i < ROWS * UNITS; i++) {
            base[layer][i] =
                (float)((random_unit(&seed) + random_unit(&seed) - 1) * (layer ? 100 : 1));
            tuned[layer][i] = base[layer][i] + 1;
        }
    activity_batch(activity, rows, G_N_ELEMENTS(rows));
    for (unsigned layer = 0; layer < 2; layer++)
        activity_feed(activity, ACTIVITY_BASE, layer, 0, ROWS, base[layer]);
    for (unsigned layer = 0; layer < 2; layer++)
        activity_feed(activity, ACTIVITY_TUNED, layer, 0, ROWS, tuned[layer]);
    ridges_init(&ridges);
}

static void teardown(void)
{
    ridges_finish(&ridges);
    activity_destroy(activity);
}

static struct ridges_ask all_of(bool log_x)
{
    return (struct ridges_ask){.kind = ACTIVITY_RECORDED,
                               .category = ACTIVITY_ALL,
                               .log_x = log_x,
                               .all = true,
                               .n = BINS};
}

static double counted(unsigned layer, unsigned pane)
{
    double sum = 0;

    for (int i = 0; i < BINS; i++)
        sum += ridges.items[layer].counts[pane][i];
    return sum;
}

/* How many of the true values lie between two edges. */
static double truly(const float *values, double low, double high)
{
    double n = 0;

    for (int i = 0; i < ROWS * UNITS; i++)
        n += (double)values[i] >= low && (double)values[i] < high;
    return n;
}

START_TEST(every_value_is_in_a_bin)
{
    for (int log_x = 0; log_x < 2; log_x++) {
        struct ridges_ask ask = all_of(log_x);

        ridges_update(&ridges, activity, &ask);
        ck_assert_uint_eq(ridges.n_layers, 2);
        ck_assert_uint_eq(ridges.panes, 2);
        for (unsigned layer = 0; layer < 2; layer++)
            for (unsigned pane = 0; pane < 2; pane++) {
                const struct ridge *x = &ridges.items[layer];

                ck_assert_double_eq(x->total[pane], ROWS * UNITS);
                ck_assert_double_eq_tol(counted(layer, pane) + x->below[pane] + x->above[pane],
                                        ROWS * UNITS, 1e-6);
                ck_assert_double_le(x->below[pane] + x->above[pane], 0.01 * ROWS * UNITS);
            }
    }
}
END_TEST

/* Off by no more than the sketch's bins at both edges hold. */
START_TEST(the_bin_is_the_right_one)
{
    for (int log_x = 0; log_x < 2; log_x++) {
        struct ridges_ask ask = all_of(log_x);

        ridges_update(&ridges, activity, &ask);
        for (int i = 1; i < BINS - 1; i++) {
            double low = ridges_edge(&ridges, i), high = ridges_edge(&ridges, i + 1);

            ck_assert_double_lt(low, high);
            ck_assert_int_eq(ridges_bin(&ridges, (low + high) / 2), i);
            ck_assert_double_eq_tol(ridges.items[1].counts[0][i], truly(base[1], low, high), 60);
            ck_assert_double_eq_tol(ridges.items[1].counts[1][i], truly(tuned[1], low, high), 60);
        }
    }
}
END_TEST

/* A bent axis makes no humps: the densest bin of one hump about 0 is there. */
START_TEST(heights_are_densities)
{
    struct ridges_ask ask = all_of(true);
    double highest = 0;

    ridges_update(&ridges, activity, &ask);
    for (int i = 0; i < BINS; i++)
        for (unsigned pane = 0; pane < 2; pane++) {
            double height = ridges_height(&ridges, 0, pane, i, false);

            ck_assert(height >= 0 && height <= 1);
            ck_assert(ridges_height(&ridges, 0, pane, i, true) >= 0);
            highest = fmax(highest, height);
        }
    ck_assert_double_eq_tol(highest, 1, 1e-12);
    ck_assert_double_gt(ridges_height(&ridges, 0, 0, ridges_bin(&ridges, 0.0), false), 0.8);
    ck_assert_double_lt(ridges_height(&ridges, 0, 0, ridges_bin(&ridges, 0.9), false), 0.5);
}
END_TEST

START_TEST(delta_and_category)
{
    struct ridges_ask ask = all_of(false);

    ask.show = RIDGES_DELTA;
    ridges_update(&ridges, activity, &ask);
    ck_assert_uint_eq(ridges.panes, 1);
    ck_assert(ridges.low > 0.9 && ridges.high < 1.1);
    ck_assert_double_eq(ridges.items[0].total[0], ROWS * UNITS);
    ck_assert(isnan(ridges.items[0].js));
    ask = all_of(false);
    ask.category = 1;
    ask.all = false;
    ridges_update(&ridges, activity, &ask);
    ck_assert_double_eq(ridges.items[0].total[0], ROWS * UNITS / 2);
    ck_assert(ridges.items[0].js > ridges.items[1].js);
}
END_TEST

START_TEST(nothing_to_count)
{
    struct ridges_ask ask = all_of(true);

    ask.kind = ACTIVITY_HIDDEN;
    ridges_update(&ridges, activity, &ask);
    ck_assert_uint_eq(ridges.n_layers, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("activity ridges");
    TCase *t = tcase_create("activity ridges");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, every_value_is_in_a_bin);
    tcase_add_test(t, the_bin_is_the_right_one);
    tcase_add_test(t, heights_are_densities);
    tcase_add_test(t, delta_and_category);
    tcase_add_test(t, nothing_to_count);
    suite_add_tcase(suite, t);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
