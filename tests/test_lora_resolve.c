/* What of an adapter's file is meant for which tensor of the base: names, shapes, configurations,
 * KerasHub's count of layers; what must be refused, and whatever else a file may hold. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "core/adapter.h"
#include "io/adapter_config.h"
#include "tests/support/adapters.h"
#include "tests/support/values.h"

/* What is built up wrong on purpose: a base of one 8 x 6 kernel, and an adapter of three arrays. */
struct wrong {
    const char *says; /* part of the one line */
    struct {
        const char *name;
        uint64_t dim[3];
        enum dtype dtype;
    } tensors[3];
};

static const struct wrong wrongs[] = {
    {"no tensor of the target's name",
     {{"base_model.model.h.1.q.lora_A.weight", {2, 6}, DTYPE_F32},
      {"base_model.model.h.1.q.lora_B.weight", {8, 2}, DTYPE_F32}}},
    {"make no update of h.0.q.weight",
     {{ADAPTERS_Q "lora_A.weight", {2, 5}, DTYPE_F32},
      {ADAPTERS_Q "lora_B.weight", {8, 2}, DTYPE_F32}}},
    {"make no update of h.0.q.weight",
     {{ADAPTERS_Q "lora_A.weight", {2, 6}, DTYPE_F32},
      {ADAPTERS_Q "lora_B.weight", {8, 3}, DTYPE_F32}}},
    {"make no update of h.0.q.weight",
     {{ADAPTERS_Q "lora_A.weight", {2}, DTYPE_F32},
      {ADAPTERS_Q "lora_B.weight", {8, 2}, DTYPE_F32}}},
    {"make no update of h.0.q.weight",
     {{ADAPTERS_Q "lora_A.weight", {0, 6}, DTYPE_F32},
      {ADAPTERS_Q "lora_B.weight", {8, 0}, DTYPE_F32}}},
    {"rank 5000; 1 to 4096",
     {{ADAPTERS_Q "lora_A.weight", {5000, 6}, DTYPE_F32},
      {ADAPTERS_Q "lora_B.weight", {8, 5000}, DTYPE_F32}}},
    {"the other factor", {{ADAPTERS_Q "lora_A.weight", {2, 6}, DTYPE_F32}}},
    {"factors of integers",
     {{ADAPTERS_Q "lora_A.weight", {2, 6}, DTYPE_I8},
      {ADAPTERS_Q "lora_B.weight", {8, 2}, DTYPE_F32}}},
    {"not one of PEFT's names", {{ADAPTERS_Q "lora_C.weight", {2, 6}, DTYPE_F32}}},
    {"not one of PEFT's names", {{ADAPTERS_Q "lora_B.bias", {8}, DTYPE_F32}}},
    {"not one of PEFT's names", {{ADAPTERS_Q "lora_A.a.b.weight", {2, 6}, DTYPE_F32}}},
    {"not one of PEFT's names", {{"lora_A.weight", {2, 6}, DTYPE_F32}}},
    {"DoRA", {{ADAPTERS_Q "lora_magnitude_vector", {8}, DTYPE_F32}}},
    {"more than one adapter",
     {{ADAPTERS_Q "lora_A.one.weight", {2, 6}, DTYPE_F32},
      {ADAPTERS_Q "lora_B.two.weight", {8, 2}, DTYPE_F32}}},
    {"saved whole, and of another shape",
     {{ADAPTERS_Q "weight", {6, 8}, DTYPE_F32}, {"x.lora_A.weight", {2, 6}, DTYPE_F32}}},
    {"has no tensor of that name",
     {{"base_model.model.score.weight", {6, 8}, DTYPE_F32},
      {"x.lora_A.weight", {2, 6}, DTYPE_F32}}},
    {"adapted twice",
     {{ADAPTERS_Q "lora_A.weight", {2, 6}, DTYPE_F32},
      {ADAPTERS_Q "lora_B.weight", {8, 2}, DTYPE_F32},
      {ADAPTERS_Q "weight", {8, 6}, DTYPE_F32}}},
    {"no list of transformer blocks", {{"lora.3.lora_kernel_a", {6, 2}, DTYPE_F32}}},
};

static void expect_refusal(struct checkpoint *base, struct source *file, const char *says)
{
    GError *error = NULL;
    struct comparison *c = adapters_compare(base, checkpoint_create(file), 0, &error);

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

        adapters_add_zeros(m, w->tensors[i].name, w->tensors[i].dtype, w->tensors[i].dim,
                           vector ? 1 : 2);
    }
    expect_refusal(adapters_base(), memory_source_finish(m), w->says);
}
END_TEST

/* A KerasHub-like base whose layers are named by hand; each has a kernel of one shape. */
static struct checkpoint *hub_base(const char *const *paths)
{
    struct memory_source *m = memory_source_create("hub.h5");

    for (unsigned i = 0; paths[i]; i++) {
        char *name = g_strdup_printf("l%u.kernel", i),
             *path = g_strconcat(paths[i], "/vars/0", NULL);

        adapters_add_zeros(m, name, DTYPE_F32, (const uint64_t[]){6, 2, 4}, 3);
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

    adapters_add_zeros(m, a, DTYPE_F32, (const uint64_t[]){6, 2, rank}, 3);
    adapters_add_zeros(m, b, DTYPE_F32, (const uint64_t[]){rank, 4}, 2);
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
    expect_refusal(adapters_open("torch/llama_base_flat.h5"), hub_adapter(2, 3, 3),
                   "no list of transformer blocks");
    expect_refusal(adapters_open("hub/llama_int8/model.weights.h5"),
                   checkpoint_release(adapters_open("hub/llama_lora.lora.h5")), "quantised");
}
END_TEST

static struct source *configured(const char *json, struct adapter_config **config)
{
    struct memory_source *m = memory_source_create("adapter.h5");
    struct source *s;

    adapters_add_zeros(m, ADAPTERS_Q "lora_A.weight", DTYPE_F32, (const uint64_t[]){4, 6}, 2);
    adapters_add_zeros(m, ADAPTERS_Q "lora_B.weight", DTYPE_F32, (const uint64_t[]){8, 4}, 2);
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
        struct checkpoint *base = adapters_base();
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

        expect_refusal(adapters_base(), f, rows[i].says);
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

        adapters_add_zeros(m, rows[i].target, DTYPE_F32, (const uint64_t[]){6, 6}, 2);
        adapters_add_zeros(n, ADAPTERS_Q "lora_A.weight", DTYPE_F32, (const uint64_t[]){2, 6}, 2);
        adapters_add_zeros(n, ADAPTERS_Q "lora_B.weight", DTYPE_F32, (const uint64_t[]){6, 2}, 2);
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
        adapters_add_zeros(m, name->str, values_bits(seed, 20 + i) % 4 ? DTYPE_F32 : DTYPE_I64, dim,
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

    adapters_add_zeros(m, embedding ? ADAPTERS_Q "lora_embedding_A" : ADAPTERS_Q "lora_A.weight",
                       DTYPE_F32, a, ranks);
    adapters_add_zeros(m, embedding ? ADAPTERS_Q "lora_embedding_B" : ADAPTERS_Q "lora_B.weight",
                       DTYPE_F32, b, ranks);
    return memory_source_finish(m);
}

static void try_adapter(struct checkpoint *base, struct source *file)
{
    GError *error = NULL;
    struct comparison *c = adapters_compare(base, checkpoint_create(file), 0, &error);

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
        try_adapter(adapters_base(), random_adapter(seed));
        try_adapter(hub_base(layers), random_adapter(seed));
        try_adapter(adapters_base(), nearly_right(seed));
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("lora_resolve");
    TCase *t = tcase_create("lora_resolve");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, refused, 0, (int)G_N_ELEMENTS(wrongs));
    tcase_add_test(t, hub_layers_are_counted);
    tcase_add_test(t, hub_is_refused);
    tcase_add_test(t, configuration_scales);
    tcase_add_test(t, configuration_refuses);
    tcase_add_test(t, square_kernels);
    tcase_add_test(t, whatever_a_file_holds);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
