/* A tensor with a matrix form is scanned in tiles: the same numbers as in one stretch, first places
 * of the extremes too, and every row of kernels to the same last bit. */
#include <check.h>
#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/scan/scan.h"
#include "tests/support/values.h"

#define ELEMS 40000

/* Of a type of few values, extremes are met many times. */
static const struct {
    enum dtype dtype;
    bool nonfinite, extreme;
} cases[] = {
    {DTYPE_F32, false, false}, {DTYPE_F32, true, false},  {DTYPE_BF16, false, false},
    {DTYPE_BF16, true, false}, {DTYPE_F16, true, false},  {DTYPE_I8, false, false},
    {DTYPE_U16, false, false}, {DTYPE_F64, false, false}, {DTYPE_F64, true, true},
};

static const uint64_t widths[] = {1,  3,  8,  13,  16,  24,  30,   32,
                                  63, 64, 65, 100, 500, 768, 5000, 39999};

static void store(unsigned char *at, enum dtype dtype, double x, uint64_t bits)
{
    float f = (float)x;
    uint32_t wide;

    memcpy(&wide, &f, sizeof wide);
    wide >>= 16;
    if (dtype == DTYPE_F64)
        memcpy(at, &x, sizeof x);
    else if (dtype == DTYPE_F32)
        memcpy(at, &f, sizeof f);
    else if (dtype == DTYPE_BF16)
        memcpy(at, &wide, 2);
    else
        memcpy(at, &bits, dtype_info(dtype)->bytes);
}

static void *stored(size_t which, uint64_t seed)
{
    enum dtype dtype = cases[which].dtype;
    unsigned char *v = g_malloc(ELEMS * dtype_info(dtype)->bytes);

    for (size_t i = 0; i < ELEMS; i++) {
        uint64_t bits = values_bits(seed + 50, i);
        double x = values_bell(seed, i);

        if (cases[which].nonfinite && bits % 997 == 0)
            x = bits & 64 ? NAN : bits & 128 ? INFINITY : -INFINITY;
        if (cases[which].extreme && bits % 101 == 0)
            x *= 1e200;
        store(v + i * dtype_info(dtype)->bytes, dtype, x,
              dtype == DTYPE_F16 ? bits & 0xbfff : bits);
    }
    return v;
}

/* Of one block, which starts in the middle of a row. */
static struct scan_result scan(const char *cpu, enum dtype dtype, const void *base,
                               const void *tuned, uint64_t cols)
{
    struct scan_scratch *scratch = scan_scratch_create();
    struct energy_shape shape = {cols > 0 ? ELEMS / cols + 2 : 0, cols};
    struct scan_span span = {cols / 2, ELEMS, shape};
    struct scan_result r;

    scan_result_init(&r);
    scan_block(scan_ops_choose(cpu), scratch, dtype, base, dtype, tuned, &span, &r);
    scan_scratch_destroy(scratch);
    return r;
}

static void close_to(double a, double b, double size)
{
    ck_assert_msg(fabs(a - b) <= 1e-12 * size, "%.17g is not %.17g", a, b);
}

static void same_numbers(const struct stats *a, const struct stats *flat, uint64_t first)
{
    double n = (double)stats_finite(a);

    ck_assert(a->elems == flat->elems && a->nan == flat->nan && a->inf == flat->inf);
    ck_assert(a->zeros == flat->zeros && a->scale == flat->scale);
    ck_assert(a->min == flat->min && a->max == flat->max);
    ck_assert_uint_eq(a->min_at - first, flat->min_at);
    ck_assert_uint_eq(a->max_at - first, flat->max_at);
    close_to(a->l1, flat->l1, flat->l1);
    close_to(a->sumsq, flat->sumsq, flat->sumsq);
    close_to(a->mean, flat->mean, sqrt(flat->sumsq / n));
    close_to(a->m2, flat->m2, flat->m2);
    close_to(a->m3, flat->m3, fabs(flat->m3) + flat->m2 * sqrt(flat->m2 / n));
    close_to(a->m4, flat->m4, flat->m4);
}

static void same_sketch(const struct sketch *a, const struct sketch *b)
{
    ck_assert(a->n_bins == b->n_bins && a->total == b->total);
    for (uint32_t i = 0; i < a->n_bins; i++)
        ck_assert(a->bins[i].key == b->bins[i].key && a->bins[i].count == b->bins[i].count);
}

START_TEST(test_as_in_one_stretch)
{
    enum dtype dtype = cases[_i].dtype;
    void *base = stored((size_t)_i, 1), *tuned = stored((size_t)_i, 2);
    struct scan_result flat = scan(NULL, dtype, base, tuned, 0);

    for (size_t w = 0; w < G_N_ELEMENTS(widths); w++) {
        struct scan_result r = scan(NULL, dtype, base, tuned, widths[w]);
        double length = sqrt(flat.stats.base.sumsq) * sqrt(flat.stats.delta.sumsq);

        same_numbers(&r.stats.base, &flat.stats.base, widths[w] / 2);
        same_numbers(&r.stats.tuned, &flat.stats.tuned, widths[w] / 2);
        same_numbers(&r.stats.delta, &flat.stats.delta, widths[w] / 2);
        close_to(r.stats.base_dot_delta, flat.stats.base_dot_delta, length);
        ck_assert(r.stats.unchanged == flat.stats.unchanged);
        ck_assert(r.stats.sign_flips == flat.stats.sign_flips);
        same_sketch(&r.base, &flat.base);
        same_sketch(&r.tuned, &flat.tuned);
        same_sketch(&r.delta, &flat.delta);
        scan_result_finish(&r);
    }
    scan_result_finish(&flat);
    g_free(base);
    g_free(tuned);
}
END_TEST

START_TEST(test_variants)
{
    static const char *const variants[] = {"avx2", "avx512"};
    enum dtype dtype = cases[_i].dtype;
    void *base = stored((size_t)_i, 3), *tuned = stored((size_t)_i, 4);

    for (size_t w = 0; w < G_N_ELEMENTS(widths); w++) {
        struct scan_result reference = scan("scalar", dtype, base, tuned, widths[w]);

        for (size_t v = 0; v < G_N_ELEMENTS(variants); v++) {
            struct scan_result r;

            if (!scan_ops_choose(variants[v]))
                continue;
            r = scan(variants[v], dtype, base, tuned, widths[w]);
            ck_assert(memcmp(&r.stats, &reference.stats, sizeof r.stats) == 0);
            same_sketch(&r.delta, &reference.delta);
            scan_result_finish(&r);
        }
        scan_result_finish(&reference);
    }
    g_free(base);
    g_free(tuned);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("scan_matrix");
    TCase *t = tcase_create("scan_matrix");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, test_as_in_one_stretch, 0, G_N_ELEMENTS(cases));
    tcase_add_loop_test(t, test_variants, 0, G_N_ELEMENTS(cases));
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
