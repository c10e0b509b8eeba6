/* Both routes of core/linalg.h against matrices whose singular values and directions are known. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/linalg.h"
#include "tests/support/values.h"

/* A = sum over i of sigma_i * u_i v_i' with the directions of two Householder reflections:
 * u_i = e_i - 2 p p_i, v_i = e_i - 2 q q_i. */
struct known {
    unsigned n, count;
    double *p, *q, *sigma;
    double *a; /* [count][n]: vector i is sum of sigma_j u_j[i] v_j */
};

static double *unit(uint64_t seed, unsigned n)
{
    double *x = g_new(double, n), sum = 0;

    for (unsigned i = 0; i < n; i++) {
        x[i] = values_bell(seed, i);
        sum += x[i] * x[i];
    }
    for (unsigned i = 0; i < n; i++)
        x[i] /= sqrt(sum);
    return x;
}

static void known_init(struct known *k, unsigned n, unsigned count, double ratio)
{
    *k = (struct known){
        n, count, unit(1, count), unit(2, n), g_new(double, n), g_new0(double, (gsize)n *count)};
    for (unsigned j = 0; j < n; j++)
        k->sigma[j] = pow(ratio, j);
    for (unsigned j = 0; j < n; j++)
        for (unsigned i = 0; i < count; i++) {
            double u = (i == j) - 2 * k->p[i] * k->p[j];

            for (unsigned c = 0; c < n; c++)
                k->a[(gsize)i * n + c] += k->sigma[j] * u * ((c == j) - 2 * k->q[c] * k->q[j]);
        }
}

static void known_finish(struct known *k)
{
    g_free(k->p);
    g_free(k->q);
    g_free(k->sigma);
    g_free(k->a);
}

static struct linalg_reduction *reduced(const struct known *k, enum linalg_layout layout,
                                        size_t piece)
{
    struct linalg_reduction *r = linalg_reduction_create(k->n, NULL);
    double *turned = g_new(double, piece * k->n);

    for (size_t at = 0; at < k->count; at += piece) {
        size_t count = MIN(piece, k->count - at);
        struct linalg_block block = {k->a + at * k->n, count, layout};

        for (size_t i = 0; i < count && layout == LINALG_COLUMNS; i++)
            for (unsigned j = 0; j < k->n; j++)
                turned[j * count + i] = k->a[(at + i) * k->n + j];
        if (layout == LINALG_COLUMNS)
            block.values = turned;
        linalg_reduction_add(r, &block);
    }
    g_free(turned);
    return r;
}

static const struct {
    unsigned n, count;
    double ratio;    /* of one singular value to the one before */
    double absolute; /* error of the small ones */
} cases[] = {
    {1, 5, 0.5, 1e-15},      {2, 2, 0.5, 1e-15},     {40, 40, 0.8, 1e-14},  {40, 1500, 0.5, 1e-14},
    {256, 256, 0.97, 1e-14}, {257, 257, 0.97, 3e-8}, {300, 900, 0.9, 3e-8},
};

START_TEST(known_values_come_out)
{
    const unsigned n = cases[_i].n;
    struct known k;
    double *sigma = g_new(double, n);

    known_init(&k, n, cases[_i].count, cases[_i].ratio);
    for (int layout = 0; layout < 2; layout++) {
        struct linalg_reduction *r = reduced(&k, layout ? LINALG_COLUMNS : LINALG_ROWS, 97);

        ck_assert(linalg_solve(r, sigma, NULL, NULL, NULL));
        for (unsigned i = 0; i < n; i++) {
            ck_assert_double_eq_tol(sigma[i], k.sigma[i], cases[_i].absolute);
            if (k.sigma[i] > 0.01)
                ck_assert_double_eq_tol(sigma[i] / k.sigma[i], 1, 1e-11);
        }
        ck_assert_double_eq_tol(sigma[0], 1, 3e-15);
        linalg_reduction_destroy(r);
    }
    known_finish(&k);
    g_free(sigma);
}
END_TEST

/* The directions of the largest, and what any vector has along each direction. */
START_TEST(known_directions_come_out)
{
    const unsigned n = cases[_i].n, k_top = MIN(n, 4);
    struct known k;
    double *sigma = g_new(double, n), *top = g_new0(double, 4 * n), *across = g_new(double, 4 * n);
    struct linalg_wish wish = {k_top, top, 4, across};
    struct linalg_reduction *r;

    known_init(&k, n, cases[_i].count, cases[_i].ratio);
    for (unsigned i = 0; i < 4 * n; i++)
        across[i] = values_bell(7, i);
    r = reduced(&k, LINALG_ROWS, 64);
    ck_assert(linalg_solve(r, sigma, &wish, NULL, NULL));
    for (unsigned j = 0; j < k_top; j++) {
        double dot = 0;

        for (unsigned c = 0; c < n; c++)
            dot += top[j * n + c] * ((c == j) - 2 * k.q[c] * k.q[j]);
        ck_assert_double_eq_tol(fabs(dot), 1, 1e-12);
    }
    for (unsigned j = 0; j < 4; j++)
        for (unsigned i = 0; i < n && k.sigma[i] > 1e-3; i++) {
            double dot = 0;

            for (unsigned c = 0; c < n; c++)
                dot += values_bell(7, j * n + c) * ((c == i) - 2 * k.q[c] * k.q[i]);
            ck_assert_double_eq_tol(fabs(across[j * n + i]), fabs(dot), 1e-8);
        }
    linalg_reduction_destroy(r);
    known_finish(&k);
    g_free(sigma);
    g_free(top);
    g_free(across);
}
END_TEST

/* The largest come out the same whether or not the others are followed. */
START_TEST(wishes_change_no_value)
{
    struct known k;
    double *plain = g_new(double, 300), *sigma = g_new(double, 300), across[300] = {1};
    struct linalg_wish wish = {0, NULL, 1, across};
    struct linalg_reduction *r;

    known_init(&k, 300, 400, 0.9);
    r = reduced(&k, LINALG_ROWS, 64);
    ck_assert(linalg_solve(r, plain, NULL, NULL, NULL));
    linalg_reduction_destroy(r);
    r = reduced(&k, LINALG_ROWS, 64);
    ck_assert(linalg_solve(r, sigma, &wish, NULL, NULL));
    linalg_reduction_destroy(r);
    for (int i = 0; i < 40; i++)
        ck_assert_double_eq_tol(sigma[i] / plain[i], 1, 1e-11);
    known_finish(&k);
    g_free(plain);
    g_free(sigma);
}
END_TEST

START_TEST(repeated_and_zero_values)
{
    static const unsigned sizes[] = {20, 300};

    for (unsigned s = 0; s < 2; s++) {
        unsigned n = sizes[s];
        double *a = g_new0(double, (gsize)n *n), *sigma = g_new(double, n);
        double *top = g_new(double, 3 * n), *across = g_new0(double, n);
        struct linalg_wish wish = {3, top, 1, across};
        struct linalg_block block = {a, n, LINALG_ROWS};
        struct linalg_reduction *r = linalg_reduction_create(n, NULL);
        double along = 0;

        for (unsigned i = 0; i < n / 2; i++)
            a[(gsize)i * n + i] = 2;
        across[0] = 1;
        linalg_reduction_add(r, &block);
        ck_assert(linalg_solve(r, sigma, &wish, NULL, NULL));
        for (unsigned i = 0; i < n; i++) {
            ck_assert_double_eq_tol(sigma[i], i < n / 2 ? 2 : 0, 1e-14);
            along += i < n / 2 ? across[i] * across[i] : 0;
        }
        ck_assert_double_eq_tol(along, 1, 1e-12);
        linalg_reduction_destroy(r);
        g_free(a);
        g_free(sigma);
        g_free(top);
        g_free(across);
    }
}
END_TEST

START_TEST(products_over_the_longer_side)
{
    enum { N = 5, COUNT = 9, K = 2 };
    double a[COUNT * N], b[COUNT * N], x[K * N], scratch[K * COUNT], out[K * N];

    linalg_reduction_destroy(linalg_reduction_create(N, NULL)); /* loads BLAS */

    for (int layout = 0; layout < 2; layout++) {
        struct linalg_block left = {a, COUNT, layout ? LINALG_COLUMNS : LINALG_ROWS}, right = left;

        right.values = b;
        for (int i = 0; i < COUNT; i++)
            for (int j = 0; j < N; j++) {
                int at = layout ? j * COUNT + i : i * N + j;

                a[at] = values_bell(3, (uint64_t)(i * N + j));
                b[at] = values_bell(4, (uint64_t)(i * N + j));
            }
        for (int i = 0; i < K * N; i++) {
            x[i] = values_bell(5, (uint64_t)i);
            out[i] = 1;
        }
        linalg_cross(&left, &right, N, K, x, scratch, out);
        for (int k = 0; k < K; k++)
            for (int j = 0; j < N; j++) {
                double sum = 1;

                for (int i = 0; i < COUNT; i++)
                    for (int c = 0; c < N; c++)
                        sum += values_bell(3, (uint64_t)(i * N + j)) *
                               values_bell(4, (uint64_t)(i * N + c)) * x[k * N + c];
                ck_assert_double_eq_tol(out[k * N + j], sum, 1e-12);
            }
    }
}
END_TEST

START_TEST(cancelled_before_and_within)
{
    struct known k;
    double *sigma = g_new(double, 300);
    gint cancelled = 1;
    GError *error = NULL;
    struct linalg_reduction *r;

    known_init(&k, 300, 300, 0.9);
    r = reduced(&k, LINALG_ROWS, 300);
    ck_assert(!linalg_solve(r, sigma, NULL, &cancelled, &error));
    ck_assert(g_error_matches(error, TARE_ERROR, TARE_ERROR_CANCELLED));
    g_clear_error(&error);
    linalg_reduction_destroy(r);
    linalg_reduction_destroy(NULL);
    known_finish(&k);
    g_free(sigma);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("linalg");
    TCase *tests = tcase_create("linalg");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, known_values_come_out, 0, G_N_ELEMENTS(cases));
    tcase_add_loop_test(tests, known_directions_come_out, 0, G_N_ELEMENTS(cases));
    tcase_add_test(tests, wishes_change_no_value);
    tcase_add_test(tests, repeated_and_zero_values);
    tcase_add_test(tests, products_over_the_longer_side);
    tcase_add_test(tests, cancelled_before_and_within);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
