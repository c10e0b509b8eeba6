/* The depth rule: its statistics against SciPy, every class in the order of the rule, bands of any
 * number of blocks, what makes it silent, and the whole of it on planted pairs. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/depth.h"
#include "core/ranks.h"
#include "core/trend.h"
#include "tests/support/oracle.h"
#include "tests/support/planted.h"

#define MOST 64

static const struct depth_context fine = {0.02, 0.999, false};

/* Blocks of base norm 1 in float32. */
static struct depth judge_with(const double *r, uint32_t n, const struct depth_context *context,
                               const struct thresholds *t)
{
    struct depth_block blocks[MOST];
    struct depth d;

    for (uint32_t i = 0; i < n; i++)
        blocks[i] = (struct depth_block){i, 1, r[i], 2.5e-8};
    depth_judge(blocks, n, context, t, &d);
    return d;
}

static struct depth judge(const double *r, uint32_t n)
{
    struct thresholds t;

    thresholds_init(&t);
    return judge_with(r, n, &fine, &t);
}

static const char *const profiles[] = {"one_rate", "momentum", "decay_by_layer", "early_frozen",
                                       "two",      "five",     "ties",           "twelve",
                                       "many",     "noisy"};

START_TEST(statistics_as_scipy_has_them)
{
    const char *name = profiles[_i];
    GHashTable *oracle = oracle_load("depth.txt");
    uint32_t n = (uint32_t)oracle_get(oracle, name, "n");
    double r[MOST], p = oracle_get(oracle, name, "p"), about = oracle_get(oracle, name, "p_about");
    struct depth d;

    for (uint32_t i = 0; i < n; i++) {
        char field[8];

        g_snprintf(field, sizeof field, "r%u", i);
        r[i] = oracle_get(oracle, name, field);
    }
    d = judge(r, n);
    ck_assert_double_eq_tol(d.rho, oracle_get(oracle, name, "rho"), 1e-13);
    ck_assert_double_eq_tol(d.slope, oracle_get(oracle, name, "slope"), 1e-12);
    ck_assert_int_eq(d.p_exact, n <= RANKS_EXACT);
    if (n <= RANKS_EXACT)
        ck_assert_double_eq_tol(d.p, p, 1e-13);
    else /* the t distribution on one side, shuffles on the other */
        ck_assert_double_eq_tol(d.p, about, 0.01);
    depth_finish(&d);
    g_hash_table_destroy(oracle);
}
END_TEST

START_TEST(no_order_no_rank)
{
    const double same[] = {2, 2, 2, 2}, nan[] = {1, NAN, 2}, one[] = {1}, x[] = {1, 1, 1};

    ck_assert(isnan(trend_rho(same, 4)) && isnan(trend_p(same, 4)));
    ck_assert(isnan(trend_rho(nan, 3)) && isnan(trend_p(nan, 3)));
    ck_assert(isnan(trend_rho(one, 1)) && isnan(trend_p(one, 0)));
    ck_assert(isnan(trend_slope(x, nan, 3)) && isnan(trend_slope(NULL, NULL, 0)));
}
END_TEST

/* The first class of the rule that holds, in its order. */
static const struct {
    double r[8];
    enum depth_class class;
    bool early_moved, bound;
} cases[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0}, DEPTH_UNCHANGED, false, true},
    {{1e-9, 2e-9, 1e-9, 0, 0, 0, 1e-8, 1e-8}, DEPTH_UNCHANGED, false, true},
    {{.05, .05, .01, .01, .01, .01, .9, .9}, DEPTH_HEAVY_ALL, true, false},
    {{.01, .01, .04, .04, .04, .04, .02, .02}, DEPTH_MID_HEAVY, true, false},
    {{.004, .004, .01, .01, .02, .02, .032, .032}, DEPTH_LATE_HEAVY, false, false},
    {{.02, .02, .02, .02, .02, .02, .04, .04}, DEPTH_LATE_HEAVY, true, false},
    {{0, 0, 0, 0, .02, .02, .02, .02}, DEPTH_LATE_HEAVY, false, true},
    {{.04, .04, .02, .02, .02, .02, .02, .02}, DEPTH_EARLY_HEAVY, true, false},
    {{.004, .004, .002, .002, .002, .002, .002, .002}, DEPTH_EARLY_HEAVY, false, false},
    {{.02, .02, .02, .02, .02, .02, .02, .039}, DEPTH_FLAT, true, false},
    {{.02, .02, .03, .03, .03, .03, .02, .02}, DEPTH_FLAT, true, false},
};

START_TEST(classes)
{
    struct depth d = judge(cases[_i].r, 8);

    ck_assert_msg(d.verdict.class == cases[_i].class, "%d: %s", _i,
                  depth_class_name(d.verdict.class));
    ck_assert_int_eq(d.early_moved, cases[_i].early_moved);
    ck_assert_int_eq(d.verdict.contrast_is_bound, cases[_i].bound);
    ck_assert_uint_eq(d.verdict.band[DEPTH_EARLY].n, 2);
    ck_assert_uint_eq(d.verdict.band[DEPTH_MIDDLE].n, 4);
    ck_assert_double_eq_tol(d.floor, 2.5e-8, 1e-20);
    ck_assert_ptr_null(strstr(depth_class_text(&d), "catastrophic"));
    depth_finish(&d);
}
END_TEST

/* A band's mean is over blocks, its pooled ratio over weights. */
START_TEST(means_and_pooled_ratios)
{
    const struct depth_block blocks[] = {
        {0, 3, 0.03, 0.001}, {1, 4, 0.08, 0.002}, {2, 1, 0.06, 0}, {3, 1, 0.08, 0}};
    struct thresholds t;
    struct depth d;

    thresholds_init(&t);
    t.value[THRESHOLD_DEPTH_BAND] = 0.5;
    depth_judge(blocks, 4, &fine, &t, &d);
    ck_assert_double_eq_tol(d.verdict.band[DEPTH_EARLY].mean, 0.015, 1e-15);
    ck_assert_double_eq_tol(d.verdict.band[DEPTH_EARLY].pooled, hypot(0.03, 0.08) / 5, 1e-15);
    ck_assert_double_eq_tol(d.verdict.band[DEPTH_LATE].mean, 0.07, 1e-15);
    ck_assert_uint_eq(d.verdict.band[DEPTH_MIDDLE].n, 0);
    ck_assert(isnan(d.verdict.band[DEPTH_MIDDLE].mean));
    ck_assert_double_eq_tol(d.verdict.contrast, 0.07 / 0.015, 1e-13);
    ck_assert_double_eq_tol(d.floor, hypot(0.003, 0.008) / sqrt(27), 1e-15);
    depth_finish(&d);
}
END_TEST

/* round(f L) at each end, at least one block, and never more than there are. */
START_TEST(bands)
{
    static const struct {
        uint32_t n;
        double f;
        uint32_t early, middle;
    } rows[] = {{2, .25, 1, 0},   {3, .25, 1, 1},  {3, .5, 1, 1},   {4, .25, 1, 2},
                {5, .5, 2, 1},    {6, .25, 2, 2},  {12, .1, 1, 10}, {12, .25, 3, 6},
                {32, .25, 8, 16}, {32, .5, 16, 0}, {10, .25, 3, 4}};
    double r[MOST];

    for (unsigned i = 0; i < MOST; i++)
        r[i] = 0.01;
    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct thresholds t;
        struct depth d;

        thresholds_init(&t);
        t.value[THRESHOLD_DEPTH_BAND] = rows[i].f;
        d = judge_with(r, rows[i].n, &fine, &t);
        ck_assert_uint_eq(d.verdict.band[DEPTH_EARLY].n, rows[i].early);
        ck_assert_uint_eq(d.verdict.band[DEPTH_LATE].n, rows[i].early);
        ck_assert_uint_eq(d.verdict.band[DEPTH_MIDDLE].n, rows[i].middle);
        ck_assert_int_eq(d.low_resolution, rows[i].n <= 3);
        for (uint32_t b = 0; b < rows[i].n; b++)
            ck_assert_int_eq(depth_part_of(&d.verdict, b), b < rows[i].early ? DEPTH_EARLY
                                                           : b < rows[i].early + rows[i].middle
                                                               ? DEPTH_MIDDLE
                                                               : DEPTH_LATE);
        depth_finish(&d);
    }
}
END_TEST

/* Stable only if no choice of bands, and no single block, makes another class. */
START_TEST(stability)
{
    const double steady[] = {.004, .004, .006, .008, .012, .016, .024, .032};
    const double one_block[] = {.01, .01, .01, .01, .01, .01, .01, .05};
    struct depth d = judge(steady, 8);

    ck_assert(d.stable);
    ck_assert_uint_eq(d.n_checks, DEPTH_CHECKS);
    depth_finish(&d);
    d = judge(one_block, 8);
    ck_assert_int_eq(d.verdict.class, DEPTH_LATE_HEAVY);
    ck_assert_uint_eq(d.left_out, 7);
    ck_assert_int_eq(d.check[DEPTH_CHECKS - 1].class, DEPTH_FLAT);
    ck_assert(!d.stable);
    depth_finish(&d);
}
END_TEST

START_TEST(no_verdict)
{
    const double r[] = {.01, .02, .03, .04}, hole[] = {.01, NAN, .02};
    const struct depth_context far = {0.6, 0.95, false}, turned = {0.3, 0.8, false},
                               codes = {0.01, 1, true};
    struct thresholds t;
    struct depth d;

    thresholds_init(&t);
    for (int i = 0; i < 3; i++) {
        d = judge_with(r, 4, i == 0 ? &far : i == 1 ? &turned : &codes, &t);
        ck_assert_int_eq(d.verdict.class, DEPTH_NOT_COMPARABLE);
        ck_assert_ptr_nonnull(d.reason);
        depth_finish(&d);
    }
    for (int i = 0; i < 3; i++) {
        d = i == 2 ? judge(hole, 3) : judge(r, (uint32_t)i);
        ck_assert_int_eq(d.verdict.class, DEPTH_NONE);
        ck_assert_ptr_nonnull(d.reason);
        depth_finish(&d);
    }
}
END_TEST

/* A pair on disk would give the same: block ratios as planted, whatever the threads. */
START_TEST(of_a_planted_pair)
{
    struct planted p;
    struct comparison *c;
    struct depth d;

    planted_init(&p);
    for (uint32_t i = 0; i < p.blocks; i++)
        p.delta[i] = i < 2 ? 0x1p-9 : i < 6 ? 0x1p-8 : 0x1p-5;
    c = planted_compare(&p);
    ck_assert_uint_eq(depth_stacks(c), 1);
    ck_assert_ptr_null(depth_stack_name(c, 0));
    depth_of(c, 0, &d);
    ck_assert_uint_eq(d.n, 8);
    for (uint32_t i = 0; i < d.n; i++)
        ck_assert_double_eq_tol(d.relative[i] / p.delta[i], 1, 1e-5);
    ck_assert_int_eq(d.verdict.class, DEPTH_LATE_HEAVY);
    ck_assert_double_eq_tol(d.verdict.contrast, 16, 1e-3);
    ck_assert_double_eq(d.floor, dtype_info(DTYPE_F32)->floor);
    ck_assert(!d.early_moved);
    depth_finish(&d);
    comparison_destroy(c);
}
END_TEST

/* Of mixed types the floor is pooled by base norm. */
START_TEST(floor_of_mixed_types)
{
    double bf16 = dtype_info(DTYPE_BF16)->floor;
    struct rollup r;
    struct planted p;
    struct comparison *c;
    struct depth d;

    planted_init(&p);
    p.tuned_dtype = DTYPE_BF16;
    c = planted_compare(&p);
    depth_of(c, 0, &d);
    ck_assert_double_eq_tol(d.floor, bf16, 1e-15);
    comparison_model_rollup(c, &r);
    ck_assert_double_eq_tol(rollup_floor(&r), bf16, 1e-15);
    depth_finish(&d);
    comparison_destroy(c);
    p.tuned_dtype = DTYPE_F32;
    p.mixed = "_proj.weight";
    p.mixed_dtype = DTYPE_BF16;
    c = planted_compare(&p);
    depth_of(c, 0, &d);
    ck_assert_double_eq_tol(d.floor, bf16, 1e-15);
    depth_finish(&d);
    comparison_destroy(c);
    p.mixed = "up_proj.weight";
    c = planted_compare(&p);
    depth_of(c, 0, &d);
    ck_assert_double_lt(d.floor, bf16);
    ck_assert_double_gt(d.floor, bf16 / 4);
    depth_finish(&d);
    comparison_destroy(c);
}
END_TEST

/* The shuffles are always the same ones. */
START_TEST(same_again)
{
    double r[MOST];
    struct depth a, b;

    for (unsigned i = 0; i < MOST; i++)
        r[i] = 0.01 + 0.001 * (i * 7 % 13);
    a = judge(r, MOST);
    b = judge(r, MOST);
    ck_assert_double_eq(a.p, b.p);
    ck_assert_double_gt(a.p, 0.05);
    depth_finish(&a);
    depth_finish(&b);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("depth");
    TCase *t = tcase_create("depth");
    SRunner *r;
    int failed;

    tcase_add_loop_test(t, statistics_as_scipy_has_them, 0, G_N_ELEMENTS(profiles));
    tcase_add_test(t, no_order_no_rank);
    tcase_add_loop_test(t, classes, 0, G_N_ELEMENTS(cases));
    tcase_add_test(t, means_and_pooled_ratios);
    tcase_add_test(t, bands);
    tcase_add_test(t, stability);
    tcase_add_test(t, no_verdict);
    tcase_add_test(t, of_a_planted_pair);
    tcase_add_test(t, floor_of_mixed_types);
    tcase_add_test(t, same_again);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
