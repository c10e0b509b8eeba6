/* Adapters beside their base: every layout against naive sums and any cut, the fixtures' deltas
 * against NumPy and against weights that the frameworks merged, and what must be refused. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/adapter.h"
#include "core/comparison.h"
#include "core/lora_source.h"
#include "io/adapter_config.h"
#include "io/format.h"
#include "tests/support/memory_source.h"
#include "tests/support/planted.h"
#include "tests/support/values.h"

static char *fixture_path(const char *name)
{
    return g_build_filename(g_getenv("TARE_FIXTURES"), name, NULL);
}

static struct checkpoint *open_fixture(const char *name)
{
    char *path = fixture_path(name);
    struct source *s = format_open(path, NULL, NULL);

    ck_assert_msg(s != NULL, "%s", path);
    g_free(path);
    return checkpoint_create(s);
}

static struct comparison *compare(struct checkpoint *base, struct checkpoint *tuned, double alpha,
                                  GError **error)
{
    const struct comparison_options options = {
        .threads = 2, .use_rules = true, .lora_alpha = alpha};
    struct comparison *c = comparison_create(base, tuned, &options, error);

    if (!c)
        return NULL;
    comparison_scan_start(c);
    comparison_scan_wait(c);
    return c;
}

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
    struct comparison *c = compare(open_fixture(field[0]), open_fixture(field[1]),
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
    struct comparison *c = compare(open_fixture(base), open_fixture(adapter), 0, NULL);
    struct checkpoint *m = open_fixture(merged);
    struct comparison *both = compare(open_fixture(base), m, 0, NULL);
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
    struct comparison *one = compare(open_fixture("hub/gpt2_lora.lora.h5"), NULL, 0, NULL);
    struct comparison *two = compare(open_fixture("torch/llama_peft_lora.h5"),
                                     open_fixture("torch/llama_peft_lora.h5"), 0, NULL);

    ck_assert_uint_eq(one->pairing.n_entries, 13);
    ck_assert_uint_eq(two->pairing.n_matched, 48);
    ck_assert_ptr_null(two->tuned->source->applied);
    comparison_destroy(one);
    comparison_destroy(two);
}
END_TEST

/* What is built up wrong on purpose: a base of one 8 x 6 kernel, and an adapter of three arrays. */
struct wrong {
    const char *says; /* part of the one line */
    struct {
        const char *name;
        uint64_t dim[3];
        enum dtype dtype;
    } tensors[3];
};

#define Q "base_model.model.h.0.q."

static const struct wrong wrongs[] = {
    {"no tensor of the target's name",
     {{"base_model.model.h.1.q.lora_A.weight", {2, 6}, DTYPE_F32},
      {"base_model.model.h.1.q.lora_B.weight", {8, 2}, DTYPE_F32}}},
    {"make no update of h.0.q.weight",
     {{Q "lora_A.weight", {2, 5}, DTYPE_F32}, {Q "lora_B.weight", {8, 2}, DTYPE_F32}}},
    {"make no update of h.0.q.weight",
     {{Q "lora_A.weight", {2, 6}, DTYPE_F32}, {Q "lora_B.weight", {8, 3}, DTYPE_F32}}},
    {"make no update of h.0.q.weight",
     {{Q "lora_A.weight", {2}, DTYPE_F32}, {Q "lora_B.weight", {8, 2}, DTYPE_F32}}},
    {"make no update of h.0.q.weight",
     {{Q "lora_A.weight", {0, 6}, DTYPE_F32}, {Q "lora_B.weight", {8, 0}, DTYPE_F32}}},
    {"rank 5000; 1 to 4096",
     {{Q "lora_A.weight", {5000, 6}, DTYPE_F32}, {Q "lora_B.weight", {8, 5000}, DTYPE_F32}}},
    {"the other factor", {{Q "lora_A.weight", {2, 6}, DTYPE_F32}}},
    {"factors of integers",
     {{Q "lora_A.weight", {2, 6}, DTYPE_I8}, {Q "lora_B.weight", {8, 2}, DTYPE_F32}}},
    {"not one of PEFT's names", {{Q "lora_C.weight", {2, 6}, DTYPE_F32}}},
    {"not one of PEFT's names", {{Q "lora_B.bias", {8}, DTYPE_F32}}},
    {"not one of PEFT's names", {{Q "lora_A.a.b.weight", {2, 6}, DTYPE_F32}}},
    {"not one of PEFT's names", {{"lora_A.weight", {2, 6}, DTYPE_F32}}},
    {"DoRA", {{Q "lora_magnitude_vector", {8}, DTYPE_F32}}},
    {"more than one adapter",
     {{Q "lora_A.one.weight", {2, 6}, DTYPE_F32}, {Q "lora_B.two.weight", {8, 2}, DTYPE_F32}}},
    {"saved whole, and of another shape",
     {{Q "weight", {6, 8}, DTYPE_F32}, {"x.lora_A.weight", {2, 6}, DTYPE_F32}}},
    {"has no tensor of that name",
     {{"base_model.model.score.weight", {6, 8}, DTYPE_F32},
      {"x.lora_A.weight", {2, 6}, DTYPE_F32}}},
    {"adapted twice",
     {{Q "lora_A.weight", {2, 6}, DTYPE_F32},
      {Q "lora_B.weight", {8, 2}, DTYPE_F32},
      {Q "weight", {8, 6}, DTYPE_F32}}},
    {"no list of transformer blocks", {{"lora.3.lora_kernel_a", {6, 2}, DTYPE_F32}}},
};

static void add_zeros(struct memory_source *m, const char *name, enum dtype dtype,
                      const uint64_t *dim, unsigned rank)
{
    uint64_t n = 1;
    void *zeros;

    for (unsigned i = 0; i < rank; i++)
        n *= dim[i];
    zeros = g_malloc0(n * 8 + 8);
    memory_source_add(m, name, TENSOR_WEIGHT, dtype, rank, dim, zeros);
    g_free(zeros);
}

static struct checkpoint *small_base(void)
{
    struct memory_source *m = memory_source_create("base.h5");

    add_zeros(m, "h.0.q.weight", DTYPE_F32, (const uint64_t[]){8, 6}, 2);
    return checkpoint_create(memory_source_finish(m));
}

static void expect_refusal(struct checkpoint *base, struct source *file, const char *says)
{
    GError *error = NULL;
    struct comparison *c = compare(base, checkpoint_create(file), 0, &error);

    ck_assert_msg(c == NULL, "taken, though %s", says);
    ck_assert_msg(strstr(error->message, says), "'%s' is not in: %s", says, error->message);
    ck_assert_msg(!strchr(error->message, '\n'), "%s", error->message);
    ck_assert_int_eq(error_exit_status(error), EXIT_INPUT);
    g_error_free(error);
}

START_TEST(refused)
{
    const struct wrong *w = &wrongs[_i];
    struct memory_source *m = memory_source_create("adapter.h5");

    for (unsigned i = 0; i < 3 && w->tensors[i].name; i++) {
        bool vector = !w->tensors[i].dim[1] && w->tensors[i].dim[0];

        add_zeros(m, w->tensors[i].name, w->tensors[i].dtype, w->tensors[i].dim, vector ? 1 : 2);
    }
    expect_refusal(small_base(), memory_source_finish(m), w->says);
}
END_TEST

/* A KerasHub-like base whose layers are named by hand; each has a kernel of one shape. */
static struct checkpoint *hub_base(const char *const *paths)
{
    struct memory_source *m = memory_source_create("hub.h5");

    for (unsigned i = 0; paths[i]; i++) {
        char *name = g_strdup_printf("l%u.kernel", i),
             *path = g_strconcat(paths[i], "/vars/0", NULL);

        add_zeros(m, name, DTYPE_F32, (const uint64_t[]){6, 2, 4}, 3);
        memory_source_place(m, name, path);
        g_free(name);
        g_free(path);
    }
    return checkpoint_create(memory_source_finish(m));
}

static struct source *hub_adapter(guint layer, uint64_t rank, uint64_t said)
{
    struct memory_source *m = memory_source_create("adapter.lora.h5");
    char *a = g_strdup_printf("lora.%u.lora_kernel_a", layer);
    char *b = g_strdup_printf("lora.%u.lora_kernel_b", layer);
    const int64_t number = (int64_t)said;

    add_zeros(m, a, DTYPE_F32, (const uint64_t[]){6, 2, rank}, 3);
    add_zeros(m, b, DTYPE_F32, (const uint64_t[]){rank, 4}, 2);
    memory_source_add(m, "lora.rank", TENSOR_STATE, DTYPE_I64, 0, NULL, &number);
    g_free(a);
    g_free(b);
    return memory_source_finish(m);
}

#define E "/layers/embedding"
#define D "/layers/transformer_decoder/_"
#define D1 "/layers/transformer_decoder_1/_"
#define A "self_attention_layer/"

START_TEST(hub_layers_are_counted)
{
    /* The file lies alphabetically, as after a repacking; the norm is behind the blocks. */
    static const char *const paths[] = {"/layers/layer_norm",
                                        D1 A "query_dense",
                                        D1 A "value_dense",
                                        D "feedforward_output_dense",
                                        D A "key_dense",
                                        D A "query_dense",
                                        D A "value_dense",
                                        E,
                                        NULL};
    /* 0 embedding, 1 decoder, 2 output_dense, 3 attention, 4 value, 5 key, 6 query, 7 decoder_1,
     * 8 attention, 9 value, 10 query, 11 the norm */
    static const struct {
        guint layer;
        uint32_t kernel;
    } rows[] = {{0, 7}, {2, 3}, {4, 6}, {5, 4}, {6, 5}, {9, 2}, {10, 1}, {11, 0}};

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct checkpoint *c = hub_base(paths);
        struct source *f = hub_adapter(rows[i].layer, 3, 3);
        struct adapter *a = adapter_resolve(c, f, 0, NULL);

        ck_assert_msg(a != NULL, "layer %u", rows[i].layer);
        ck_assert_uint_eq(a->updates[0].target, rows[i].kernel);
        ck_assert_double_eq(a->updates[0].scale, 1);
        adapter_destroy(a);
        source_close(f);
        checkpoint_destroy(c);
    }
}
END_TEST

START_TEST(hub_is_refused)
{
    static const char *const plain[] = {D A "query_dense", D A "value_dense", NULL};
    static const char *const odd[] = {D A "query_dense", D "my_own_dense", NULL};
    static const char *const twice[] = {D A "query_dense", D A "_query_dense", NULL};
    static const char *const kinds[] = {D A "query_dense",
                                        "/layers/transformer_encoder/_" A "query_dense", NULL};
    static const char *const two[] = {"/layers/a" D A "query_dense", "/layers/b" D A "query_dense",
                                      NULL};
    static const char *const other[] = {D A "query_dense", "/layers/tower/dense", NULL};

    expect_refusal(hub_base(odd), hub_adapter(0, 3, 3), "order in which");
    expect_refusal(hub_base(twice), hub_adapter(0, 3, 3), "order in which");
    expect_refusal(hub_base(kinds), hub_adapter(0, 3, 3), "two kinds");
    expect_refusal(hub_base(two), hub_adapter(0, 3, 3), "more than one backbone");
    expect_refusal(hub_base(other), hub_adapter(0, 3, 3), "order in which");
    expect_refusal(hub_base(plain), hub_adapter(9, 3, 3), "there is no such layer");
    expect_refusal(hub_base(plain), hub_adapter(0, 3, 3), "make no update of layer");
    expect_refusal(hub_base(plain), hub_adapter(2, 3, 4), "but lora.rank is 4");
    expect_refusal(hub_base(plain), hub_adapter(2, 3, 0), "rank 0");
    expect_refusal(hub_base(plain), hub_adapter(2, 3, 1 << 20), "1 to 4096");
    expect_refusal(open_fixture("torch/llama_base_flat.h5"), hub_adapter(2, 3, 3),
                   "no list of transformer blocks");
    expect_refusal(open_fixture("hub/llama_int8/model.weights.h5"),
                   checkpoint_release(open_fixture("hub/llama_lora.lora.h5")), "quantised");
}
END_TEST

static struct source *configured(const char *json, struct adapter_config **config)
{
    struct memory_source *m = memory_source_create("adapter.h5");
    struct source *s;

    add_zeros(m, Q "lora_A.weight", DTYPE_F32, (const uint64_t[]){4, 6}, 2);
    add_zeros(m, Q "lora_B.weight", DTYPE_F32, (const uint64_t[]){8, 4}, 2);
    s = memory_source_finish(m);
    *config = adapter_config_parse(json);
    s->adapter = *config;
    return s;
}

START_TEST(configuration_scales)
{
    static const struct {
        const char *json;
        double alpha, scale; /* what the user says; what comes of it */
    } rows[] = {
        {NULL, 0, 1},
        {NULL, 6, 1.5},
        {"{}", 0, 1},
        {"{\"lora_alpha\": 8, \"r\": 4}", 0, 2},
        {"{\"lora_alpha\": 8}", 16, 4},
        {"{\"lora_alpha\": 8, \"use_rslora\": true}", 0, 4},
        {"{\"lora_alpha\": 8, \"alpha_pattern\": {\"h.0.q\": 2.0}}", 0, 0.5},
        {"{\"lora_alpha\": 8, \"alpha_pattern\": {\"q\": 2}}", 0, 0.5},
        {"{\"lora_alpha\": 8, \"alpha_pattern\": {\"0.k\": 2, \".q\": 3}}", 0, 2},
        {"{\"lora_alpha\": \"8\"}", 0, 1},
        {"{\"lora_alpha\": -8}", 0, 1},
        {"{\"lora_alpha\": 1e999}", 0, 1},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct adapter_config *config;
        struct source *f = configured(rows[i].json, &config);
        struct checkpoint *base = small_base();
        struct adapter *a = adapter_resolve(base, f, rows[i].alpha, NULL);

        ck_assert_msg(a != NULL, "%s", rows[i].json);
        ck_assert_msg(a->updates[0].scale == rows[i].scale, "%s: %g", rows[i].json,
                      a->updates[0].scale);
        adapter_destroy(a);
        source_close(f);
        adapter_config_destroy(config);
        checkpoint_destroy(base);
    }
}
END_TEST

START_TEST(configuration_refuses)
{
    static const struct {
        const char *json, *says;
    } rows[] = {
        {"[1]", "not a JSON object"},
        {"{", "not a JSON object"},
        {"{\"peft_type\": \"IA3\"}", "another method"},
        {"{\"use_dora\": true}", "DoRA"},
        {"{\"alpha_pattern\": {\"h.*\": 3}}", "regular expressions"},
        {"{\"alpha_pattern\": {\"h\": \"x\"}}", "no number above 0"},
        {"{\"layer_replication\": [[0, 1]]}", "replicated"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct adapter_config *config;
        struct source *f = configured(rows[i].json, &config);

        expect_refusal(small_base(), f, rows[i].says);
        adapter_config_destroy(config);
    }
}
END_TEST

/* A square kernel fits both ways: what is known of how it lies decides. */
START_TEST(square_kernels)
{
    static const struct {
        const char *target, *json;
        bool transposed;
    } rows[] = {
        {"h.0.q.weight", NULL, false},
        {"h.0.q.kernel", NULL, true},
        {"h.0.q.weight", "{\"fan_in_fan_out\": true}", false},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct memory_source *m = memory_source_create("base.h5");
        struct memory_source *n = memory_source_create("adapter.h5");
        struct adapter_config *config = adapter_config_parse(rows[i].json);
        struct checkpoint *base;
        struct source *f;
        struct adapter *a;

        add_zeros(m, rows[i].target, DTYPE_F32, (const uint64_t[]){6, 6}, 2);
        add_zeros(n, Q "lora_A.weight", DTYPE_F32, (const uint64_t[]){2, 6}, 2);
        add_zeros(n, Q "lora_B.weight", DTYPE_F32, (const uint64_t[]){6, 2}, 2);
        base = checkpoint_create(memory_source_finish(m));
        f = memory_source_finish(n);
        f->adapter = config;
        a = adapter_resolve(base, f, 0, NULL);
        ck_assert_ptr_nonnull(a);
        ck_assert_msg(a->updates[0].transposed == rows[i].transposed, "%s", rows[i].target);
        adapter_destroy(a);
        source_close(f);
        checkpoint_destroy(base);
        adapter_config_destroy(config);
    }
}
END_TEST

/* Modules that were trained whole stand in place of the base's. */
START_TEST(saved_whole)
{
    struct memory_source *m = memory_source_create("base.h5"), *n = memory_source_create("a.h5");
    struct comparison *c;
    double *old, *new;
    double l2 = 0;

    add_zeros(m, "h.0.q.weight", DTYPE_F32, (const uint64_t[]){8, 6}, 2);
    old = add_values(m, "score.weight", DTYPE_F32, (const uint64_t[]){3, 5, 0}, 1);
    add_zeros(n, Q "lora_A.weight", DTYPE_F32, (const uint64_t[]){2, 6}, 2);
    add_zeros(n, Q "lora_B.weight", DTYPE_F32, (const uint64_t[]){8, 2}, 2);
    new = add_values(n, "base_model.model.score.weight", DTYPE_F64, (const uint64_t[]){3, 5, 0}, 2);
    for (unsigned i = 0; i < 15; i++)
        l2 += (new[i] - old[i]) * (new[i] - old[i]);
    c = compare(checkpoint_create(memory_source_finish(m)),
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

    add_zeros(n, Q "lora_A.weight", DTYPE_F32, (const uint64_t[]){2, 6}, 2);
    add_zeros(n, Q "lora_B.weight", DTYPE_F32, (const uint64_t[]){8, 2}, 2);
    memory_source_break(n, Q "lora_B.weight");
    c = compare(small_base(), checkpoint_create(memory_source_finish(n)), 0, NULL);
    ck_assert_uint_eq(c->summary.n_failed, 1);
    ck_assert_ptr_nonnull(strstr(c->summary.entries[0].error, "planted failure"));
    comparison_destroy(c);
}
END_TEST

/* Names put together at random from the words that mean something, with shapes at random. */
static struct source *random_adapter(uint64_t seed)
{
    static const char *const words[] = {"base_model.model",
                                        "h",
                                        "0",
                                        "q",
                                        "lora_A",
                                        "lora_B",
                                        "weight",
                                        "default",
                                        "lora_embedding_A",
                                        "lora_embedding_B",
                                        "lora",
                                        "lora_kernel_a",
                                        "lora_kernel_b",
                                        "rank",
                                        "2",
                                        "6",
                                        "bias"};
    struct memory_source *m = memory_source_create("adapter.h5");
    unsigned n = 1 + values_bits(seed, 0) % 5;

    for (unsigned i = 0; i < n; i++) {
        GString *name = g_string_new(NULL);
        uint64_t dim[3];
        unsigned parts = 2 + values_bits(seed, 10 + i) % 5;

        for (unsigned k = 0; k < parts; k++)
            g_string_append_printf(
                name, "%s%s", k ? "." : "",
                words[values_bits(seed, 100 + 10 * i + k) % G_N_ELEMENTS(words)]);
        for (unsigned k = 0; k < 3; k++)
            dim[k] = values_bits(seed, 1000 + 10 * i + k) % 9;
        add_zeros(m, name->str, values_bits(seed, 20 + i) % 4 ? DTYPE_F32 : DTYPE_I64, dim,
                  values_bits(seed, 30 + i) % 4);
        g_string_free(name, TRUE);
    }
    return memory_source_finish(m);
}

/* Factors of one target, their order, form and shapes nearly right. */
static struct source *nearly_right(uint64_t seed)
{
    struct memory_source *m = memory_source_create("adapter.h5");
    const uint64_t rank = values_bits(seed, 0) % 4, off = values_bits(seed, 1) % 3;
    const bool embedding = values_bits(seed, 2) % 2, turned = values_bits(seed, 3) % 2;
    const uint64_t a[3] = {rank, turned ? 8 : 6 + off, 1}, b[3] = {turned ? 6 : 8, rank, 1};
    const unsigned ranks = 1 + values_bits(seed, 4) % 3;

    add_zeros(m, embedding ? Q "lora_embedding_A" : Q "lora_A.weight", DTYPE_F32, a, ranks);
    add_zeros(m, embedding ? Q "lora_embedding_B" : Q "lora_B.weight", DTYPE_F32, b, ranks);
    return memory_source_finish(m);
}

static void try_adapter(struct checkpoint *base, struct source *file)
{
    GError *error = NULL;
    struct comparison *c = compare(base, checkpoint_create(file), 0, &error);

    ck_assert((c == NULL) == (error != NULL));
    if (c)
        ck_assert_uint_eq(c->summary.n_failed, 0);
    comparison_destroy(c);
    g_clear_error(&error);
}

START_TEST(whatever_a_file_holds)
{
    static const char *const layers[] = {D A "query_dense", D A "value_dense", NULL};

    for (uint64_t seed = 0; seed < 300; seed++) {
        try_adapter(small_base(), random_adapter(seed));
        try_adapter(hub_base(layers), random_adapter(seed));
        try_adapter(small_base(), nearly_right(seed));
    }
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
    tcase_add_loop_test(t, refused, 0, (int)G_N_ELEMENTS(wrongs));
    tcase_add_test(t, hub_layers_are_counted);
    tcase_add_test(t, hub_is_refused);
    tcase_add_test(t, configuration_scales);
    tcase_add_test(t, configuration_refuses);
    tcase_add_test(t, square_kernels);
    tcase_add_test(t, saved_whole);
    tcase_add_test(t, broken_factor);
    tcase_add_test(t, whatever_a_file_holds);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
