/* Spectra against NumPy, weightwatcher, powerlaw and the intruder script
 * (tests/oracle/spectrum.py), against planted ranks and spikes, and as the comparison computes them
 * in the background. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "core/linalg.h"
#include "core/rule.h"
#include "core/spectrum_all.h"
#include "tests/support/memory_source.h"
#include "tests/support/oracle.h"
#include "tests/support/values.h"

static GHashTable *oracle;

static double *noise(uint64_t seed, uint64_t n, double size)
{
    double *x = g_new(double, n);

    for (uint64_t i = 0; i < n; i++)
        x[i] = size * values_bell(seed, i);
    return x;
}

/* x += the sum of `rank` outer products, in the order of the script. */
static void plant(double *x, uint64_t seed, uint64_t rows, uint64_t cols, uint64_t rank,
                  double size)
{
    double *d = g_new0(double, rows *cols);

    for (uint64_t r = 0; r < rank; r++)
        for (uint64_t i = 0; i < rows; i++)
            for (uint64_t j = 0; j < cols; j++)
                d[i * cols + j] +=
                    size * (values_bell(seed + r, i) * values_bell(seed + rank + r, j));
    for (uint64_t i = 0; i < rows * cols; i++)
        x[i] = x[i] + d[i];
    g_free(d);
}

struct matrices {
    uint64_t rows, cols;
    double *base, *tuned; /* tuned NULL: one file */
};

static void add_matrix(struct memory_source *m, const char *name, const struct matrices *x,
                       const double *values)
{
    const uint64_t dim[2] = {x->rows, x->cols};

    memory_source_add(m, name, TENSOR_WEIGHT, DTYPE_F64, 2, dim, values);
}

static struct comparison *compared(const struct matrices *x, unsigned n, guint threads)
{
    const struct comparison_options options = {.threads = threads};
    struct memory_source *base = memory_source_create("base.h5");
    struct memory_source *tuned = x->tuned ? memory_source_create("tuned.h5") : NULL;
    struct comparison *c;

    for (unsigned i = 0; i < n; i++) {
        char *name = g_strdup_printf("dense_%u.kernel", i);

        add_matrix(base, name, &x[i], x[i].base);
        if (tuned)
            add_matrix(tuned, name, &x[i], x[i].tuned);
        g_free(name);
    }
    c = comparison_create(checkpoint_create(memory_source_finish(base)),
                          tuned ? checkpoint_create(memory_source_finish(tuned)) : NULL, &options,
                          NULL);
    comparison_scan_start(c);
    comparison_scan_wait(c);
    return c;
}

static void free_matrices(struct matrices *x)
{
    g_free(x->base);
    g_free(x->tuned);
}

static struct spectrum *spectrum_of(const struct comparison *c, enum orientation orientation)
{
    const struct scan_result *r = &c->summary.entries[0].result;
    struct spectrum_input in = {.source = {c->base->source, c->tuned ? c->tuned->source : NULL},
                                .orientation = orientation,
                                .stats = &r->stats,
                                .has_delta = r->has_delta};
    struct lazy_watch watch = {0};
    struct spectrum *s;

    ck_assert(
        spectrum_shape(&c->base->source->tensors[0], comparison_place(c, 0), &in.rows, &in.cols));
    s = spectrum_compute(&in, &watch, NULL);
    ck_assert_ptr_nonnull(s);
    ck_assert_int_eq(watch.step, watch.of);
    return s;
}

static void expect(const char *name, const char *field, double value, double relative)
{
    double wanted = oracle_get(oracle, name, field);

    ck_assert_msg(!isnan(wanted), "no %s %s", name, field);
    ck_assert_msg(fabs(value - wanted) <= relative * fabs(wanted), "%s %s: %.17g, not %.17g", name,
                  field, value, wanted);
}

static void expect_side(const char *name, const char *side, const struct spectrum_side *s,
                        bool gram)
{
    char field[64];

    for (uint32_t i = 0; i < s->n; i += s->n <= 64 ? 1 : 16) {
        g_snprintf(field, sizeof field, "%s.sigma%u", side, i);
        if (s->sigma[i] > s->tolerance)
            expect(name, field, s->sigma[i], 1e-10);
    }
    g_snprintf(field, sizeof field, "%s.rank", side);
    expect(name, field, s->rank, 0);
    g_snprintf(field, sizeof field, "%s.stable_rank", side);
    expect(name, field, s->stable_rank, 2e-14);
    g_snprintf(field, sizeof field, "%s.effective_rank", side);
    expect(name, field, s->effective_rank, gram ? 1e-10 : 1e-12);
    g_snprintf(field, sizeof field, "%s.effective_rank_energy", side);
    expect(name, field, s->effective_rank_energy, 1e-12);
    g_snprintf(field, sizeof field, "%s.entropy", side);
    expect(name, field, s->entropy, 2e-7); /* it adds 1e-10 to every p */
    g_snprintf(field, sizeof field, "%s.plain_entropy", side);
    expect(name, field, s->entropy, 1e-12);
}

static void expect_pair(const char *name, const struct spectrum *s)
{
    char field[64];

    for (int i = 0; i < SPECTRUM_ENERGIES; i++) {
        g_snprintf(field, sizeof field, "energy%u", spectrum_energy_at[i]);
        expect(name, field, s->energy[i], 1e-10);
    }
    expect(name, "intruders", s->intruders, 0);
    expect(name, "overlap", s->overlap, 1e-9);
    expect(name, "overlap_random", s->overlap_random, 1e-15);
    expect(name, "sigma_ratio", s->sigma_ratio, 1e-10);
    expect(name, "radial", s->radial, 1e-12);
    expect(name, "decay", s->decay, 1e-12);
    if (s->decay_residual > 1e-6)
        expect(name, "decay_residual", s->decay_residual, 1e-12);
}

static const struct {
    const char *name;
    uint64_t rows, cols;
    enum orientation orientation;
} shapes[] = {
    {"square", 60, 60, ORIENTATION_OUT_IN},      {"tall", 90, 40, ORIENTATION_NONE},
    {"wide", 40, 120, ORIENTATION_IN_OUT},       {"flat", 40, 100, ORIENTATION_OUT_IN},
    {"gram", 300, 320, ORIENTATION_OUT_IN},      {"gram_tall", 330, 270, ORIENTATION_OUT_IN},
    {"gram_wide", 270, 400, ORIENTATION_IN_OUT},
};

static struct matrices make_shape(unsigned i)
{
    struct matrices x = {shapes[i].rows, shapes[i].cols, NULL, NULL};
    uint64_t n = x.rows * x.cols;
    double *moved = noise(110 + 20 * i, n, 0.004);

    x.base = noise(100 + 20 * i, n, 0.02);
    plant(x.base, 101 + 20 * i, x.rows, x.cols, 3, 0.03);
    x.tuned = g_new(double, n);
    for (uint64_t k = 0; k < n; k++)
        x.tuned[k] = x.base[k] + moved[k];
    plant(x.tuned, 111 + 20 * i, x.rows, x.cols, 2, 0.01);
    g_free(moved);
    return x;
}

START_TEST(as_the_references)
{
    struct matrices x = make_shape((unsigned)_i);
    struct comparison *c = compared(&x, 1, 1);
    struct spectrum *s = spectrum_of(c, shapes[_i].orientation);
    static const char *const sides[] = {"base", "tuned", "delta"};

    ck_assert_int_eq(s->gram, x.rows > 256);
    for (int i = 0; i < SPECTRUM_SIDES; i++)
        expect_side(shapes[_i].name, sides[i], &s->side[i], s->gram);
    expect_pair(shapes[_i].name, s);
    spectrum_destroy(s);
    comparison_destroy(c);
    free_matrices(&x);
}
END_TEST

START_TEST(a_delta_of_low_rank)
{
    struct matrices x = {64, 96, noise(300, 64 * 96, 0.02), noise(300, 64 * 96, 0.02)};
    struct comparison *c;
    struct spectrum *s;
    GArray *findings;

    plant(x.tuned, 301, 64, 96, 4, 0.05);
    c = compared(&x, 1, 2);
    s = spectrum_of(c, ORIENTATION_OUT_IN);
    expect_pair("low", s);
    ck_assert_uint_le(s->rank_99, 4);
    ck_assert_uint_eq(spectrum_low_rank(s, 0.99, 0.125), 4);
    ck_assert_uint_eq(spectrum_low_rank(s, 0.99, 0.01), 0);
    ck_assert_uint_eq(s->side[SPECTRUM_DELTA].bulk.spikes, s->side[SPECTRUM_DELTA].rank);
    spectrum_all(c);
    findings = rules_check(c);
    ck_assert_uint_ge(findings->len, 1);
    ck_assert_str_eq(g_array_index(findings, struct finding, findings->len - 1).rule->id,
                     "low_rank");
    findings_free(findings);
    spectrum_destroy(s);
    comparison_destroy(c);
    free_matrices(&x);
}
END_TEST

START_TEST(decay_alone)
{
    struct matrices x = {64, 96, noise(300, 64 * 96, 0.02), noise(300, 64 * 96, 0.02)};
    struct comparison *c;
    struct spectrum *s;

    for (int i = 0; i < 64 * 96; i++)
        x.tuned[i] *= 0.96875;
    c = compared(&x, 1, 1);
    s = spectrum_of(c, ORIENTATION_NONE);
    expect_pair("decay", s);
    ck_assert_double_lt(s->decay_residual, 1e-7);
    ck_assert_uint_eq(spectrum_low_rank(s, 0.99, 0.125), 0);
    spectrum_destroy(s);
    comparison_destroy(c);
    free_matrices(&x);
}
END_TEST

/* Eigenvalues 1 / (1.001 + u)^2 as the script makes them. */
START_TEST(tails_as_the_references)
{
    static const struct {
        const char *name;
        uint64_t seed;
        uint32_t n;
    } tails[] = {{"tail100", 400, 100}, {"tail700", 401, 700}};
    struct spectrum_tail t;
    GArray *lambda = g_array_new(FALSE, FALSE, sizeof(double));

    for (uint32_t i = 0; i < tails[_i].n; i++) {
        double x = 1.0009765625 + values_uniform(tails[_i].seed, i), l = 1 / (x * x);
        guint at = 0;

        while (at < lambda->len && g_array_index(lambda, double, at) > l)
            at++;
        g_array_insert_val(lambda, at, l);
    }
    spectrum_tail_fit((const double *)(void *)lambda->data, tails[_i].n, &t);
    expect(tails[_i].name, "alpha", t.alpha, 1e-12);
    expect(tails[_i].name, "xmin", t.xmin, 1e-15);
    expect(tails[_i].name, "distance", t.distance, 1e-11);
    expect(tails[_i].name, "powerlaw.alpha", t.alpha, 1e-12);
    expect(tails[_i].name, "powerlaw.xmin", t.xmin, 1e-15);
    expect(tails[_i].name, "powerlaw.distance", t.distance, 1e-11);
    g_array_free(lambda, TRUE);
}
END_TEST

START_TEST(tails_of_next_to_nothing)
{
    static const double equal[] = {2, 2, 2}, one[] = {3};
    struct spectrum_tail t;

    spectrum_tail_fit(one, 0, &t);
    ck_assert_double_nan(t.alpha);
    spectrum_tail_fit(one, 1, &t);
    ck_assert_double_nan(t.alpha);
    spectrum_tail_fit(equal, 3, &t);
    ck_assert_double_nan(t.alpha);
}
END_TEST

START_TEST(the_law_of_noise)
{
    static const struct {
        const char *name;
        double ratio;
    } laws[] = {{"mp0.1", 0.1}, {"mp0.5", 0.5}, {"mp0.75", 0.75}, {"mp1", 1}};

    for (gsize i = 0; i < G_N_ELEMENTS(laws); i++)
        expect(laws[i].name, "median", spectrum_bulk_median(laws[i].ratio), 1e-9);
}
END_TEST

/* Noise of variance 1 (bell's), and spikes of a known height in it. */
START_TEST(planted_spikes_are_counted)
{
    enum { ROWS = 200, COLS = 400 };
    static const unsigned planted[] = {0, 1, 5, 40};
    struct matrices x = {ROWS, COLS, noise(500, ROWS * COLS, 1), NULL};
    unsigned spikes = planted[_i];
    double edge = (1 + sqrt(0.5)) * (1 + sqrt(0.5));
    struct comparison *c;
    struct spectrum *s;

    plant(x.base, 600, ROWS, COLS, spikes, 0.4);
    c = compared(&x, 1, 1);
    s = spectrum_of(c, ORIENTATION_NONE);
    ck_assert_uint_eq(s->side[SPECTRUM_BASE].bulk.spikes, spikes);
    ck_assert_uint_ge(s->side[SPECTRUM_BASE].bulk.above, spikes);
    ck_assert_double_eq_tol(s->side[SPECTRUM_BASE].bulk.variance, 1, spikes > 10 ? 0.12 : 0.05);
    ck_assert_double_eq_tol(s->side[SPECTRUM_BASE].bulk.edge / s->side[SPECTRUM_BASE].bulk.variance,
                            edge, 1e-12);
    ck_assert_double_gt(s->side[SPECTRUM_BASE].bulk.margin, 0);
    ck_assert_uint_eq(s->side[SPECTRUM_TUNED].n, 0);
    ck_assert_uint_eq(s->compared, 0);
    ck_assert_double_nan(s->overlap);
    ck_assert_double_nan(s->energy[0]);
    spectrum_destroy(s);
    comparison_destroy(c);
    free_matrices(&x);
}
END_TEST

/* Squares of these overflow, and vanish. */
START_TEST(scaled_without_loss)
{
    static const double factors[] = {0x1p700, 0x1p-700};
    struct matrices x = make_shape(0);
    struct comparison *c = compared(&x, 1, 1);
    struct spectrum *plain = spectrum_of(c, ORIENTATION_OUT_IN), *s;

    comparison_destroy(c);
    for (int i = 0; i < 3600; i++) {
        x.base[i] *= factors[_i];
        x.tuned[i] *= factors[_i];
    }
    c = compared(&x, 1, 1);
    s = spectrum_of(c, ORIENTATION_OUT_IN);
    for (uint32_t i = 0; i < 60; i++)
        ck_assert_double_eq(s->side[SPECTRUM_DELTA].sigma[i],
                            plain->side[SPECTRUM_DELTA].sigma[i] * factors[_i]);
    ck_assert_double_eq_tol(s->overlap, plain->overlap, 1e-13);
    ck_assert_uint_eq(s->intruders, plain->intruders);
    spectrum_destroy(plain);
    spectrum_destroy(s);
    comparison_destroy(c);
    free_matrices(&x);
}
END_TEST

START_TEST(what_has_no_spectrum)
{
    struct matrices x = {8, 8, noise(1, 64, 1), noise(2, 64, 1)};
    struct comparison *c;
    struct spectrum *s;

    x.tuned[3] = NAN;
    c = compared(&x, 1, 1);
    s = spectrum_of(c, ORIENTATION_NONE);
    ck_assert_uint_eq(s->side[SPECTRUM_BASE].n, 8);
    ck_assert_ptr_nonnull(s->side[SPECTRUM_TUNED].absent);
    ck_assert_ptr_nonnull(s->side[SPECTRUM_DELTA].absent);
    ck_assert_uint_eq(s->rank_99, 0);
    spectrum_destroy(s);
    comparison_destroy(c);
    free_matrices(&x);
    x = (struct matrices){8, 8, noise(1, 64, 1), noise(1, 64, 1)}; /* not moved */
    c = compared(&x, 1, 1);
    s = spectrum_of(c, ORIENTATION_NONE);
    ck_assert_uint_eq(s->side[SPECTRUM_DELTA].n, 8);
    ck_assert_double_eq(s->side[SPECTRUM_DELTA].sigma[0], 0);
    ck_assert_double_nan(s->side[SPECTRUM_DELTA].stable_rank);
    ck_assert_double_eq_tol(s->overlap, 1, 1e-12);
    ck_assert_uint_eq(s->intruders, 0);
    spectrum_destroy(s);
    comparison_destroy(c);
    free_matrices(&x);
}
END_TEST

START_TEST(beyond_the_limit_is_refused)
{
    struct spectrum_input in = {.rows = LINALG_MOST + 1, .cols = LINALG_MOST + 1};
    struct lazy_watch watch = {0};
    GError *error = NULL;

    ck_assert_ptr_null(spectrum_compute(&in, &watch, &error));
    ck_assert(g_error_matches(error, TARE_ERROR, TARE_ERROR_LIMIT));
    g_clear_error(&error);
}
END_TEST

static const struct spectrum *wait_for(struct comparison *c, uint32_t entry, const char **why)
{
    const struct spectrum *s;

    while (!(s = comparison_spectrum(c, entry, why)) && !*why)
        comparison_wait(c);
    return s;
}

/* Looking at another tensor stops what runs; what was computed stays. */
START_TEST(in_the_background)
{
    struct matrices x[] = {make_shape(4), make_shape(0), make_shape(1)};
    struct comparison *c = compared(x, 3, 2);
    const struct spectrum *s;
    const char *why;

    comparison_spectrum(c, 0, &why);
    ck_assert(comparison_spectrum_running(c, NULL, NULL));
    s = wait_for(c, 1, &why);
    ck_assert_ptr_nonnull(s);
    ck_assert_ptr_eq(comparison_known_spectrum(c, 1, NULL), s);
    ck_assert_ptr_null(comparison_known_spectrum(c, 2, NULL));
    ck_assert_ptr_nonnull(wait_for(c, 2, &why));
    ck_assert_ptr_eq(comparison_known_spectrum(c, 1, NULL), s);
    ck_assert(!comparison_spectrum_cancel(c));
    comparison_spectrum(c, 0, &why); /* left running */
    comparison_destroy(c);
    for (int i = 0; i < 3; i++)
        free_matrices(&x[i]);
}
END_TEST

START_TEST(cancelled_until_resumed)
{
    struct matrices x = make_shape(4);
    struct comparison *c = compared(&x, 1, 1);
    const char *why;

    ck_assert(!comparison_spectrum_resume(c));
    comparison_spectrum(c, 0, &why);
    ck_assert(comparison_spectrum_cancel(c));
    ck_assert(!comparison_spectrum_cancel(c));
    ck_assert_ptr_null(wait_for(c, 0, &why));
    ck_assert_ptr_nonnull(why);
    ck_assert(!comparison_spectrum_running(c, NULL, NULL));
    ck_assert(comparison_spectrum_resume(c));
    ck_assert_ptr_nonnull(wait_for(c, 0, &why));
    comparison_destroy(c);
    free_matrices(&x);
}
END_TEST

/* The same bits for any number of threads. */
START_TEST(all_of_them)
{
    struct matrices x[7];
    struct comparison *c[2];

    for (unsigned i = 0; i < 7; i++)
        x[i] = make_shape(i);
    for (unsigned k = 0; k < 2; k++) {
        c[k] = compared(x, 7, k ? 4 : 1);
        spectrum_all(c[k]);
    }
    for (uint32_t i = 0; i < 7; i++) {
        const struct spectrum *a = comparison_known_spectrum(c[0], i, NULL);
        const struct spectrum *b = comparison_known_spectrum(c[1], i, NULL);

        ck_assert(a && b);
        for (int side = 0; side < SPECTRUM_SIDES; side++)
            ck_assert_mem_eq(a->side[side].sigma, b->side[side].sigma,
                             a->side[side].n * sizeof(double));
        ck_assert_mem_eq(&a->overlap, &b->overlap, sizeof a->overlap);
    }
    for (unsigned k = 0; k < 2; k++)
        comparison_destroy(c[k]);
    for (unsigned i = 0; i < 7; i++)
        free_matrices(&x[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("spectrum");
    TCase *tests = tcase_create("spectrum");
    SRunner *runner;
    int failed;

    oracle = oracle_load("spectrum.txt");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, as_the_references, 0, G_N_ELEMENTS(shapes));
    tcase_add_test(tests, a_delta_of_low_rank);
    tcase_add_test(tests, decay_alone);
    tcase_add_loop_test(tests, tails_as_the_references, 0, 2);
    tcase_add_test(tests, tails_of_next_to_nothing);
    tcase_add_test(tests, the_law_of_noise);
    tcase_add_loop_test(tests, planted_spikes_are_counted, 0, 4);
    tcase_add_loop_test(tests, scaled_without_loss, 0, 2);
    tcase_add_test(tests, what_has_no_spectrum);
    tcase_add_test(tests, beyond_the_limit_is_refused);
    tcase_add_test(tests, in_the_background);
    tcase_add_test(tests, cancelled_until_resumed);
    tcase_add_test(tests, all_of_them);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    g_hash_table_destroy(oracle);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
