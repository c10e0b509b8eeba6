#include <check.h>
#include <stdio.h>

#include "core/exact.h"
#include "tests/support/oracle.h"
#include "tests/support/values.h"

static GHashTable *oracle;

/* A source of one tensor in memory. */
struct memory {
    struct source source;
    struct tensor tensor;
    uint64_t dim[1];
    void *values;
    gint *cancel_at_read; /* set when read */
    bool fail;
};

static gboolean memory_read(struct source *s, uint32_t index, uint64_t first, size_t count,
                            void *dst, GError **error)
{
    struct memory *m = (struct memory *)s;
    size_t bytes = dtype_info(m->tensor.dtype)->bytes;

    (void)index;
    if (m->fail) {
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_INPUT, "no luck");
        return FALSE;
    }
    if (m->cancel_at_read)
        g_atomic_int_set(m->cancel_at_read, 1);
    memcpy(dst, (char *)m->values + first * bytes, count * bytes);
    return TRUE;
}

static const struct source_ops memory_ops = {.read = memory_read};

static struct memory *memory_create(enum dtype dtype, uint64_t n)
{
    struct memory *m = g_new0(struct memory, 1);

    m->values = g_malloc0(n * dtype_info(dtype)->bytes + 1);
    m->dim[0] = n;
    m->tensor = (struct tensor){.dtype = dtype, .rank = 1, .dim = m->dim, .elems = n};
    m->source.ops = &memory_ops;
    m->source.tensors = &m->tensor;
    m->source.n_tensors = 1;
    return m;
}

static void memory_destroy(struct memory *m)
{
    g_free(m->values);
    g_free(m);
}

static double put(struct memory *m, uint64_t i, double value)
{
    if (m->tensor.dtype == DTYPE_F32)
        return ((float *)m->values)[i] = (float)value;
    if (m->tensor.dtype == DTYPE_I16)
        return ((int16_t *)m->values)[i] = (int16_t)value;
    return ((double *)m->values)[i] = value;
}

static void fill(struct memory *base, struct memory *tuned, const char *name)
{
    for (uint64_t i = 0; i < base->tensor.elems; i++) {
        double x = 2.5, y = 2.5;

        if (strcmp(name, "f32") == 0) {
            x = values_bell(31, i);
            y = x + 0.01 * values_bell(32, i);
        } else if (strcmp(name, "f64") == 0) {
            x = values_bell(33, i);
            y = x * 1.001;
        } else if (strcmp(name, "i16") == 0) {
            x = nearbyint(1000 * values_bell(34, i));
            y = nearbyint(x * 1.1);
        } else if (strcmp(name, "few") == 0) {
            x = i == 0 ? 3 : -1;
            y = i == 0 ? 3 : 5;
        } else if (strcmp(name, "edges") == 0) {
            x = nearbyint(4 * values_bell(35, i)) / 4;
            y = x + 1;
        }
        put(base, i, x);
        put(tuned, i, y);
    }
}

static double wanted(const char *name, const char *side, const char *field)
{
    char *key = g_strdup_printf("%s.%s", side, field);
    double value = oracle_get(oracle, name, key);

    ck_assert_msg(!isnan(value), "%s %s", name, key);
    g_free(key);
    return value;
}

static void expect_side(const char *name, const char *side, const struct exact_side *s)
{
    uint64_t bins1 = 0, bins2 = 0;
    char field[32];

    for (unsigned q = 0; q < EXACT_QUANTILES; q++) {
        snprintf(field, sizeof field, "q%g", exact_quantile_at[q]);
        ck_assert_double_eq(s->quantiles[q], wanted(name, side, field));
    }
    ck_assert_double_eq(s->low, wanted(name, side, "low"));
    ck_assert_double_eq(s->high, wanted(name, side, "high"));
    for (uint64_t i = 0; i < EXACT_BINS; i++) {
        bins1 += s->bins[i] * (i + 1);
        bins2 += s->bins[i] * ((i + 1) * (i + 1) % 1009);
    }
    ck_assert_double_eq((double)bins1, wanted(name, side, "bins1"));
    ck_assert_double_eq((double)bins2, wanted(name, side, "bins2"));
    for (unsigned k = 0; k < s->n_top; k++) {
        snprintf(field, sizeof field, "top%u", k);
        ck_assert_double_eq(s->top[k].value, wanted(name, side, field));
        snprintf(field, sizeof field, "at%u", k);
        ck_assert_double_eq((double)s->top[k].at, wanted(name, side, field));
    }
}

START_TEST(test_oracle)
{
    static const struct {
        const char *name;
        enum dtype dtype;
        uint64_t n;
    } cases[] = {
        {"f32", DTYPE_F32, 1100000}, {"f64", DTYPE_F64, 20001},    {"i16", DTYPE_I16, 5000},
        {"few", DTYPE_F64, 2},       {"constant", DTYPE_F32, 100}, {"edges", DTYPE_F32, 3000},
    };
    struct memory *base = memory_create(cases[_i].dtype, cases[_i].n);
    struct memory *tuned = memory_create(cases[_i].dtype, cases[_i].n);
    struct exact_result *r = g_new0(struct exact_result, 1);
    GError *error = NULL;

    fill(base, tuned, cases[_i].name);
    ck_assert(exact_compute(&base->source, 0, &tuned->source, 0, r, NULL, &error));
    ck_assert(r->has_base && r->has_tuned);
    ck_assert_uint_eq(r->base.n_top, MIN(EXACT_TOP, cases[_i].n));
    expect_side(cases[_i].name, "base", &r->base);
    expect_side(cases[_i].name, "tuned", &r->tuned);
    expect_side(cases[_i].name, "delta", &r->delta);
    g_free(r);
    memory_destroy(base);
    memory_destroy(tuned);
}
END_TEST

START_TEST(test_not_finite_is_left_out)
{
    static const double x[] = {NAN, 3, INFINITY, -4, -INFINITY, -0.0, 4, 1e308, -1.2e308};
    struct memory *base = memory_create(DTYPE_F64, G_N_ELEMENTS(x));
    struct exact_result *r = g_new0(struct exact_result, 1);
    uint64_t sum = 0;

    memcpy(base->values, x, sizeof x);
    ck_assert(exact_compute(&base->source, 0, NULL, 0, r, NULL, NULL));
    ck_assert(r->has_base && !r->has_tuned);
    ck_assert_double_eq(r->base.low, -1.2e308);
    ck_assert_double_eq(r->base.high, 1e308);
    ck_assert_double_eq_tol(r->base.quantiles[4], 1.5, 1e-15);
    for (int i = 0; i < EXACT_BINS; i++)
        sum += r->base.bins[i];
    ck_assert_uint_eq(sum, 6);
    ck_assert_uint_eq(r->base.bins[0], 1);
    ck_assert_uint_eq(r->base.bins[EXACT_BINS - 1], 1);
    ck_assert_uint_eq(r->base.n_top, 6);
    ck_assert_uint_eq(r->base.top[2].at, 3);
    ck_assert_uint_eq(r->base.top[3].at, 6);
    ck_assert(!signbit(r->base.top[5].value));
    g_free(r);
    memory_destroy(base);
}
END_TEST

START_TEST(test_empty)
{
    struct memory *tuned = memory_create(DTYPE_BF16, 0);
    struct exact_result *r = g_new0(struct exact_result, 1);

    ck_assert(exact_compute(NULL, 0, &tuned->source, 0, r, NULL, NULL));
    ck_assert_double_nan(r->tuned.quantiles[0]);
    ck_assert_double_nan(r->tuned.low);
    ck_assert_uint_eq(r->tuned.n_top, 0);
    g_free(r);
    memory_destroy(tuned);
}
END_TEST

START_TEST(test_cancel_and_failure)
{
    struct memory *base = memory_create(DTYPE_F32, 10);
    struct exact_result *r = g_new0(struct exact_result, 1);
    GError *error = NULL;
    gint cancelled = 0;

    base->cancel_at_read = &cancelled;
    ck_assert(!exact_compute(&base->source, 0, NULL, 0, r, &cancelled, &error));
    ck_assert(g_error_matches(error, TARE_ERROR, TARE_ERROR_CANCELLED));
    g_clear_error(&error);
    base->fail = true;
    ck_assert(!exact_compute(&base->source, 0, NULL, 0, r, NULL, &error));
    ck_assert(g_error_matches(error, TARE_ERROR, TARE_ERROR_INPUT));
    g_clear_error(&error);
    g_free(r);
    memory_destroy(base);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exact");
    TCase *tc = tcase_create("exact");
    SRunner *runner = srunner_create(suite);
    int failed;

    oracle = oracle_load("exact.txt");
    suite_add_tcase(suite, tc);
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, test_oracle, 0, 6);
    tcase_add_test(tc, test_not_finite_is_left_out);
    tcase_add_test(tc, test_empty);
    tcase_add_test(tc, test_cancel_and_failure);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    g_hash_table_destroy(oracle);
    return failed != 0;
}
