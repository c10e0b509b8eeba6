/* The histogram of the tensor view: whole counts, zoom around the cursor, exact bins. */
#include <check.h>
#include <math.h>

#include "tests/support/small_model.h"
#include "tui/tensor_histogram.h"

static struct comparison *model;
static struct histogram h;

static void setup(void)
{
    model = small_model(true, NULL);
    small_model_scan(model);
    histogram_init(&h);
}

static void teardown(void)
{
    histogram_finish(&h);
    comparison_destroy(model);
}

static const struct scan_result *result_of(const char *name)
{
    return &model->summary.entries[small_model_find(model, name)].result;
}

START_TEST(counts_everything)
{
    histogram_fill(&h, result_of("transformer.wte.weight"), NULL, 40);
    ck_assert_int_eq(h.n_series, 2);
    ck_assert(fabs(h.series[0].inside - 32000) < 1e-6);
    ck_assert(fabs(h.series[1].inside - 32000) < 1e-6);
    h.mode = MODE_DELTA;
    histogram_fill(&h, result_of("transformer.wte.weight"), NULL, 7);
    ck_assert_int_eq(h.n_series, 1);
    ck_assert(fabs(h.series[0].inside - 32000) < 1e-6);
}
END_TEST

START_TEST(one_sided_and_constant)
{
    h.mode = MODE_DELTA;
    histogram_fill(&h, result_of("score.weight"), NULL, 10);
    ck_assert_int_eq(h.n_series, 1);
    ck_assert_str_eq(h.series[0].name, "base");
    histogram_reset(&h);
    h.mode = MODE_BASE;
    histogram_fill(&h, result_of("transformer.h.0.ln_1.weight"), NULL, 9);
    ck_assert(h.series[0].counts[4] == 64);
    histogram_reset(&h);
    histogram_fill(&h, result_of("empty.weight"), NULL, 9);
    ck_assert(h.low < h.high && h.series[0].inside == 0);
}
END_TEST

START_TEST(zooming)
{
    const struct scan_result *r = result_of("transformer.wte.weight");
    double low, high, middle;

    histogram_fill(&h, r, NULL, 40);
    low = h.low;
    high = h.high;
    for (int i = 0; i < 8; i++)
        histogram_act(&h, ACTION_RIGHT);
    middle = low + (high - low) * (h.cursor + 0.5) / 40;
    histogram_act(&h, ACTION_ZOOM_IN);
    histogram_fill(&h, r, NULL, 40);
    ck_assert(fabs((h.high - h.low) - (high - low) / 2) < 1e-12);
    ck_assert(fabs(h.low + (h.high - h.low) * (h.cursor + 0.5) / 40 - middle) < 1e-12);
    ck_assert(h.series[0].inside < 32000);
    for (int i = 0; i < 100; i++) {
        histogram_act(&h, ACTION_ZOOM_IN);
        histogram_fill(&h, r, NULL, 40);
        ck_assert(h.low < h.high && h.series[0].inside >= 0);
    }
    for (int i = 0; i < 200; i++)
        histogram_act(&h, ACTION_ZOOM_OUT);
    histogram_fill(&h, r, NULL, 40);
    ck_assert(h.low == low && h.high == high);
}
END_TEST

START_TEST(exact_bins)
{
    struct exact_side x = {.low = 0, .high = EXACT_BINS};
    double counts[4];

    for (int i = 0; i < EXACT_BINS; i++)
        x.bins[i] = i < EXACT_BINS / 2 ? 2 : 1;
    histogram_rebin(&x, 0, EXACT_BINS, counts, 4);
    ck_assert(counts[0] == EXACT_BINS / 2 && counts[3] == EXACT_BINS / 4);
    histogram_rebin(&x, 0.5, 1.5, counts, 4); /* halves of two bins */
    ck_assert(fabs(counts[0] + counts[1] + counts[2] + counts[3] - 2) < 1e-9);
    x.high = 0;
    histogram_rebin(&x, -1, 1, counts, 4);
    ck_assert(counts[2] == 1.5 * EXACT_BINS);
}
END_TEST

START_TEST(exact_replaces_the_sketch)
{
    uint32_t entry = small_model_find(model, "transformer.wte.weight");
    const struct exact_result *x = NULL;
    const char *error;

    while (!x) {
        x = comparison_exact(model, entry, &error);
        ck_assert_ptr_null(error);
        if (!x && model->pool) {
            pool_wait(model->pool);
            comparison_drain(model);
        }
    }
    histogram_fill(&h, result_of("transformer.wte.weight"), x, 40);
    ck_assert(h.exact);
    ck_assert(fabs(h.series[1].inside - 32000) < 1e-6);
    /* Of two that are too coarse the finer: the sketch near zero, the exact bins far from it. */
    h.low = h.full_high / 1e6;
    h.high = h.low * 1.1;
    histogram_fill(&h, result_of("transformer.wte.weight"), x, 40);
    ck_assert(!h.exact);
    h.low = h.full_high * 0.9999;
    h.high = h.full_high;
    histogram_fill(&h, result_of("transformer.wte.weight"), x, 40);
    ck_assert(h.exact);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("tensor_histogram");
    TCase *t = tcase_create("histogram");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, counts_everything);
    tcase_add_test(t, one_sided_and_constant);
    tcase_add_test(t, zooming);
    tcase_add_test(t, exact_bins);
    tcase_add_test(t, exact_replaces_the_sketch);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
