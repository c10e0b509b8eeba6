#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "core/scan/stats.h"
#include "tests/support/values.h"

/* Two passes in long double: what struct stats should say. */
static struct stats stats_of(const double *x, uint64_t first, uint64_t n)
{
    struct stats s;
    long double sum = 0, mean;

    stats_init(&s);
    s.elems = n;
    if (n == 0)
        return s;
    s.min = s.max = x[0];
    s.min_at = s.max_at = first;
    for (uint64_t i = 0; i < n; i++) {
        sum += (long double)x[i] - x[0];
        s.l1 += fabs(x[i]);
        s.sumsq += x[i] * x[i];
        s.zeros += x[i] == 0;
        if (x[i] < s.min) {
            s.min = x[i];
            s.min_at = first + i;
        }
        if (x[i] > s.max) {
            s.max = x[i];
            s.max_at = first + i;
        }
    }
    mean = sum / (long double)n; /* beyond x[0] */
    s.mean = (double)(x[0] + mean);
    s.mean_low = (double)(((long double)x[0] - s.mean) + mean);
    for (uint64_t i = 0; i < n; i++) {
        long double d = ((long double)x[i] - x[0]) - mean;

        s.m2 += (double)(d * d);
        s.m3 += (double)(d * d * d);
        s.m4 += (double)(d * d * d * d);
    }
    return s;
}

static void close_to(double a, double b, double relative)
{
    ck_assert_msg(fabs(a - b) <= relative * fabs(b), "%.17g, not %.17g", a, b);
}

static void same_numbers(const struct stats *a, const struct stats *b, double relative)
{
    ck_assert_uint_eq(a->elems, b->elems);
    ck_assert_uint_eq(a->zeros, b->zeros);
    ck_assert_uint_eq(a->min_at, b->min_at);
    ck_assert_uint_eq(a->max_at, b->max_at);
    close_to(stats_l1(a), stats_l1(b), relative);
    close_to(stats_l2(a), stats_l2(b), relative);
    close_to(stats_mean(a), stats_mean(b), relative);
    close_to(stats_std(a), stats_std(b), relative);
    ck_assert_double_eq_tol(stats_skewness(a), stats_skewness(b), 1e-9);
    ck_assert_double_eq_tol(stats_kurtosis(a), stats_kurtosis(b), 1e-9);
}

#define N 3000

static void fill(double *x, double offset)
{
    for (uint64_t i = 0; i < N; i++)
        x[i] = offset + values_bell(1, i) + (i < N / 3 ? 0.5 : 0);
}

START_TEST(test_merge_is_the_whole)
{
    static const double offsets[] = {0, 3, -1e8};
    static const uint64_t cuts[] = {0, 1, 2, 999, 2000, N};
    double x[N];

    fill(x, offsets[_i]);

    struct stats whole = stats_of(x, 0, N), merged;

    stats_init(&merged);
    for (size_t c = 0; c + 1 < sizeof cuts / sizeof cuts[0]; c++) {
        struct stats part = stats_of(x + cuts[c], cuts[c], cuts[c + 1] - cuts[c]);

        stats_merge(&merged, &part);
    }
    same_numbers(&merged, &whole, 1e-13);
}
END_TEST

START_TEST(test_merge_is_associative)
{
    double x[N];

    fill(x, 7);

    struct stats a = stats_of(x, 0, 700), b = stats_of(x + 700, 700, 1300);
    struct stats c = stats_of(x + 2000, 2000, 1000), left = a, right = b, all = a;

    stats_merge(&left, &b);
    stats_merge(&left, &c);
    stats_merge(&right, &c);
    stats_merge(&all, &right);
    same_numbers(&left, &all, 1e-14);
}
END_TEST

START_TEST(test_empty_changes_nothing)
{
    const double x[] = {1, -2, 4};
    struct stats s = stats_of(x, 0, 3), before = s, empty;

    stats_init(&empty);
    stats_merge(&s, &empty);
    same_numbers(&s, &before, 0);
    stats_merge(&empty, &before);
    same_numbers(&empty, &before, 0);
}
END_TEST

START_TEST(test_first_of_equal_extremes)
{
    const double x[] = {1, -2, 4, -2, 4};
    struct stats a = stats_of(x, 0, 3), b = stats_of(x + 3, 3, 2);

    stats_merge(&a, &b);
    ck_assert_uint_eq(a.min_at, 1);
    ck_assert_uint_eq(a.max_at, 2);
}
END_TEST

START_TEST(test_scales_meet)
{
    struct stats a, b;
    const double x[] = {3}, y[] = {4};

    a = stats_of(x, 0, 1);
    b = stats_of(y, 1, 1);
    a.scale = b.scale = 900;
    a.min = a.max = ldexp(3, 900);
    b.scale = 901;
    b.l1 /= 2;
    b.mean /= 2;
    b.sumsq /= 4;
    b.min = b.max = ldexp(4, 900);
    stats_merge(&a, &b);
    ck_assert_double_eq(stats_l2(&a), ldexp(5, 900));
    ck_assert_double_eq(stats_l1(&a), ldexp(7, 900));
    ck_assert_double_eq(stats_mean(&a), ldexp(3.5, 900));
    ck_assert_double_eq(stats_std(&a), ldexp(0.5, 900));
}
END_TEST

START_TEST(test_nothing)
{
    struct pair_stats p;

    pair_stats_init(&p);
    ck_assert_double_eq(stats_l1(&p.base), 0);
    ck_assert_double_eq(stats_l2(&p.base), 0);
    ck_assert_double_nan(stats_rms(&p.base));
    ck_assert_double_nan(stats_mean(&p.base));
    ck_assert_double_nan(stats_std(&p.base));
    ck_assert_double_nan(stats_skewness(&p.base));
    ck_assert_double_nan(stats_kurtosis(&p.base));
    ck_assert_double_nan(stats_max_abs(&p.base));
    ck_assert_double_nan(pair_relative(&p));
    ck_assert_double_nan(pair_cosine_distance(&p));
    ck_assert_double_nan(pair_radial(&p));
    ck_assert_double_nan(pair_tangential(&p));
}
END_TEST

START_TEST(test_constant_has_no_shape)
{
    const double x[] = {2.5, 2.5, 2.5};
    struct stats s = stats_of(x, 0, 3);

    ck_assert_double_eq(stats_std(&s), 0);
    ck_assert_double_nan(stats_skewness(&s));
    ck_assert_double_nan(stats_kurtosis(&s));
}
END_TEST

/* base along the first axis with length 2, delta = (along, across). */
static struct pair_stats angle(double along, double across)
{
    struct pair_stats p;

    pair_stats_init(&p);
    p.base_sumsq = 4;
    p.delta.elems = 2;
    p.delta.sumsq = along * along + across * across;
    p.base_dot_delta = 2 * along;
    p.tuned_sumsq = (2 + along) * (2 + along) + across * across;
    return p;
}

START_TEST(test_pair_geometry)
{
    struct pair_stats p = angle(0, 2e-9);

    close_to(pair_cosine_distance(&p), 5e-19, 1e-12);
    close_to(pair_relative(&p), 1e-9, 1e-15);
    p = angle(1, 0);
    ck_assert_double_eq_tol(pair_cosine_distance(&p), 0, 2e-16);
    close_to(pair_radial(&p), 1, 1e-15);
    ck_assert_double_eq_tol(pair_tangential(&p), 0, 1e-15);
    p = angle(-1.5, 0); /* half as long */
    ck_assert_double_eq_tol(pair_cosine_distance(&p), 0, 1e-15);
    p = angle(-2, 2); /* at right angles */
    close_to(pair_cosine_distance(&p), 1, 1e-15);
    close_to(pair_tangential(&p), 2, 1e-15);
    p = angle(-4, 0); /* opposite */
    close_to(pair_cosine_distance(&p), 2, 1e-15);
    p = angle(0, 2);
    close_to(pair_cosine_distance(&p), 1 - sqrt(0.5), 1e-15);
}
END_TEST

/* What groups of tensors rely on: the pooled ratio lies between the smallest and the largest one
 * and its square is the mean of their squares, weighted by the squared norms of the base. */
START_TEST(test_pooled_ratio)
{
    struct pair_stats pooled;
    double least = INFINITY, most = 0, weighted = 0, weights = 0;

    pair_stats_init(&pooled);
    for (uint64_t i = 0; i < 50; i++) {
        struct pair_stats p =
            angle(values_uniform(2, i) * 0.1, values_uniform(3, i) * ldexp(1, -(int)(i % 5)));
        double r = pair_relative(&p);

        least = fmin(least, r);
        most = fmax(most, r);
        weighted += r * r * p.base_sumsq;
        weights += p.base_sumsq;
        pair_stats_merge(&pooled, &p);
    }
    ck_assert_double_ge(pair_relative(&pooled), least);
    ck_assert_double_le(pair_relative(&pooled), most);
    close_to(pair_relative(&pooled), sqrt(weighted / weights), 1e-14);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stats");
    TCase *tc = tcase_create("stats");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tc);
    tcase_add_loop_test(tc, test_merge_is_the_whole, 0, 3);
    tcase_add_test(tc, test_merge_is_associative);
    tcase_add_test(tc, test_empty_changes_nothing);
    tcase_add_test(tc, test_first_of_equal_extremes);
    tcase_add_test(tc, test_scales_meet);
    tcase_add_test(tc, test_nothing);
    tcase_add_test(tc, test_constant_has_no_shape);
    tcase_add_test(tc, test_pair_geometry);
    tcase_add_test(tc, test_pooled_ratio);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
