/* Inner loops: the same bits in all variants, and what libm says. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/activity_kernels.h"
#include "core/random.h"

enum { MOST = 67 };
static const char *const variants[] = {"scalar", "avx2", "avx512"};

static double uniform(uint64_t *seed)
{
    return random_unit(seed);
}

/* All results for rows of n, one after the other. */
static size_t results(const struct activity_kernels *k, size_t n, double *out)
{
    uint64_t seed = n + 1;
    float x[MOST] = {0}, y[MOST] = {0}, w[MOST] = {0}, most[MOST] = {0}, raised[MOST], largest;
    double sum[MOST] = {0}, p[MOST] = {0}, q[MOST] = {0}, cross = 0;
    size_t at = 0;

    for (size_t i = 0; i < n; i++) {
        x[i] = (float)(8 * uniform(&seed) - 4);
        y[i] = (float)(8 * uniform(&seed) - 4);
        w[i] = i % 5 ? (float)exp(6 * uniform(&seed)) : 0;
        raised[i] = -INFINITY;
    }
    k->add_units(sum, most, x, n);
    k->add_units_rectified(sum, raised, y, n);
    for (size_t i = 0; i < n; i++) {
        out[at++] = sum[i];
        out[at++] = (double)most[i] + (double)raised[i];
    }
    out[at++] = k->magnitude(x, n, &largest);
    out[at++] = (double)largest;
    k->normalise(p, w, n);
    for (size_t i = 0; i < n; i++)
        w[i] += i % 3 ? 1e-4F : 0.5F;
    k->normalise(q, w, n);
    out[at++] = k->entropy(p, n);
    out[at++] = k->distance(p, n, (double)n / 3);
    out[at++] = k->divergence(p, q, n);
    out[at++] = k->exponentials(x, y, n, 4, &cross);
    out[at++] = cross;
    return at;
}

START_TEST(variants_are_the_same)
{
    for (size_t n = 0; n < MOST; n++) {
        double first[3 * MOST + 8], again[3 * MOST + 8];
        size_t count = results(activity_kernels_choose("scalar"), n, first);

        for (size_t v = 1; v < sizeof variants / sizeof *variants; v++)
            if (activity_kernels_choose(variants[v])) {
                ck_assert_uint_eq(results(activity_kernels_choose(variants[v]), n, again), count);
                ck_assert_mem_eq(first, again, count * sizeof *first);
            }
    }
    ck_assert_ptr_null(activity_kernels_choose("none such"));
}
END_TEST

static void near(double value, double truth, double tolerance)
{
    ck_assert_msg(fabs(value - truth) <= tolerance * fmax(fabs(truth), 1e-300),
                  "%.17g, it should be %.17g", value, truth);
}

START_TEST(they_say_what_libm_says)
{
    const struct activity_kernels *k = activity_kernels_choose(NULL);
    uint64_t seed = 5;

    for (int run = 0; run < 20000; run++) {
        double p[1] = {ldexp(0.5 + uniform(&seed) / 2, (int)random_below(&seed, 1000) - 999)};
        float x[2] = {(float)(-700 * uniform(&seed)), 0}, y[2] = {0, 0};
        double cross = 0;

        near(k->entropy(p, 1), -p[0] * log(p[0]), 2e-15);
        near(k->exponentials(x, y, 1, 0, &cross), exp((double)x[0]), 4e-15);
        near(cross, exp((double)x[0]) * (double)x[0], 4e-15);
    }
}
END_TEST

static double divergence_of(double p, double q)
{
    double middle = (p + q) / 2;

    return (p > 0 ? p * log(p / middle) : 0) / 2 + (q > 0 ? q * log(q / middle) : 0) / 2;
}

START_TEST(distributions_apart)
{
    const struct activity_kernels *k = activity_kernels_choose(NULL);

    for (int i = 0; i <= 100; i++) {
        double p[2] = {i / 100.0, 1 - i / 100.0}, q[2] = {0.3, 0.7}, one[2] = {1, 0},
               other[2] = {0, 1};

        ck_assert_double_eq_tol(k->divergence(p, q, 2),
                                divergence_of(p[0], q[0]) + divergence_of(p[1], q[1]), 1e-15);
        ck_assert_double_eq_tol(k->divergence(one, other, 2), log(2), 1e-15);
        ck_assert_double_eq(k->divergence(p, p, 2), 0);
    }
    /* Too near for logarithms: d^2 / (8 p) each, the difference to what is beyond it 1e-16 of it.
     */
    near(k->divergence((double[]){0.25 + 1e-8, 0.75 - 1e-8}, (double[]){0.25, 0.75}, 2),
         1e-16 / 8 * (1 / 0.25 + 1 / 0.75), 1e-7);
}
END_TEST

START_TEST(what_is_not_finite_counts_nowhere)
{
    const struct activity_kernels *k = activity_kernels_choose(NULL);
    const float x[3] = {NAN, -INFINITY, -2}, none[2] = {0, 0};
    double sum[3] = {0}, p[2], cross = 0;
    float most[3] = {0}, largest;

    k->add_units(sum, most, x, 3);
    ck_assert(sum[0] == 0 && sum[1] == 0 && sum[2] == -2 && most[0] == 0 && most[2] == 2);
    ck_assert_double_eq(k->magnitude(x, 3, &largest), 2);
    ck_assert(isinf(largest));
    k->normalise(p, none, 2);
    ck_assert(p[0] == 0 && p[1] == 0 && k->entropy(p, 2) == 0 && k->divergence(p, p, 2) == 0);
    /* A logit of -infinity has no probability. */
    ck_assert_double_eq(k->exponentials((float[]){0, -INFINITY}, none, 2, 0, &cross), 1);
    ck_assert_double_eq(cross, 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("activity_kernels");
    TCase *t = tcase_create("activity_kernels");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_add_test(t, variants_are_the_same);
    tcase_add_test(t, they_say_what_libm_says);
    tcase_add_test(t, distributions_apart);
    tcase_add_test(t, what_is_not_finite_counts_nowhere);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
