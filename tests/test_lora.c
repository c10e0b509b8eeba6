/* Adapters on their base: every layout against naive sums and any cut, the fixtures' deltas against
 * NumPy and against weights that the frameworks merged. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/adapter.h"
#include "core/comparison.h"
#include "core/lora_source.h"
#include "io/adapter_config.h"
#include "io/format.h"
#include "tests/support/adapters.h"
#include "tests/support/planted.h"
#include "tests/support/values.h"

/* Values of a shape, the last dimension 0. */
static double *add_values(struct memory_source *m, const char *name, enum dtype dtype,
                          const uint64_t *dim, uint64_t seed)
{
    unsigned rank = 0;
    uint64_t n = 1;
    double *values;
    float *narrow;

    for (; dim[rank]; rank++)
        n *= dim[rank];
    values = g_new(double, n);
    narrow = g_new(float, n);
    for (uint64_t i = 0; i < n; i++) {
        narrow[i] = (float)values_bell(seed, i);
        values[i] = dtype == DTYPE_F32 ? (double)narrow[i] : values_bell(seed, i);
    }
    memory_source_add(m, name, TENSOR_WEIGHT, dtype, rank, dim,
                      dtype == DTYPE_F32 ? (const void *)narrow : values);
    g_free(narrow);
    return values;
}

/* One layout of a target and its two factors: the update as the formula of its framework has it. */
struct layout {
    const char *target, *a, *b;
    uint64_t w_dim[5], a_dim[5], b_dim[5];
    uint64_t rank;
    bool transposed; /* (B A)^T */
};

static const struct layout layouts[] = {
    {"h.0.q_proj.weight",
     "h.0.q_proj.lora_A.weight",
     "h.0.q_proj.lora_B.weight",
     {24, 36},
     {4, 36},
     {24, 4},
     4,
     false},
    {"h.0.q_proj.weight",
     "h.0.q_proj.lora_A.default.weight",
     "h.0.q_proj.lora_B.default.weight",
     {1, 36},
     {1, 36},
     {1, 1},
     1,
     false},
    /* Conv1D of GPT-2 */
    {"h.0.c_attn.weight",
     "h.0.c_attn.lora_A.weight",
     "h.0.c_attn.lora_B.weight",
     {32, 96},
     {5, 32},
     {96, 5},
     5,
     true},
    {"wte.weight",
     "wte.lora_embedding_A",
     "wte.lora_embedding_B",
     {50, 12},
     {3, 50},
     {12, 3},
     3,
     true},
    /* a square table: transposed all the same */
    {"wte.weight",
     "wte.lora_embedding_A",
     "wte.lora_embedding_B",
     {16, 16},
     {3, 16},
     {16, 3},
     3,
     true},
    {"conv.weight",
     "conv.lora_A.weight",
     "conv.lora_B.weight",
     {6, 5, 3, 3},
     {2, 5, 3, 3},
     {6, 2, 1, 1},
     2,
     false},
    /* cut into tiles along both sides */
    {"h.0.q_proj.weight",
     "h.0.q_proj.lora_A.weight",
     "h.0.q_proj.lora_B.weight",
     {700, 900},
     {600, 900},
     {700, 600},
     600,
     false},
    {"h.0.c_attn.weight",
     "h.0.c_attn.lora_A.weight",
     "h.0.c_attn.lora_B.weight",
     {700, 900},
     {600, 700},
     {900, 600},
     600,
     true},
};

/* W + scale * sum over k from 0 up, at element i. */
static double expected(const struct layout *l, const double *w, const double *a, const double *b,
                       double scale, uint64_t i)
{
    uint64_t cols = 1, row, col, in;
    double sum = 0;

    for (unsigned k = 1; l->w_dim[k]; k++)
        cols *= l->w_dim[k];
    row = l->transposed ? i % cols : i / cols; /* of B */
    col = l->transposed ? i / cols : i % cols;
    in = l->transposed ? l->w_dim[0] : cols;
    for (uint64_t k = 0; k < l->rank; k++)
        sum += b[row * l->rank + k] * a[k * in + col];
    return w[i] + scale * sum;
}

static void check_reads(struct source *s, uint32_t index, const struct layout *l, const double *w,
                        const double *a, const double *b, double scale)
{
    uint64_t n = s->tensors[index].elems;
    double *got = g_new(double, n);
    const uint64_t cuts[] = {0, 1, 7, n / 3, n / 2 + 1, n - 1, n};

    ck_assert(s->ops->read(s, index, 0, n, got, NULL));
    for (uint64_t i = 0; i < n; i += 1 + n / 5000) {
        double want = expected(l, w, a, b, scale, i);

        ck_assert_msg(got[i] == want, "%s [%zu]: %.17g, not %.17g", l->target, (size_t)i, got[i],
                      want);
    }
    for (unsigned k = 0; k + 1 < G_N_ELEMENTS(cuts); k++) {
        uint64_t from = MIN(cuts[k], cuts[k + 1]), to = MAX(cuts[k], cuts[k + 1]);
        double *part = g_new(double, to - from + 1);

        ck_assert(s->ops->read(s, index, from, to - from, part, NULL));
        ck_assert_int_eq(memcmp(part, got + from, (to - from) * sizeof *part), 0);
        g_free(part);
    }
    g_free(got);
}

START_TEST(layouts_are_summed)
{
    const struct layout *l = &layouts[_i / 2];
    enum dtype dtype = _i % 2 ? DTYPE_F64 : DTYPE_F32;
    struct memory_source *base = memory_source_create("base.h5");
    struct memory_source *file = memory_source_create("adapter.h5");
    char *name_a = g_strconcat("base_model.model.", l->a, NULL);
    char *name_b = g_strconcat("base_model.model.", l->b, NULL);
    double *w = add_values(base, l->target, dtype, l->w_dim, 1);
    double *a = add_values(file, name_a, dtype, l->a_dim, 2);
    double *b = add_values(file, name_b, dtype, l->b_dim, 3);
    struct checkpoint *c = checkpoint_create(memory_source_finish(base));
    struct source *f = memory_source_finish(file), *s;
    struct adapter *adapter;

    ck_assert(adapter_is(f) && !adapter_is(c->source));
    adapter = adapter_resolve(c, f, 10, NULL);
    ck_assert_ptr_nonnull(adapter);
    ck_assert_uint_eq(adapter->n_low_rank, 1);
    ck_assert_uint_eq(adapter->rank_most, l->rank);
    s = lora_source_create(c, f, adapter);
    ck_assert_int_eq(s->tensors[0].dtype, DTYPE_F64);
    check_reads(s, 0, l, w, a, b, 10.0 / (double)l->rank);
    source_close(s);
    checkpoint_destroy(c);
    g_free(w);
    g_free(a);
    g_free(b);
    g_free(name_a);
    g_free(name_b);
}
END_TEST

/* A planted adapter is the planted merged pair, up to what float64 rounds. */
START_TEST(planted_adapter_is_the_merged_pair)
{
    struct planted p;
    struct comparison *merged, *adapter;

    planted_init(&p);
    p.rank = 4;
    p.tuned_dtype = DTYPE_F64;
    merged = planted_compare(&p);
    p.adapter = true;
    adapter = planted_compare(&p);
    ck_assert_uint_eq(adapter->pairing.n_matched, merged->pairing.n_matched);
    ck_assert_uint_eq(adapter->pairing.n_different, 0);
    for (uint32_t i = 0; i < adapter->pairing.n_entries; i++) {
        const struct scan_result *a = &adapter->summary.entries[i].result;
        const struct scan_result *m = &merged->summary.entries[i].result;
        bool whole = checkpoint_tensor(adapter->base, i)->rank < 2;
        double want = whole ? 0 : pair_relative(&m->stats);

        ck_assert_ptr_null(adapter->pairing.entries[i].reason);
        ck_assert_double_eq_tol(pair_relative(&a->stats), want, 1e-12 * want + 1e-300);
        ck_assert_uint_eq(a->stats.unchanged == a->stats.base.elems, whole);
    }
    comparison_destroy(merged);
    comparison_destroy(adapter);
}
END_TEST

static void check_line(char *const *field)
{
    struct comparison *c = adapters_compare(adapters_open(field[0]), adapters_open(field[1]),
                                            g_ascii_strtod(field[2], NULL), NULL);
    uint32_t entry = planted_find(c, field[3]);
    const struct pair_stats *s = &c->summary.entries[entry].result.stats;
    const double l2 = g_ascii_strtod(field[4], NULL), sum = g_ascii_strtod(field[5], NULL);
    const double tuned = g_ascii_strtod(field[6], NULL), value = g_ascii_strtod(field[8], NULL);
    double got;

    ck_assert_str_eq(comparison_tensor(c, entry)->name, field[3]);
    ck_assert_double_eq_tol(stats_l2(&s->delta), l2, 1e-12 * l2);
    ck_assert_double_eq_tol(stats_l2(&s->tuned), tuned, 1e-12 * tuned);
    ck_assert_double_eq_tol(stats_mean(&s->delta) * (double)s->delta.elems, sum, 1e-12 * l2);
    ck_assert(c->tuned->source->ops->read(c->tuned->source, c->pairing.entries[entry].tuned,
                                          g_ascii_strtoull(field[7], NULL, 10), 1, &got, NULL));
    ck_assert_double_eq_tol(got, value, 1e-15);
    comparison_destroy(c);
}

START_TEST(fixtures_against_numpy)
{
    char *path = g_build_filename(g_getenv("TARE_ORACLE"), "lora.txt", NULL), *text, **lines;
    guint n = 0;

    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line && **line; line++, n++) {
        char **field = g_strsplit(*line, " ", -1);

        ck_assert_uint_eq(g_strv_length(field), 9);
        check_line(field);
        g_strfreev(field);
    }
    ck_assert_uint_eq(n, 66);
    g_strfreev(lines);
    g_free(text);
    g_free(path);
}
END_TEST

/* Keras adds and stores in float32: half a unit of the sum's last place, and what its own product
 * rounds. It trained the biases of adapted layers too, which no adapter file holds. */
START_TEST(fixtures_against_merged_weights)
{
    static const char *const models[] = {"gpt2", "llama"};
    char *base = g_strdup_printf("hub/%s_tuned/model.weights.h5", models[_i]);
    char *adapter = g_strdup_printf("hub/%s_lora.lora.h5", models[_i]);
    char *merged = g_strdup_printf("hub/%s_lora_merged.weights.h5", models[_i]);
    struct comparison *c = adapters_compare(adapters_open(base), adapters_open(adapter), 0, NULL);
    struct checkpoint *m = adapters_open(merged);
    struct comparison *both = adapters_compare(adapters_open(base), m, 0, NULL);
    guint adapted = 0;

    ck_assert_uint_eq(c->summary.n, both->summary.n);
    for (uint32_t i = 0; i < c->summary.n; i++) {
        const struct pair_stats *a = &c->summary.entries[i].result.stats;
        const struct pair_stats *b = &both->summary.entries[i].result.stats;
        double l2 = stats_l2(&b->delta), noise = 0x1p-24 * stats_l2(&b->tuned);

        ck_assert_str_eq(comparison_tensor(c, i)->name, comparison_tensor(both, i)->name);
        if (g_str_has_suffix(comparison_tensor(c, i)->name, ".bias"))
            continue;
        ck_assert_double_eq_tol(stats_l2(&a->delta), l2, l2 > 0 ? 2 * noise : 1e-300);
        ck_assert_double_eq_tol(stats_max_abs(&a->delta), stats_max_abs(&b->delta),
                                2 * noise + 1e-300);
        adapted += l2 > 0;
    }
    ck_assert_uint_eq(adapted, 6);
    ck_assert_uint_eq(c->tuned->source->applied->n_low_rank, 6);
    ck_assert_double_lt(comparison_floor(c, 0), 1e-16);
    comparison_destroy(both);
    comparison_destroy(c);
    g_free(base);
    g_free(adapter);
    g_free(merged);
}
END_TEST

/* An adapter alone, and beside another, is what its file holds. */
START_TEST(adapters_as_they_are)
{
    struct comparison *one =
        adapters_compare(adapters_open("hub/gpt2_lora.lora.h5"), NULL, 0, NULL);
    struct comparison *two = adapters_compare(adapters_open("torch/llama_peft_lora.h5"),
                                              adapters_open("torch/llama_peft_lora.h5"), 0, NULL);

    ck_assert_uint_eq(one->pairing.n_entries, 13);
    ck_assert_uint_eq(two->pairing.n_matched, 48);
    ck_assert_ptr_null(two->tuned->source->applied);
    comparison_destroy(one);
    comparison_destroy(two);
}
END_TEST

/* Modules that were trained whole stand in place of the base's. */
START_TEST(saved_whole)
{
    struct memory_source *m = memory_source_create("base.h5"), *n = memory_source_create("a.h5");
    struct comparison *c;
    double *old, *new;
    double l2 = 0;

    adapters_add_zeros(m, "h.0.q.weight", DTYPE_F32, (const uint64_t[]){8, 6}, 2);
    old = add_values(m, "score.weight", DTYPE_F32, (const uint64_t[]){3, 5, 0}, 1);
    adapters_add_zeros(n, ADAPTERS_Q "lora_A.weight", DTYPE_F32, (const uint64_t[]){2, 6}, 2);
    adapters_add_zeros(n, ADAPTERS_Q "lora_B.weight", DTYPE_F32, (const uint64_t[]){8, 2}, 2);
    new = add_values(n, "base_model.model.score.weight", DTYPE_F64, (const uint64_t[]){3, 5, 0}, 2);
    for (unsigned i = 0; i < 15; i++)
        l2 += (new[i] - old[i]) * (new[i] - old[i]);
    c = adapters_compare(checkpoint_create(memory_source_finish(m)),
                         checkpoint_create(memory_source_finish(n)), 0, NULL);
    ck_assert_uint_eq(c->pairing.n_matched, 2);
    ck_assert_uint_eq(c->tuned->source->applied->n_updates, 2);
    ck_assert_uint_eq(c->tuned->source->applied->n_low_rank, 1);
    ck_assert_double_eq_tol(stats_l2(&c->summary.entries[1].result.stats.delta), sqrt(l2), 1e-12);
    comparison_destroy(c);
    g_free(old);
    g_free(new);
}
END_TEST

/* A factor that can't be read fails its tensor, and no other. */
START_TEST(broken_factor)
{
    struct memory_source *n = memory_source_create("a.h5");
    struct comparison *c;

    adapters_add_zeros(n, ADAPTERS_Q "lora_A.weight", DTYPE_F32, (const uint64_t[]){2, 6}, 2);
    adapters_add_zeros(n, ADAPTERS_Q "lora_B.weight", DTYPE_F32, (const uint64_t[]){8, 2}, 2);
    memory_source_break(n, ADAPTERS_Q "lora_B.weight");
    c = adapters_compare(adapters_base(), checkpoint_create(memory_source_finish(n)), 0, NULL);
    ck_assert_uint_eq(c->summary.n_failed, 1);
    ck_assert_ptr_nonnull(strstr(c->summary.entries[0].error, "planted failure"));
    comparison_destroy(c);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("lora");
    TCase *t = tcase_create("lora");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, layouts_are_summed, 0, 2 * (int)G_N_ELEMENTS(layouts));
    tcase_add_test(t, planted_adapter_is_the_merged_pair);
    tcase_add_test(t, fixtures_against_numpy);
    tcase_add_loop_test(t, fixtures_against_merged_weights, 0, 2);
    tcase_add_test(t, adapters_as_they_are);
    tcase_add_test(t, saved_whole);
    tcase_add_test(t, broken_factor);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
