#include <check.h>
#include <float.h>
#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/scan/sketch.h"
#include "tests/support/values.h"

static struct sketch sketch_of(const double *x, size_t n)
{
    struct sketch_table *t = sketch_table_create();
    struct sketch s;

    sketch_init(&s);
    sketch_table_add(t, x, n);
    sketch_table_take(t, &s);
    sketch_table_destroy(t);
    return s;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

START_TEST(test_bins_hold_their_values)
{
    static const double odd[] = {1,       -1,      1.03125,  5e-324, -5e-324,
                                 DBL_MIN, DBL_MAX, -DBL_MAX, 3e-310, -0.7};

    for (size_t i = 0; i < 3000; i++) {
        double x = i < G_N_ELEMENTS(odd)
                       ? odd[i]
                       : ldexp(values_uniform(1, i), (int)(values_bits(2, i) % 2090) - 1070);
        struct sketch s = sketch_of(&x, 1);
        double low, high;

        ck_assert_uint_eq(s.n_bins, 1);
        ck_assert_uint_eq(s.total, 1);
        sketch_bin_range(s.bins[0].key, &low, &high);
        ck_assert_msg(x == 0 || fabs(x) == DBL_MAX ||
                          (x > 0 ? low <= x && x < high : low < x && x <= high),
                      "%a is not in %a .. %a", x, low, high);
        ck_assert_double_eq_tol(sketch_quantile(&s, 0.5, NAN, NAN) / 4, x / 4,
                                1.0001 * SKETCH_ERROR * fabs(x / 4) + DBL_TRUE_MIN);
        sketch_finish(&s);
    }
}
END_TEST

START_TEST(test_sorted_and_cleared)
{
    double x[] = {3, -5, 0, -0.0, NAN, 3, 1e-320, -1e-320, INFINITY, 0x1p-1074, -1e300, 7e-5};
    struct sketch_table *t = sketch_table_create();
    struct sketch s, again;

    sketch_init(&s);
    sketch_init(&again);
    sketch_table_add(t, x, G_N_ELEMENTS(x));
    sketch_table_take(t, &s);
    ck_assert_uint_eq(s.total, 10);
    ck_assert_uint_eq(s.n_bins, 8);
    for (uint32_t i = 1; i < s.n_bins; i++)
        ck_assert_int_lt(s.bins[i - 1].key, s.bins[i].key);
    ck_assert_int_eq(s.bins[3].key, 0);
    ck_assert_uint_eq(s.bins[3].count, 2);
    sketch_table_take(t, &again);
    ck_assert_uint_eq(again.total, 0);
    ck_assert_uint_eq(again.n_bins, 0);
    sketch_finish(&s);
    sketch_finish(&again);
    sketch_table_destroy(t);
}
END_TEST

START_TEST(test_merge_is_the_whole)
{
    double x[2000];

    for (size_t i = 0; i < 2000; i++)
        x[i] = i % 9 == 0 ? 0 : values_bell(3, i) * (i < 1000 ? 1 : 20);

    struct sketch whole = sketch_of(x, 2000), a = sketch_of(x, 700), b = sketch_of(x + 700, 1300);

    sketch_merge(&a, &b);
    ck_assert_uint_eq(a.n_bins, whole.n_bins);
    ck_assert_uint_eq(a.total, whole.total);
    for (uint32_t i = 0; i < a.n_bins; i++) {
        ck_assert_int_eq(a.bins[i].key, whole.bins[i].key);
        ck_assert_uint_eq(a.bins[i].count, whole.bins[i].count);
    }
    sketch_finish(&a);
    sketch_finish(&b);
    sketch_finish(&whole);
}
END_TEST

/* numpy's linear interpolation of sorted values. */
START_TEST(test_quantiles)
{
    static const size_t sizes[] = {1, 2, 3, 10, 1001};
    size_t n = sizes[_i];
    double x[1001];

    for (size_t i = 0; i < n; i++)
        x[i] = values_bell(4, i) * exp2(values_uniform(5, i) * 6);

    struct sketch s = sketch_of(x, n);

    qsort(x, n, sizeof *x, by_value);
    for (double q = 0; q <= 1; q += 1.0 / 64) {
        double rank = q * (double)(n - 1), got = sketch_quantile(&s, q, x[0], x[n - 1]);
        size_t at = (size_t)rank, next = at + 1 < n ? at + 1 : at;
        double wanted = x[at] + (rank - (double)at) * (x[next] - x[at]);

        ck_assert_double_eq_tol(got, wanted, SKETCH_ERROR * fmax(fabs(x[at]), fabs(x[next])));
        ck_assert_double_eq_tol(sketch_quantile(&s, q, NAN, NAN), wanted,
                                SKETCH_ERROR * fmax(fabs(x[at]), fabs(x[next])));
    }
    ck_assert_double_eq(sketch_quantile(&s, 0, x[0], x[n - 1]), x[0]);
    ck_assert_double_eq(sketch_quantile(&s, 1, x[0], x[n - 1]), x[n - 1]);
    sketch_finish(&s);
}
END_TEST

START_TEST(test_rank_and_histogram)
{
    double x[4000], counts[50], sum = 0;

    for (size_t i = 0; i < 4000; i++)
        x[i] = values_bell(6, i);

    struct sketch s = sketch_of(x, 4000);

    ck_assert_double_eq_tol(sketch_rank(&s, 0), 2000, 100);
    ck_assert_double_eq_tol(sketch_rank(&s, 100), 4000, 1e-9);
    ck_assert_double_eq_tol(sketch_rank(&s, -100), 0, 1e-9);
    sketch_histogram(&s, -3.2, 3.2, counts, 50);
    for (size_t i = 0; i < 50; i++) {
        double left = -3.2 + (double)i * 0.128;

        ck_assert_double_eq_tol(counts[i], sketch_rank(&s, left + 0.128) - sketch_rank(&s, left),
                                1e-6);
        sum += counts[i];
    }
    ck_assert_double_eq_tol(sum, 4000, 1e-6);
    sketch_finish(&s);
}
END_TEST

START_TEST(test_histogram_of_zeros)
{
    const double x[] = {0, 0, 1};
    struct sketch s = sketch_of(x, 3);
    double counts[4];

    sketch_histogram(&s, -1, 1.5, counts, 4);
    ck_assert_double_eq(counts[1], 2);
    ck_assert_double_eq_tol(counts[3], 1, 1e-12);
    sketch_histogram(&s, 0, 0, counts, 4);
    ck_assert_double_eq(counts[0], 2);
    sketch_finish(&s);
}
END_TEST

#define N 3000

static double area_between(const double *a, const double *b)
{
    double sum = 0;

    for (size_t i = 0; i < N; i++)
        sum += fabs(a[i] - b[i]);
    return sum / N;
}

static double largest_gap(const double *a, const double *b)
{
    double most = 0;

    for (size_t i = 0, j = 0; i < N && j < N;) {
        double x = fmin(a[i], b[j]);

        while (i < N && a[i] <= x)
            i++;
        while (j < N && b[j] <= x)
            j++;
        most = fmax(most, fabs((double)i - (double)j) / N);
    }
    return most;
}

static double mean_size(const double *x)
{
    double sum = 0;

    for (size_t i = 0; i < N; i++)
        sum += fabs(x[i]);
    return sum / N;
}

START_TEST(test_distances)
{
    static const struct {
        double factor, offset;
    } cases[] = {{1, 0}, {1.1, 0}, {1, 0.5}, {-1, 2}, {3, -7}};
    double a[N], b[N];

    for (size_t i = 0; i < N; i++) {
        a[i] = values_bell(7, i);
        b[i] = cases[_i].offset + cases[_i].factor * values_bell(8, i);
    }
    qsort(a, N, sizeof *a, by_value);
    qsort(b, N, sizeof *b, by_value);

    struct sketch s = sketch_of(a, N), t = sketch_of(b, N);
    double ks = sketch_ks(&s, &t), exact_ks = largest_gap(a, b), js = sketch_js(&s, &t);

    ck_assert_double_eq_tol(sketch_wasserstein(&s, &t), area_between(a, b),
                            (mean_size(a) + mean_size(b)) / 64);
    ck_assert_double_le(ks, exact_ks + 1e-12);
    ck_assert_double_eq_tol(ks, exact_ks, 0.03);
    ck_assert(js >= 0 && js <= 1);
    ck_assert_double_eq_tol(js, sketch_js(&t, &s), 1e-15);
    ck_assert_double_eq(sketch_wasserstein(&s, &s), 0);
    ck_assert_double_eq(sketch_ks(&s, &s), 0);
    ck_assert_double_eq(sketch_js(&s, &s), 0);
    sketch_finish(&s);
    sketch_finish(&t);
}
END_TEST

START_TEST(test_distances_of_disjoint)
{
    const double x[] = {1, 1, 1, 1}, y[] = {-3, -3};
    struct sketch s = sketch_of(x, 4), t = sketch_of(y, 2), empty;

    sketch_init(&empty);
    ck_assert_double_eq(sketch_js(&s, &t), 1);
    ck_assert_double_eq(sketch_ks(&s, &t), 1);
    ck_assert_double_eq_tol(sketch_wasserstein(&s, &t), 4, 4.0 / 64);
    ck_assert_double_nan(sketch_js(&s, &empty));
    ck_assert_double_nan(sketch_ks(&empty, &s));
    ck_assert_double_nan(sketch_wasserstein(&empty, &empty));
    sketch_finish(&s);
    sketch_finish(&t);
}
END_TEST

static int by_size(const void *a, const void *b)
{
    double x = fabs(*(const double *)a), y = fabs(*(const double *)b);

    return (x < y) - (x > y);
}

START_TEST(test_energy_share)
{
    static const double shares[] = {0.001, 0.01, 0.2, 0.5, 1};
    double x[N], all = 0, top = 0;

    for (size_t i = 0; i < N; i++)
        x[i] = values_bell(9, i) * values_bell(10, i);

    struct sketch s = sketch_of(x, N);

    qsort(x, N, sizeof *x, by_size);
    for (size_t i = 0; i < N; i++)
        all += x[i] * x[i];
    for (size_t i = 0, k = 0; k < G_N_ELEMENTS(shares); k++) {
        for (; i < (size_t)(shares[k] * N); i++)
            top += x[i] * x[i];
        ck_assert_double_eq_tol(sketch_energy_share(&s, shares[k]), top / all,
                                5 * SKETCH_ERROR * top / all);
    }
    ck_assert_double_eq(sketch_energy_share(&s, 1), 1);
    sketch_finish(&s);

    const double zeros[] = {0, 0};

    s = sketch_of(zeros, 2);
    ck_assert_double_nan(sketch_energy_share(&s, 0.5));
    sketch_finish(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sketch");
    TCase *tc = tcase_create("sketch");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tc);
    tcase_add_test(tc, test_bins_hold_their_values);
    tcase_add_test(tc, test_sorted_and_cleared);
    tcase_add_test(tc, test_merge_is_the_whole);
    tcase_add_loop_test(tc, test_quantiles, 0, 5);
    tcase_add_test(tc, test_rank_and_histogram);
    tcase_add_test(tc, test_histogram_of_zeros);
    tcase_add_loop_test(tc, test_distances, 0, 5);
    tcase_add_test(tc, test_distances_of_disjoint);
    tcase_add_test(tc, test_energy_share);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
