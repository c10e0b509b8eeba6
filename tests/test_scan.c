#include <check.h>
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/scan/scan.h"
#include "tests/support/oracle.h"
#include "tests/support/values.h"

static GHashTable *oracle;

struct data {
    enum dtype dtype;
    size_t n;
    void *base, *tuned;
};

struct named_case {
    const char *name;
    enum dtype dtype;
    size_t n;
    double (*base)(size_t i);
    double (*tuned)(size_t i, double base);
};

static double bell_base(size_t i)
{
    return values_bell(1, i);
}
static double bell_tuned(size_t i, double base)
{
    return base + 0.01 * values_bell(2, i);
}
static double blocks_base(size_t i)
{
    return 0.02 * values_bell(3, i);
}
static double blocks_tuned(size_t i, double base)
{
    return base + 0.0005 * values_bell(4, i);
}
static double offset_base(size_t i)
{
    return 1e8 + values_bell(5, i);
}
static double offset_tuned(size_t i, double base)
{
    return base + 1e-3 * values_bell(6, i);
}
static double gain_base(size_t i)
{
    return 1 + 1e-4 * values_bell(7, i);
}
static double gain_tuned(size_t i, double base)
{
    (void)i;
    return base * 1.001;
}
static double huge_base(size_t i)
{
    return 1e300 * values_bell(8, i);
}
static double huge_tuned(size_t i, double base)
{
    (void)i;
    return base * 1.25;
}
static double subnormal_base(size_t i)
{
    return 1e-310 * values_bell(9, i);
}
static double subnormal_tuned(size_t i, double base)
{
    return base + 1e-312 * values_bell(10, i);
}
static double heavy_base(size_t i)
{
    double x = values_bell(11, i);

    return x * x * x;
}
static double heavy_tuned(size_t i, double base)
{
    (void)i;
    return -base;
}
static double constant_base(size_t i)
{
    (void)i;
    return 0.1;
}
static double constant_tuned(size_t i, double base)
{
    (void)i;
    (void)base;
    return 0.3;
}
static double integers_base(size_t i)
{
    return nearbyint(20 * values_bell(12, i));
}
static double integers_tuned(size_t i, double base)
{
    return nearbyint(base + 2 * values_bell(13, i));
}
static double tiny_change_base(size_t i)
{
    return 1e-60 * values_bell(14, i);
}
static double tiny_change_tuned(size_t i, double base)
{
    (void)i;
    return base * (1 + 0x1p-50);
}

static const struct named_case cases[] = {
    {"bell", DTYPE_F64, 5000, bell_base, bell_tuned},
    {"blocks", DTYPE_F32, 2500000, blocks_base, blocks_tuned},
    {"offset", DTYPE_F64, 2500000, offset_base, offset_tuned},
    {"gain", DTYPE_F32, 300000, gain_base, gain_tuned},
    {"huge", DTYPE_F64, 4000, huge_base, huge_tuned},
    {"subnormal", DTYPE_F64, 4000, subnormal_base, subnormal_tuned},
    {"heavy", DTYPE_F64, 70000, heavy_base, heavy_tuned},
    {"constant", DTYPE_F32, 1200000, constant_base, constant_tuned},
    {"integers", DTYPE_I16, 9000, integers_base, integers_tuned},
    {"tiny_change", DTYPE_F64, 3000, tiny_change_base, tiny_change_tuned},
};

/* Stores a value and returns what was stored. */
static double store(void *values, enum dtype dtype, size_t i, double value)
{
    if (dtype == DTYPE_F32)
        return ((float *)values)[i] = (float)value;
    if (dtype == DTYPE_I16)
        return ((int16_t *)values)[i] = (int16_t)value;
    return ((double *)values)[i] = value;
}

static struct data make(const struct named_case *c)
{
    size_t bytes = dtype_info(c->dtype)->bytes * c->n;
    struct data d = {c->dtype, c->n, g_malloc(bytes), g_malloc(bytes)};

    for (size_t i = 0; i < c->n; i++)
        store(d.tuned, c->dtype, i, c->tuned(i, store(d.base, c->dtype, i, c->base(i))));
    return d;
}

static void data_free(struct data *d)
{
    g_free(d->base);
    g_free(d->tuned);
}

static void scan_all(const struct scan_ops *ops, const struct data *d, struct scan_result *out)
{
    struct scan_scratch *scratch = scan_scratch_create();
    size_t bytes = dtype_info(d->dtype)->bytes;

    scan_result_init(out);
    for (size_t at = 0; at < d->n; at += SCAN_BLOCK) {
        struct scan_result part;

        scan_result_init(&part);
        scan_block(ops, scratch, d->dtype, d->base ? (char *)d->base + at * bytes : NULL, d->dtype,
                   d->tuned ? (char *)d->tuned + at * bytes : NULL, &(struct scan_span){.first = at, .n = MIN(SCAN_BLOCK, d->n - at)}, &part);
        scan_result_merge(out, &part);
        scan_result_finish(&part);
    }
    scan_scratch_destroy(scratch);
}

static void expect(const char *name, const char *side, const char *field, double got, double slack)
{
    char *key = side ? g_strdup_printf("%s.%s", side, field) : g_strdup(field);
    double wanted = oracle_get(oracle, name, key);

    if (isnan(wanted))
        ck_assert_msg(isnan(got), "%s %s: %.17g, not NaN", name, key, got);
    else
        ck_assert_msg(fabs(got - wanted) <= slack,
                      "%s %s: %.17g, not %.17g (off by %.3g, allowed %.3g)", name, key, got, wanted,
                      fabs(got - wanted), slack);
    g_free(key);
}

static void expect_relative(const char *name, const char *side, const char *field, double got)
{
    char *key = g_strdup_printf("%s.%s", side, field);

    /* Subnormal results have fewer digits. */
    expect(name, side, field, got, fabs(oracle_get(oracle, name, key)) * 1e-12 + DBL_TRUE_MIN);
    g_free(key);
}

static void expect_side(const char *name, const char *side, const struct stats *s)
{
    double mean_size = stats_l1(s) / (double)stats_finite(s);

    expect_relative(name, side, "l1", stats_l1(s));
    expect_relative(name, side, "l2", stats_l2(s));
    expect_relative(name, side, "std", stats_std(s));
    expect(name, side, "mean", stats_mean(s), mean_size * 1e-12 + DBL_TRUE_MIN);
    expect(name, side, "min", s->min, 0);
    expect(name, side, "max", s->max, 0);
    expect(name, side, "min_at", (double)s->min_at, 0);
    expect(name, side, "max_at", (double)s->max_at, 0);
    expect(name, side, "zeros", (double)s->zeros, 0);
    expect(name, side, "skewness", stats_skewness(s), 1e-8);
    expect(name, side, "kurtosis", stats_kurtosis(s), 1e-8 * fmax(1, stats_kurtosis(s)));
}

static void expect_quantiles(const char *name, const char *side, const struct sketch *k,
                             const struct stats *s)
{
    static const double at[] = {0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999};

    for (size_t i = 0; i < G_N_ELEMENTS(at); i++) {
        char field[16], *key;
        double wanted;

        snprintf(field, sizeof field, "q%g", at[i]);
        key = g_strdup_printf("%s.%s", side, field);
        wanted = oracle_get(oracle, name, key);
        g_free(key);
        expect(name, side, field, sketch_quantile(k, at[i], s->min, s->max),
               fabs(wanted) * SKETCH_ERROR * 1.02 + 1e-4 * stats_std(s) + DBL_TRUE_MIN);
    }
}

START_TEST(test_oracle)
{
    const struct named_case *c = &cases[_i];
    struct data d = make(c);
    struct scan_result r;

    scan_all(scan_ops_choose(NULL), &d, &r);
    expect_side(c->name, "base", &r.stats.base);
    expect_side(c->name, "tuned", &r.stats.tuned);
    expect_side(c->name, "delta", &r.stats.delta);

    double relative = pair_relative(&r.stats), distance = pair_cosine_distance(&r.stats);

    expect(c->name, NULL, "relative", relative, relative * 1e-12);
    expect(c->name, NULL, "cosine_distance", distance, distance * 1e-12 + 2e-16);
    expect(c->name, NULL, "unchanged", (double)r.stats.unchanged, 0);
    expect(c->name, NULL, "sign_flips", (double)r.stats.sign_flips, 0);
    expect_quantiles(c->name, "base", &r.base, &r.stats.base);
    expect_quantiles(c->name, "tuned", &r.tuned, &r.stats.tuned);
    expect_quantiles(c->name, "delta", &r.delta, &r.stats.delta);
    if (!isnan(oracle_get(oracle, c->name, "w1"))) {
        double size = (stats_l1(&r.stats.base) + stats_l1(&r.stats.tuned)) / (double)d.n;

        expect(c->name, NULL, "w1", sketch_wasserstein(&r.base, &r.tuned), size / 64);
        expect(c->name, NULL, "ks", sketch_ks(&r.base, &r.tuned), 0.05);
    }
    scan_result_finish(&r);
    data_free(&d);
}
END_TEST

static void same_sketch(const struct sketch *a, const struct sketch *b)
{
    ck_assert_uint_eq(a->n_bins, b->n_bins);
    ck_assert_uint_eq(a->total, b->total);
    for (uint32_t i = 0; i < a->n_bins; i++) {
        ck_assert_int_eq(a->bins[i].key, b->bins[i].key);
        ck_assert_uint_eq(a->bins[i].count, b->bins[i].count);
    }
}

static void same_bits(double a, double b)
{
    ck_assert_msg(memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b)), "%a is not %a", a, b);
}

static void same_stats(const struct stats *a, const struct stats *b)
{
    ck_assert_uint_eq(a->elems, b->elems);
    ck_assert_uint_eq(a->nan, b->nan);
    ck_assert_uint_eq(a->inf, b->inf);
    ck_assert_uint_eq(a->zeros, b->zeros);
    ck_assert_int_eq(a->scale, b->scale);
    same_bits(a->l1, b->l1);
    same_bits(a->sumsq, b->sumsq);
    same_bits(a->mean, b->mean);
    same_bits(a->mean_low, b->mean_low);
    same_bits(a->m2, b->m2);
    same_bits(a->m3, b->m3);
    same_bits(a->m4, b->m4);
    same_bits(a->min, b->min);
    same_bits(a->max, b->max);
    ck_assert_uint_eq(a->min_at, b->min_at);
    ck_assert_uint_eq(a->max_at, b->max_at);
    ck_assert_int_eq(a->has_exact, b->has_exact);
    ck_assert_int_eq(a->exact_min, b->exact_min);
    ck_assert_int_eq(a->exact_max, b->exact_max);
}

static void same_result(const struct scan_result *a, const struct scan_result *b)
{
    same_stats(&a->stats.base, &b->stats.base);
    same_stats(&a->stats.tuned, &b->stats.tuned);
    same_stats(&a->stats.delta, &b->stats.delta);
    ck_assert_int_eq(a->stats.base_scale, b->stats.base_scale);
    ck_assert_int_eq(a->stats.tuned_scale, b->stats.tuned_scale);
    same_bits(a->stats.base_sumsq, b->stats.base_sumsq);
    same_bits(a->stats.tuned_sumsq, b->stats.tuned_sumsq);
    same_bits(a->stats.base_dot_delta, b->stats.base_dot_delta);
    ck_assert_uint_eq(a->stats.unchanged, b->stats.unchanged);
    ck_assert_uint_eq(a->stats.sign_flips, b->stats.sign_flips);
    same_sketch(&a->base, &b->base);
    same_sketch(&a->tuned, &b->tuned);
    same_sketch(&a->delta, &b->delta);
}

static const char *const variants[] = {"avx2", "avx512"};

START_TEST(test_variants_on_cases)
{
    struct data d = make(&cases[_i]);
    struct scan_result reference, r;

    scan_all(scan_ops_choose("scalar"), &d, &reference);
    for (size_t v = 0; v < G_N_ELEMENTS(variants); v++) {
        if (!scan_ops_choose(variants[v]))
            continue;
        scan_all(scan_ops_choose(variants[v]), &d, &r);
        same_result(&reference, &r);
        scan_result_finish(&r);
    }
    scan_result_finish(&reference);
    data_free(&d);
}
END_TEST

/* Two pages of memory between two that must not be touched. */
struct guarded {
    char *map, *start;
    size_t bytes;
};

static struct guarded guarded_create(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = 4 * page;
    char *map = mmap(NULL, bytes + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    ck_assert_ptr_ne(map, MAP_FAILED);
    ck_assert_int_eq(mprotect(map + page, bytes, PROT_READ | PROT_WRITE), 0);
    return (struct guarded){map, map + page, bytes};
}

static void guarded_destroy(struct guarded *g)
{
    munmap(g->map, g->bytes + 2 * (size_t)sysconf(_SC_PAGESIZE));
}

/* mix 0: finite; 1: with NaN, infinities, zeros; 2: also magnitudes that need scaling. */
static double awkward(uint64_t seed, uint64_t i, int mix)
{
    static const double odd[] = {NAN, INFINITY, -INFINITY, 0.0, -0.0, 1, -1};
    static const double extreme[] = {1e300, -1.7e308, 1.7e308, 5e-324, -1e-310, 1e-200, 0};
    uint64_t pick = values_bits(seed + 100, i);

    if (mix >= 1 && pick % 7 == 0)
        return odd[pick / 7 % 7];
    if (mix == 2 && pick % 3 == 0)
        return extreme[pick / 3 % 7];
    return values_bell(seed, i) * (mix == 3 ? 1e-300 : 1);
}

static void fill(char *to, enum dtype dtype, size_t n, uint64_t seed, int mix)
{
    size_t bytes = dtype_info(dtype)->bytes;

    for (size_t i = 0; i < n; i++) {
        uint64_t raw = values_bits(seed, i);
        double d = awkward(seed, i, mix);
        float f = (float)d;

        if (dtype == DTYPE_F64)
            memcpy(to + i * bytes, &d, bytes);
        else if (dtype == DTYPE_F32)
            memcpy(to + i * bytes, &f, bytes);
        else
            memcpy(to + i * bytes, &raw, bytes); /* any bits are a value */
    }
}

static void compare_variants(struct scan_scratch *scratch, enum dtype dtype, const void *base,
                             const void *tuned, size_t n)
{
    const struct scan_span span = {.first = 77, .n = n};
    struct scan_result reference, r;

    scan_result_init(&reference);
    scan_block(scan_ops_choose("scalar"), scratch, dtype, base, dtype, tuned, &span, &reference);
    for (size_t v = 0; v < G_N_ELEMENTS(variants); v++) {
        if (!scan_ops_choose(variants[v]))
            continue;
        scan_result_init(&r);
        scan_block(scan_ops_choose(variants[v]), scratch, dtype, base, dtype, tuned, &span, &r);
        same_result(&reference, &r);
        scan_result_finish(&r);
    }
    scan_result_finish(&reference);
}

/* Contract of the rows: every type, sizes around the lanes, every alignment, nothing read outside.
 */
START_TEST(test_variants_on_guard_pages)
{
    static const size_t sizes[] = {0,  1,  2,  3,  7,  8,  9,  15,  16,  17,  23,  31,   32,
                                   33, 47, 48, 63, 64, 65, 70, 511, 512, 513, 527, 1031, 1500};
    enum dtype dtype = (enum dtype)_i;
    size_t bytes = dtype_info(dtype)->bytes;
    struct guarded base = guarded_create(), tuned = guarded_create();
    struct scan_scratch *scratch = scan_scratch_create();

    for (size_t s = 0; s < G_N_ELEMENTS(sizes); s++)
        for (int mix = 0; mix < 4; mix++) {
            size_t n = sizes[s], shift = (s + (size_t)mix) % 8;
            char *at_end = base.start + base.bytes - n * bytes, *unaligned = tuned.start + shift;

            fill(at_end, dtype, n, s + 1, mix);
            fill(unaligned, dtype, n, s + 50, mix);
            compare_variants(scratch, dtype, at_end, unaligned, n);
            if (n > 0)
                compare_variants(scratch, dtype, at_end, NULL, n);
        }
    scan_scratch_destroy(scratch);
    guarded_destroy(&base);
    guarded_destroy(&tuned);
}
END_TEST

/* Feeding a tensor alone gives the numbers it has in a pair. */
START_TEST(test_alone_as_in_pair)
{
    struct data d = make(&cases[_i]), base = d, tuned = d;
    struct scan_result both, a, b;

    base.tuned = NULL;
    tuned.base = NULL;
    scan_all(scan_ops_choose(NULL), &d, &both);
    scan_all(scan_ops_choose(NULL), &base, &a);
    scan_all(scan_ops_choose(NULL), &tuned, &b);
    same_stats(&both.stats.base, &a.stats.base);
    same_stats(&both.stats.tuned, &b.stats.tuned);
    same_sketch(&both.base, &a.base);
    same_sketch(&both.tuned, &b.tuned);
    same_bits(both.stats.base_sumsq, both.stats.base.sumsq);
    same_bits(both.stats.tuned_sumsq, both.stats.tuned.sumsq);
    ck_assert(a.has_base && !a.has_tuned && a.stats.delta.elems == 0);
    scan_result_finish(&both);
    scan_result_finish(&a);
    scan_result_finish(&b);
    data_free(&d);
}
END_TEST

static struct scan_result scan_f64(const double *base, const double *tuned, size_t n)
{
    struct data d = {DTYPE_F64, n, (void *)base, (void *)tuned};
    struct scan_result r;

    scan_all(scan_ops_choose(NULL), &d, &r);
    return r;
}

START_TEST(test_not_finite)
{
    const double base[] = {1, NAN, INFINITY, -INFINITY, INFINITY, 3, -0.0, 1e300, NAN};
    const double tuned[] = {2, 5, INFINITY, INFINITY, 1, NAN, 0.0, NAN, NAN};
    struct scan_result r = scan_f64(base, tuned, G_N_ELEMENTS(base));

    ck_assert_uint_eq(r.stats.base.nan, 2);
    ck_assert_uint_eq(r.stats.base.inf, 3);
    ck_assert_uint_eq(stats_finite(&r.stats.base), 4);
    ck_assert_uint_eq(r.stats.tuned.nan, 3);
    ck_assert_uint_eq(r.stats.tuned.inf, 2);
    ck_assert_uint_eq(stats_finite(&r.stats.delta), 2);
    ck_assert_double_eq(stats_l2(&r.stats.delta), 1);
    ck_assert_uint_eq(r.stats.unchanged, 3);
    ck_assert_double_eq(stats_max_abs(&r.stats.base), 1e300);
    ck_assert_uint_eq(r.stats.base.max_at, 7);
    ck_assert_uint_eq(r.stats.base.min_at, 6);
    ck_assert(!signbit(r.stats.base.min));
    ck_assert_double_eq(r.stats.delta.max, 1);
    ck_assert_uint_eq(r.stats.delta.max_at, 0);
    ck_assert_uint_eq(r.delta.total, 2);
    scan_result_finish(&r);
}
END_TEST

START_TEST(test_relative_leaves_out_one_sided)
{
    const double base[] = {3, 1e6, 4}, tuned[] = {3.5, NAN, 4};
    struct scan_result r = scan_f64(base, tuned, 3);

    ck_assert_double_eq_tol(pair_relative(&r.stats), 0.1, 1e-15);
    ck_assert_double_eq(r.stats.base_sumsq, 25);
    ck_assert_double_eq(stats_l2(&r.stats.base), sqrt(1e12 + 25));
    scan_result_finish(&r);
}
END_TEST

START_TEST(test_most_is_one_sided)
{
    double base[40], tuned[40];
    struct scan_result r;

    for (int i = 0; i < 40; i++) {
        base[i] = i < 37 ? 1e10 : i - 36;
        tuned[i] = i < 37 ? NAN : base[i] * 1.5;
    }
    r = scan_f64(base, tuned, 40);
    ck_assert_double_eq_tol(pair_relative(&r.stats), 0.5, 1e-15);
    ck_assert_double_eq_tol(pair_cosine_distance(&r.stats), 0, 2e-16);
    ck_assert_double_eq_tol(r.stats.base_dot_delta, 7, 1e-14);
    scan_result_finish(&r);
}
END_TEST

START_TEST(test_nothing_finite)
{
    const double base[] = {NAN, NAN}, tuned[] = {INFINITY, -INFINITY};
    struct scan_result r = scan_f64(base, tuned, 2);

    ck_assert_double_eq(stats_l2(&r.stats.base), 0);
    ck_assert_double_nan(stats_mean(&r.stats.base));
    ck_assert_double_nan(stats_std(&r.stats.base));
    ck_assert_double_nan(r.stats.base.min);
    ck_assert_double_nan(stats_max_abs(&r.stats.base));
    ck_assert_double_nan(pair_relative(&r.stats));
    ck_assert_double_nan(pair_cosine_distance(&r.stats));
    ck_assert_double_nan(sketch_quantile(&r.base, 0.5, NAN, NAN));
    scan_result_finish(&r);
}
END_TEST

START_TEST(test_extremes)
{
    const double base[] = {1e300, -1e300, 1e299}, tuned[] = {-1.7e308, 1.7e308, 0};
    struct scan_result r = scan_f64(base, base, 3);

    ck_assert_double_eq_tol(stats_l2(&r.stats.base) / 1.4177446878757826e300, 1, 1e-15);
    ck_assert_double_eq_tol(stats_std(&r.stats.base) / 8.178562764256865e299, 1, 1e-14);
    ck_assert_double_eq(pair_relative(&r.stats), 0);
    ck_assert_double_eq(pair_cosine_distance(&r.stats), 0);
    scan_result_finish(&r);

    r = scan_f64(tuned, base, 3);
    ck_assert_double_eq_tol(pair_relative(&r.stats), 1 + 1e300 / 1.7e308, 1e-12);
    scan_result_finish(&r);

    const double other[] = {1.7e308, -1.7e308, 0};

    r = scan_f64(tuned, other, 3);
    ck_assert_double_eq_tol(pair_relative(&r.stats), 2, 1e-12);
    ck_assert_double_eq_tol(pair_cosine_distance(&r.stats), 2, 1e-12);
    scan_result_finish(&r);
}
END_TEST

START_TEST(test_blocks_of_different_scale)
{
    size_t n = SCAN_BLOCK + 3;
    double *x = g_new0(double, n);
    struct scan_result r;

    x[5] = 3e200;
    x[SCAN_BLOCK] = 4e200;
    x[SCAN_BLOCK + 1] = 1e-200;
    r = scan_f64(x, NULL, n);
    ck_assert_double_eq_tol(stats_l2(&r.stats.base) / 5e200, 1, 1e-15);
    ck_assert_uint_eq(r.stats.base.max_at, SCAN_BLOCK);
    scan_result_finish(&r);
    x[5] = 0;
    x[SCAN_BLOCK] = 2e-200;
    x[SCAN_BLOCK + 2] = -2e-200;
    r = scan_f64(x, NULL, n);
    ck_assert_double_eq_tol(stats_l2(&r.stats.base) / 3e-200, 1, 1e-15);
    ck_assert_uint_eq(r.stats.base.zeros, n - 3);
    scan_result_finish(&r);
    g_free(x);
}
END_TEST

START_TEST(test_exact_integers)
{
    const int64_t x[] = {5, INT64_MAX - 1, INT64_MAX, INT64_MIN + 1, INT64_MIN, 7};
    const uint64_t y[] = {5, UINT64_MAX - 1, UINT64_MAX, 3};
    struct data d = {DTYPE_I64, G_N_ELEMENTS(x), (void *)x, NULL};
    struct data u = {DTYPE_U64, G_N_ELEMENTS(y), NULL, (void *)y};
    struct scan_result r;

    scan_all(scan_ops_choose(NULL), &d, &r);
    ck_assert(r.stats.base.has_exact);
    ck_assert_int_eq(r.stats.base.exact_min, INT64_MIN);
    ck_assert_int_eq(r.stats.base.exact_max, INT64_MAX);
    ck_assert_uint_eq(r.stats.base.min_at, 4);
    ck_assert_uint_eq(r.stats.base.max_at, 2);
    scan_result_finish(&r);
    scan_all(scan_ops_choose(NULL), &u, &r);
    ck_assert_uint_eq((uint64_t)r.stats.tuned.exact_max, UINT64_MAX);
    ck_assert_uint_eq(r.stats.tuned.max_at, 2);
    ck_assert_uint_eq((uint64_t)r.stats.tuned.exact_min, 3);
    scan_result_finish(&r);
}
END_TEST

START_TEST(test_choose)
{
    const struct scan_ops *best = scan_ops_choose(NULL);

    ck_assert_ptr_nonnull(best);
    ck_assert_ptr_eq(scan_ops_choose(scan_ops_name(best)), best);
    ck_assert_str_eq(scan_ops_name(scan_ops_choose("scalar")), "scalar");
    ck_assert_ptr_null(scan_ops_choose("mmx"));
    ck_assert_ptr_null(scan_ops_choose(""));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scan");
    TCase *tc = tcase_create("scan");
    SRunner *runner = srunner_create(suite);
    int failed, n = G_N_ELEMENTS(cases);

    oracle = oracle_load("scan.txt");
    suite_add_tcase(suite, tc);
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, test_oracle, 0, n);
    tcase_add_loop_test(tc, test_variants_on_cases, 0, n);
    tcase_add_loop_test(tc, test_variants_on_guard_pages, 0, DTYPE_COUNT);
    tcase_add_loop_test(tc, test_alone_as_in_pair, 0, n);
    tcase_add_test(tc, test_not_finite);
    tcase_add_test(tc, test_relative_leaves_out_one_sided);
    tcase_add_test(tc, test_most_is_one_sided);
    tcase_add_test(tc, test_nothing_finite);
    tcase_add_test(tc, test_extremes);
    tcase_add_test(tc, test_blocks_of_different_scale);
    tcase_add_test(tc, test_exact_integers);
    tcase_add_test(tc, test_choose);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    g_hash_table_destroy(oracle);
    return failed != 0;
}
