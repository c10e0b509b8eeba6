/* Spectra of pairs whose sides lie differently: in the base's form they are those of the pair that
 * lies alike, to the last bit; and of an adapter, against NumPy (tests/oracle/spectrum.py). */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/spectrum_all.h"
#include "core/spectrum_text.h"
#include "tests/support/frameworks.h"
#include "tests/support/memory_source.h"
#include "tests/support/oracle.h"
#include "tests/support/values.h"

static struct comparison *compare(struct checkpoint *base, struct checkpoint *tuned, double alpha)
{
    const struct comparison_options options = {
        .threads = 2, .use_rules = true, .lora_alpha = alpha};
    struct comparison *c = comparison_create(base, tuned, &options, NULL);

    ck_assert_ptr_nonnull(c);
    comparison_scan_start(c);
    comparison_scan_wait(c);
    spectrum_all(c);
    return c;
}

/* The checkpoint with every weight moved a little; takes it. */
static struct source *moved(struct checkpoint *c)
{
    struct memory_source *m = memory_source_create("tuned.h5");

    for (uint32_t i = 0; i < c->source->n_tensors; i++) {
        const struct tensor *t = checkpoint_tensor(c, i);
        float *x = g_new(float, t->elems);

        ck_assert(c->source->ops->read(c->source, i, 0, t->elems, x, NULL));
        for (uint64_t k = 0; k < t->elems; k++)
            x[k] += 0.01f * (float)values_bell(100 + i, k);
        memory_source_add(m, t->name, t->kind, t->dtype, t->rank, t->dim, x);
        g_free(x);
    }
    checkpoint_destroy(c);
    return memory_source_finish(m);
}

static const struct {
    const char *base, *tuned;
} ways[] = {
    {"gpt2.torch", "gpt2.hub"},    /* cut out of the fused one's place: put together */
    {"gpt2.hub", "gpt2.torch"},    /* cut */
    {"gpt2.torch", "gpt2.linear"}, /* transposed */
    {"llama.torch", "llama.hub"},  {"llama.hub", "llama.torch"}, {"llama.torch", "llama.fused"},
    {"llama.hub", "llama.fused"},  {"bert.torch", "bert.hub"},   {"bert.hub", "bert.tf"},
};

static void check_same(const struct spectrum *a, const struct spectrum *b, const char *name)
{
    for (int side = 0; side < SPECTRUM_SIDES; side++) {
        ck_assert_msg(a->side[side].n && a->side[side].n == b->side[side].n, "%s: side %d", name,
                      side);
        ck_assert_ptr_null(a->side[side].absent);
        ck_assert_mem_eq(a->side[side].sigma, b->side[side].sigma,
                         a->side[side].n * sizeof(double));
    }
    ck_assert_mem_eq(a->energy, b->energy, sizeof a->energy);
    ck_assert_mem_eq(&a->overlap, &b->overlap, sizeof a->overlap);
    ck_assert_uint_eq(a->intruders, b->intruders);
    ck_assert_uint_eq(a->rank_99, b->rank_99);
}

START_TEST(lying_otherwise)
{
    char *architecture = g_strndup(ways[_i].base, strcspn(ways[_i].base, "."));
    struct weights *w = weights_make(architecture, 30), *t;
    struct source *s = moved(weights_write(w, ways[_i].base));
    struct comparison *alike, *other;
    guint compared = 0;

    t = weights_read(s, ways[_i].base, g_str_has_prefix(architecture, "llama") ? 4 : 2);
    alike = compare(weights_write(w, ways[_i].base), weights_write(t, ways[_i].base), 0);
    other = compare(weights_write(w, ways[_i].base), weights_write(t, ways[_i].tuned), 0);
    ck_assert(other->tuned->presented && !alike->tuned->presented);
    ck_assert_uint_eq(alike->pairing.n_entries, other->pairing.n_entries);
    for (uint32_t i = 0; i < alike->pairing.n_entries; i++) {
        const struct spectrum *a = comparison_known_spectrum(alike, i, NULL);
        const struct spectrum *b = comparison_known_spectrum(other, i, NULL);

        ck_assert_int_eq(a != NULL, b != NULL);
        if (!a)
            continue;
        check_same(a, b, comparison_tensor(alike, i)->name);
        compared++;
    }
    ck_assert_uint_ge(compared, 8);
    comparison_destroy(alike);
    comparison_destroy(other);
    source_close(s);
    weights_free(w);
    weights_free(t);
    g_free(architecture);
}
END_TEST

static void add_noise(struct memory_source *m, const char *name, uint64_t seed, uint64_t rows,
                      uint64_t cols, double size)
{
    const uint64_t dim[2] = {rows, cols};
    double *x = g_new(double, rows *cols);

    for (uint64_t i = 0; i < rows * cols; i++)
        x[i] = size * values_bell(seed, i);
    memory_source_add(m, name, TENSOR_WEIGHT, DTYPE_F64, 2, dim, x);
    g_free(x);
}

static void expect(GHashTable *oracle, const char *field, double value, double relative)
{
    double wanted = oracle_get(oracle, "adapter", field);

    ck_assert_msg(fabs(value - wanted) <= relative * fabs(wanted), "%s: %.17g, not %.17g", field,
                  value, wanted);
}

static void check_adapter(const struct spectrum *s)
{
    static const char *const sides[] = {"base", "tuned", "delta"};
    GHashTable *oracle = oracle_load("spectrum.txt");
    char field[64];

    for (int side = 0; side < SPECTRUM_SIDES; side++) {
        const struct spectrum_side *x = &s->side[side];

        g_snprintf(field, sizeof field, "%s.rank", sides[side]);
        expect(oracle, field, x->rank, 0);
        for (uint32_t i = 0; i < x->rank; i += 16) {
            g_snprintf(field, sizeof field, "%s.sigma%u", sides[side], i);
            expect(oracle, field, x->sigma[i], 1e-10);
        }
        g_snprintf(field, sizeof field, "%s.stable_rank", sides[side]);
        expect(oracle, field, x->stable_rank, 1e-12);
    }
    for (int i = 0; i < SPECTRUM_ENERGIES; i++) {
        g_snprintf(field, sizeof field, "energy%u", spectrum_energy_at[i]);
        expect(oracle, field, s->energy[i], 1e-10);
    }
    expect(oracle, "intruders", s->intruders, 0);
    expect(oracle, "overlap", s->overlap, 1e-9);
    g_hash_table_destroy(oracle);
}

START_TEST(an_adapter_of_rank_8)
{
    struct memory_source *m = memory_source_create("base.h5"), *n = memory_source_create("a.h5");
    struct comparison *c;
    const struct spectrum *s;
    char *sentence;

    add_noise(m, "h.0.q.weight", 500, 96, 80, 0.02);
    add_noise(n, "base_model.model.h.0.q.lora_A.weight", 501, 8, 80, 0.05);
    add_noise(n, "base_model.model.h.0.q.lora_B.weight", 502, 96, 8, 0.05);
    c = compare(checkpoint_create(memory_source_finish(m)),
                checkpoint_create(memory_source_finish(n)), 16);
    s = comparison_known_spectrum(c, 0, NULL);
    ck_assert_ptr_nonnull(s);
    check_adapter(s);
    ck_assert_uint_eq(s->side[SPECTRUM_DELTA].rank, 8);
    ck_assert_uint_eq(spectrum_low_rank(s, 0.99, 0.125), 8);
    ck_assert_uint_eq(spectrum_adapter_rank(c, 0), 8);
    sentence = spectrum_sentence(c, 0, s);
    ck_assert_str_eq(sentence, "This delta is of rank <= 8, the adapter's: 8 of 80 directions "
                               "hold 99 % of its energy");
    g_free(sentence);
    comparison_destroy(c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("spectrum_pair");
    TCase *tests = tcase_create("spectrum_pair");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tests, lying_otherwise, 0, G_N_ELEMENTS(ways));
    tcase_add_test(tests, an_adapter_of_rank_8);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
