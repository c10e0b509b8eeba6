/* What a checkpoint says of the transformer in it, and what is refused. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/checkpoint.h"
#include "core/net/spec.h"
#include "io/format.h"
#include "tests/support/frameworks.h"
#include "tests/support/memory_source.h"

static struct checkpoint *open_file(const char *variable, const char *name)
{
    char *path = g_build_filename(g_getenv(variable), name, NULL);
    GError *error = NULL;
    struct source *s = format_open(path, NULL, &error);

    ck_assert_msg(s != NULL, "%s", error ? error->message : "");
    g_free(path);
    return checkpoint_create(s);
}

/* All of a spec but its epsilon and scales in one line. */
static char *describe(const struct net_spec *s)
{
    static const char *const activations[] = {"tanh", "erf", "silu", "relu"};
    GString *t = g_string_new(NULL);

    g_string_append_printf(t, "%ux%u heads %u/%ux%u mlp %u tokens %u positions %u", s->layers,
                           s->hidden, s->heads, s->kv_heads, s->head_dim, s->intermediate,
                           s->vocabulary, s->positions);
    if (s->first_position)
        g_string_append_printf(t, "+%u", s->first_position);
    g_string_append_printf(t, " %s %s %s%s %s%s", s->causal ? "causal" : "encoder",
                           s->pre_norm ? "pre" : "post", activations[s->activation],
                           s->gated ? " gated" : "", s->norm == NET_NORM_RMS ? "rms" : "layer",
                           s->tied ? " tied" : "");
    if (s->position == NET_POSITIONS_ROPE)
        g_string_append_printf(t, " rope %g", s->rope_base);
    if (s->rope_scaling.factor > 0)
        g_string_append_printf(t, " by %g %g %g %u", s->rope_scaling.factor, s->rope_scaling.low,
                               s->rope_scaling.high, s->rope_scaling.original);
    if (s->window)
        g_string_append_printf(t, " window %u", s->window);
    return g_string_free(t, FALSE);
}

#define LLAMA "2x24 heads 4/2x8 mlp 40 tokens 48 positions 32 causal pre silu gated rms"
#define BERT "2x24 heads 3/3x8 mlp 40 tokens 48 positions 16"

static const struct {
    const char *name, *spec;
    double epsilon, offset;
} models[] = {
    {"gpt2", "2x24 heads 3/3x8 mlp 96 tokens 48 positions 16 causal pre tanh layer tied", 1e-5, 0},
    {"llama", LLAMA " rope 10000", 1e-5, 0},
    {"llama_tied", LLAMA " tied rope 500 by 4 1 4 16", 1e-6, 0},
    {"llama_biased",
     "2x24 heads 4/4x6 mlp 40 tokens 48 positions 32 causal pre silu gated rms rope 10000 by 2 0 0 "
     "0",
     1e-6, 0},
    {"mistral", LLAMA " rope 10000 window 4", 1e-6, 0},
    {"qwen2",
     "2x32 heads 4/2x8 mlp 40 tokens 48 positions 32 causal pre silu gated rms tied rope 10000",
     1e-6, 0},
    {"gemma",
     "2x24 heads 4/1x8 mlp 40 tokens 48 positions 32 causal pre tanh gated rms tied rope 10000",
     1e-6, 1},
    {"phi3", "2x32 heads 4/2x8 mlp 40 tokens 48 positions 32 causal pre silu gated rms rope 10000",
     1e-5, 0},
    {"bert", BERT " encoder post erf layer tied", 1e-12, 0},
    {"roberta", BERT "+2 encoder post erf layer tied", 1e-5, 0},
    {"distilbert", BERT " encoder post erf layer tied", 1e-12, 0},
    {"minilm", BERT " encoder post erf layer", 1e-12, 0},
};

/* What transformers writes, with its configuration beside it: nothing has to be assumed. */
START_TEST(test_model)
{
    char *name = g_build_filename("models", models[_i].name, "model.h5", NULL), *assumed, *text;
    struct checkpoint *c = open_file("TARE_ORACLE", name);
    struct net_spec s;
    GError *error = NULL;

    ck_assert_msg(net_spec_of(c, &s, &assumed, &error), "%s", error ? error->message : "");
    text = describe(&s);
    ck_assert_str_eq(text, models[_i].spec);
    ck_assert_double_eq(s.norm_epsilon, models[_i].epsilon);
    ck_assert_double_eq(s.norm_offset, models[_i].offset);
    ck_assert_double_eq(s.embed_scale, models[_i].offset > 0 ? sqrt(24) : 1);
    ck_assert_msg(assumed == NULL, "%s: %s", models[_i].name, assumed);
    checkpoint_destroy(c);
    g_free(name);
    g_free(text);
}
END_TEST

static const struct {
    const char *file;
    uint32_t layers, heads, kv_heads, positions;
    enum net_activation activation;
    double epsilon;
    bool tied;
} hub[] = {
    {"hub/gpt2_base/model.weights.h5", 3, 4, 4, 24, NET_GELU_TANH, 1e-5, true},
    {"hub/llama_base/model.weights.h5", 3, 4, 2, 0, NET_SILU, 1e-6, false},
    {"hub/bert_base/model.weights.h5", 2, 4, 4, 24, NET_GELU_TANH, 1e-12, false},
    {"hf_tf/gpt2_base/tf_model.h5", 3, 4, 4, 32, NET_GELU_TANH, 1e-5, true},
    {"hf_tf/bert_base/tf_model.h5", 2, 4, 4, 32, NET_GELU_ERF, 1e-12, false},
};

/* KerasHub's classes have no setting for some of it, so nothing is assumed either. */
START_TEST(test_hub)
{
    struct checkpoint *c = open_file("TARE_FIXTURES", hub[_i].file);
    struct net_spec s;
    GError *error = NULL;
    char *assumed;

    ck_assert_msg(net_spec_of(c, &s, &assumed, &error), "%s", error ? error->message : "");
    ck_assert_uint_eq(s.layers, hub[_i].layers);
    ck_assert_uint_eq(s.heads, hub[_i].heads);
    ck_assert_uint_eq(s.kv_heads, hub[_i].kv_heads);
    ck_assert_uint_eq(s.positions, hub[_i].positions);
    ck_assert_int_eq(s.activation, hub[_i].activation);
    ck_assert_double_eq(s.norm_epsilon, hub[_i].epsilon);
    ck_assert_int_eq(s.tied, hub[_i].tied);
    ck_assert_msg(assumed == NULL, "%s", assumed);
    checkpoint_destroy(c);
}
END_TEST

/* A file that nothing stands beside. */
START_TEST(test_assumed)
{
    struct weights *w = weights_make("llama", 30);
    struct checkpoint *c = weights_write(w, "llama.torch");
    struct net_spec s;
    char *assumed;
    GError *error = NULL;

    ck_assert(!net_spec_of(c, &s, &assumed, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "attention heads is not known"));
    ck_assert_ptr_null(assumed);
    g_clear_error(&error);
    checkpoint_set_heads(c, 4, 2);
    ck_assert(net_spec_of(c, &s, &assumed, &error));
    ck_assert_str_eq(assumed, "rope_base, norm_epsilon, activation");
    ck_assert_uint_eq(s.heads, 4);
    ck_assert_uint_eq(s.kv_heads, 2);
    ck_assert_uint_eq(s.head_dim, 2);
    g_free(assumed);
    checkpoint_destroy(c);
    weights_free(w);
}
END_TEST

static void set_type(struct model_config *m)
{
    g_strlcpy(m->type, "granite", sizeof m->type);
}

static void set_odd(struct model_config *m)
{
    g_strlcpy(m->odd, "scale_attn_weights false", sizeof m->odd);
}

static void set_hidden(struct model_config *m)
{
    m->hidden = 9;
}

static void set_layers(struct model_config *m)
{
    m->layers = 3;
}

static void set_heads(struct model_config *m)
{
    m->heads = 3;
}

static void set_kv_heads(struct model_config *m)
{
    m->kv_heads = 3;
}

static void set_vocabulary(struct model_config *m)
{
    m->vocabulary = 31;
}

static void set_activation(struct model_config *m)
{
    g_strlcpy(m->activation, "quick_gelu", sizeof m->activation);
}

static void set_scaling(struct model_config *m)
{
    g_strlcpy(m->rope.scaling, "yarn", sizeof m->rope.scaling);
}

static void set_no_llama3(struct model_config *m)
{
    g_strlcpy(m->rope.scaling, "llama3", sizeof m->rope.scaling);
    m->rope.factor = 8;
}

static void set_untied(struct model_config *m)
{
    m->tied = TIED_NO;
}

/* A configuration that does not fit, and the words of the message that name what. */
static const struct {
    const char *framework;
    void (*set)(struct model_config *m);
    const char *says[3];
} lies[] = {
    {"llama.torch", set_type, {"\"granite\"", "llama, mistral"}},
    {"gpt2.torch", set_odd, {"scale_attn_weights false"}},
    {"llama.torch", set_hidden, {"hidden_size 9", "model.embed_tokens.weight is [30,8]"}},
    {"llama.hub", set_layers, {"3 layers", "2 blocks"}},
    {"llama.torch", set_heads, {"num_attention_heads 3", "model.layers.0.self_attn.q_proj.weight"}},
    {"llama.torch", set_kv_heads, {"num_key_value_heads 3", "8 outputs"}},
    {"gpt2.tf", set_vocabulary, {"vocab_size 31", "transformer.wte.embeddings is [30,8]"}},
    {"gpt2.hub", set_activation, {"\"quick_gelu\""}},
    {"llama.fused", set_scaling, {"\"yarn\""}},
    {"llama.torch", set_no_llama3, {"low_freq_factor 0", "\"llama3\""}},
    {"gpt2.torch", set_untied, {"head.kernel"}},
};

START_TEST(test_lie)
{
    char *architecture = g_strndup(lies[_i].framework, strcspn(lies[_i].framework, "."));
    struct weights *w = weights_make(architecture, 30);
    struct checkpoint *c = weights_write(w, lies[_i].framework);
    struct net_spec s;
    GError *error = NULL;
    bool llama = strcmp(architecture, "llama") == 0;

    checkpoint_set_heads(c, llama ? 4 : 2, llama ? 2 : 2);
    ck_assert(net_spec_of(c, &s, NULL, NULL));
    lies[_i].set(&c->source->config);
    if (c->source->config.heads != (llama ? 4 : 2) || c->source->config.kv_heads != 2)
        checkpoint_set_heads(c, c->source->config.heads, c->source->config.kv_heads);
    ck_assert(!net_spec_of(c, &s, NULL, &error));
    ck_assert_int_eq(error->code, TARE_ERROR_INPUT);
    for (int k = 0; lies[_i].says[k]; k++)
        ck_assert_msg(strstr(error->message, lies[_i].says[k]) != NULL, "no \"%s\" in: %s",
                      lies[_i].says[k], error->message);
    g_clear_error(&error);
    checkpoint_destroy(c);
    weights_free(w);
    g_free(architecture);
}
END_TEST

static const struct {
    const char *file;
    const char *says;
} others[] = {
    {"keras3/k3_cnn_base.weights.h5", "of no model that can be run"},
    {"hub/llama_int8/model.weights.h5", "quantised"},
};

START_TEST(test_refused)
{
    struct checkpoint *c = open_file("TARE_FIXTURES", others[_i].file);
    struct net_spec s;
    GError *error = NULL;

    ck_assert(!net_spec_of(c, &s, NULL, &error));
    ck_assert_msg(strstr(error->message, others[_i].says) != NULL, "%s", error->message);
    g_clear_error(&error);
    checkpoint_destroy(c);
}
END_TEST

static float one(uint64_t i)
{
    return (float)(i % 7);
}

static struct memory_source *small_gpt2(void)
{
    struct memory_source *m = memory_source_create("odd.h5");

    memory_source_add_f32(m, "wte.weight", 10, 4, one);
    memory_source_add_f32(m, "wpe.weight", 6, 4, one);
    memory_source_add_f32(m, "h.0.ln_1.weight", 4, 0, one);
    memory_source_add_f32(m, "h.0.attn.c_attn.weight", 4, 12, one);
    memory_source_add_f32(m, "h.0.attn.c_proj.weight", 4, 4, one);
    memory_source_add_f32(m, "h.0.ln_2.weight", 4, 0, one);
    memory_source_add_f32(m, "h.0.mlp.c_fc.weight", 4, 16, one);
    memory_source_add_f32(m, "h.0.mlp.c_proj.weight", 16, 4, one);
    memory_source_add_f32(m, "ln_f.weight", 4, 0, one);
    return m;
}

/* A weight in a block that no part of the pass takes: the model does something else. But for the
 * causal mask that older files hold. */
START_TEST(test_unknown_part)
{
    static const uint64_t shape[] = {1, 1, 6, 6};
    static const float values[36];
    struct memory_source *m = small_gpt2();
    struct checkpoint *c;
    struct net_spec s;
    GError *error = NULL;

    if (_i == 1)
        memory_source_add_f32(m, "h.0.adapter.weight", 4, 4, one);
    memory_source_add(m, "h.0.attn.bias", TENSOR_WEIGHT, DTYPE_F32, 4, shape, values);
    c = checkpoint_create(memory_source_finish(m));
    checkpoint_set_heads(c, 2, 2);
    ck_assert_int_eq(net_spec_of(c, &s, NULL, &error), _i == 0);
    if (_i)
        ck_assert_ptr_nonnull(strstr(error->message, "h.0.adapter.weight"));
    g_clear_error(&error);
    checkpoint_destroy(c);
}
END_TEST

/* A gate in the second block alone. */
START_TEST(test_stray_gate)
{
    struct memory_source *m = memory_source_create("stray.h5");
    struct weights *w = weights_make("llama", 30);
    struct checkpoint *whole = weights_write(w, "llama.torch"), *c;
    struct net_spec s;
    GError *error = NULL;

    for (uint32_t i = 0; i < whole->source->n_tensors; i++) {
        const struct tensor *t = checkpoint_tensor(whole, i);
        float *values = g_new0(float, t->elems);

        if (strcmp(t->name, "model.layers.0.mlp.gate_proj.weight") != 0)
            memory_source_add(m, t->name, t->kind, t->dtype, t->rank, t->dim, values);
        g_free(values);
    }
    c = checkpoint_create(memory_source_finish(m));
    checkpoint_set_heads(c, 4, 2);
    ck_assert(!net_spec_of(c, &s, NULL, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "model.layers.1.mlp.gate_proj.weight"));
    g_clear_error(&error);
    checkpoint_destroy(c);
    checkpoint_destroy(whole);
    weights_free(w);
}
END_TEST

/* Several of a block's windows: as far as the shortest of them reaches all are one. */
START_TEST(test_window)
{
    struct weights *w = weights_make("llama", 30);
    struct checkpoint *c = weights_write(w, "llama.torch");
    struct net_spec s;

    checkpoint_set_heads(c, 4, 2);
    c->source->config.window = 100;
    c->source->config.window_in_some = _i == 0;
    c->source->config.positions = 1000;
    ck_assert(net_spec_of(c, &s, NULL, NULL));
    ck_assert_uint_eq(s.window, _i ? 100 : 0);
    ck_assert_uint_eq(s.positions, _i ? 1000 : 100);
    checkpoint_destroy(c);
    weights_free(w);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("net_spec");
    TCase *t = tcase_create("spec");
    SRunner *r;
    int failed;

    tcase_add_loop_test(t, test_model, 0, G_N_ELEMENTS(models));
    tcase_add_loop_test(t, test_hub, 0, G_N_ELEMENTS(hub));
    tcase_add_test(t, test_assumed);
    tcase_add_loop_test(t, test_lie, 0, G_N_ELEMENTS(lies));
    tcase_add_loop_test(t, test_refused, 0, G_N_ELEMENTS(others));
    tcase_add_loop_test(t, test_unknown_part, 0, 2);
    tcase_add_test(t, test_stray_gate);
    tcase_add_loop_test(t, test_window, 0, 2);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
