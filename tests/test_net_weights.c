/* Weights as the forward pass wants them, from every framework's form. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "core/comparison.h"
#include "core/net/weights.h"
#include "io/format.h"
#include "tests/support/frameworks.h"
#include "tests/support/memory_source.h"

static struct checkpoint *made(const char *framework)
{
    char *architecture = g_strndup(framework, strcspn(framework, "."));
    struct weights *w = weights_make(architecture, 30);
    struct checkpoint *c = weights_write(w, framework);
    bool llama = strcmp(architecture, "llama") == 0;

    checkpoint_set_heads(c, llama ? 4 : 2, 2);
    weights_free(w);
    g_free(architecture);
    return c;
}

static void load(struct net_weights *w, const struct checkpoint *c)
{
    GError *error = NULL;

    ck_assert_msg(net_weights_load(w, c, NULL, &error), "%s: %s", c->source->path,
                  error ? error->message : "");
}

static void check_matrix(const struct net_matrix *a, const struct net_matrix *b, const char *what)
{
    ck_assert_uint_eq(a->out, b->out);
    ck_assert_uint_eq(a->in, b->in);
    ck_assert_int_eq(a->dtype, b->dtype);
    ck_assert_msg((a->values == NULL) == (b->values == NULL), "%s", what);
    if (a->values)
        ck_assert_msg(
            memcmp(a->values, b->values, (size_t)a->out * a->in * dtype_info(a->dtype)->bytes) == 0,
            "%s", what);
}

static void check_vector(const float *a, const float *b, uint64_t n, const char *what)
{
    ck_assert_msg((a == NULL) == (b == NULL), "%s", what);
    if (a)
        ck_assert_msg(memcmp(a, b, n * sizeof *a) == 0, "%s", what);
}

static void check_block(const struct net_spec *s, const struct net_block *a,
                        const struct net_block *b)
{
    uint64_t qkv = (uint64_t)(s->heads + 2 * s->kv_heads) * s->head_dim;

    check_vector(a->norm_1, b->norm_1, s->hidden, "norm_1");
    check_vector(a->norm_1_bias, b->norm_1_bias, s->hidden, "norm_1_bias");
    check_matrix(&a->qkv, &b->qkv, "qkv");
    check_vector(a->qkv_bias, b->qkv_bias, qkv, "qkv_bias");
    check_matrix(&a->out, &b->out, "out");
    check_vector(a->out_bias, b->out_bias, s->hidden, "out_bias");
    check_vector(a->norm_2, b->norm_2, s->hidden, "norm_2");
    check_vector(a->norm_2_bias, b->norm_2_bias, s->hidden, "norm_2_bias");
    check_matrix(&a->gate, &b->gate, "gate");
    check_matrix(&a->up, &b->up, "up");
    check_vector(a->up_bias, b->up_bias, s->intermediate, "up_bias");
    check_matrix(&a->down, &b->down, "down");
    check_vector(a->down_bias, b->down_bias, s->hidden, "down_bias");
}

static void check_equal(const struct net_weights *a, const struct net_weights *b)
{
    const struct net_spec *s = &a->spec;

    ck_assert_uint_eq(a->bytes, b->bytes);
    check_matrix(&a->tokens, &b->tokens, "tokens");
    check_matrix(&a->position, &b->position, "position");
    check_vector(a->type_0, b->type_0, s->hidden, "type_0");
    check_vector(a->embed_norm, b->embed_norm, s->hidden, "embed_norm");
    check_vector(a->embed_norm_bias, b->embed_norm_bias, s->hidden, "embed_norm_bias");
    check_vector(a->final_norm, b->final_norm, s->hidden, "final_norm");
    check_vector(a->final_norm_bias, b->final_norm_bias, s->hidden, "final_norm_bias");
    check_matrix(&a->head, &b->head, "head");
    ck_assert_uint_eq(s->layers, b->spec.layers);
    for (uint32_t i = 0; i < s->layers; i++)
        check_block(s, &a->blocks[i], &b->blocks[i]);
}

static bool same_architecture(const char *a, const char *b)
{
    return strncmp(a, b, strcspn(a, ".")) == 0 && strcspn(a, ".") == strcspn(b, ".");
}

/* Whatever the framework, the same bits. */
START_TEST(test_frameworks)
{
    static const char *const torch[] = {"gpt2.torch", "llama.torch", "bert.torch"};

    for (const char *const *f = framework_names; *f; f++) {
        struct checkpoint *a = made(torch[_i]), *b;
        struct net_weights wa, wb;

        if (same_architecture(torch[_i], *f)) {
            b = made(*f);
            load(&wa, a);
            load(&wb, b);
            check_equal(&wa, &wb);
            net_weights_finish(&wa);
            net_weights_finish(&wb);
            checkpoint_destroy(b);
        }
        checkpoint_destroy(a);
    }
}
END_TEST

static float value_at(const struct checkpoint *c, const char *name, uint64_t at)
{
    for (uint32_t i = 0; i < c->source->n_tensors; i++)
        if (strcmp(c->source->tensors[i].name, name) == 0) {
            float v;

            ck_assert(c->source->ops->read(c->source, i, at, 1, &v, NULL));
            return v;
        }
    ck_abort_msg("no %s", name);
    return 0;
}

/* Rows of query, key and value one after the other; torch's rows are ours. */
START_TEST(test_rows)
{
    struct checkpoint *c = made("llama.torch");
    struct net_weights w;
    const float *qkv, *gate;

    load(&w, c);
    qkv = w.blocks[1].qkv.values;
    ck_assert_uint_eq(w.blocks[1].qkv.out, 16);
    for (uint64_t i = 0; i < 8 * 8; i++)
        ck_assert(qkv[i] == value_at(c, "model.layers.1.self_attn.q_proj.weight", i));
    for (uint64_t i = 0; i < 4 * 8; i++) {
        ck_assert(qkv[64 + i] == value_at(c, "model.layers.1.self_attn.k_proj.weight", i));
        ck_assert(qkv[96 + i] == value_at(c, "model.layers.1.self_attn.v_proj.weight", i));
    }
    gate = w.blocks[0].gate.values;
    ck_assert_ptr_eq(w.blocks[0].up.values, gate + 12 * 8);
    ck_assert(gate[5] == value_at(c, "model.layers.0.mlp.gate_proj.weight", 5));
    ck_assert(gate[96 + 5] == value_at(c, "model.layers.0.mlp.up_proj.weight", 5));
    net_weights_finish(&w);
    checkpoint_destroy(c);
}
END_TEST

static float at_of(const struct net_weight_at *at, uint64_t r, uint64_t k)
{
    return at->matrix ? ((const float *)at->matrix->values)[(at->first + r) * at->columns + k]
                      : at->vector[r];
}

/* Every tensor is found where it went; the file's element is told by `transposed`. */
START_TEST(test_find)
{
    static const char *const names[] = {"gpt2.torch", "gpt2.hub", "llama.fused", "bert.tf"};
    struct checkpoint *c = made(names[_i]);
    struct net_weights w;
    uint64_t seen = 0;

    load(&w, c);
    for (uint32_t i = 0; i < c->source->n_tensors; i++) {
        const struct tensor *t = checkpoint_tensor(c, i);
        float *file = g_new(float, t->elems);
        struct net_weight_at at;

        ck_assert(c->source->ops->read(c->source, i, 0, t->elems, file, NULL));
        if (net_weights_find(&w, c, i, &at)) {
            seen++;
            for (uint64_t r = 0; r < at.rows; r++)
                for (uint64_t k = 0; k < at.columns; k++)
                    ck_assert_msg(at_of(&at, r, k) ==
                                      file[at.transposed ? k * at.rows + r : r * at.columns + k],
                                  "%s of %s", t->name, names[_i]);
        }
        g_free(file);
    }
    ck_assert_uint_eq(seen, c->source->n_tensors - (_i == 3 ? 2 : 0)); /* but BERT's pooler */
    net_weights_finish(&w);
    checkpoint_destroy(c);
}
END_TEST

static struct checkpoint *open_file(const char *variable, const char *name)
{
    char *path = g_build_filename(g_getenv(variable), name, NULL);
    struct source *s = format_open(path, NULL, NULL);

    ck_assert_msg(s != NULL, "%s", path);
    g_free(path);
    return checkpoint_create(s);
}

static const struct {
    const char *variable, *file;
    enum dtype dtype;
} kept[] = {
    {"TARE_ORACLE", "models/gpt2/model.h5", DTYPE_F32},
    {"TARE_ORACLE", "models/gpt2_f16/model.h5", DTYPE_F16},
    {"TARE_ORACLE", "models/llama_tied/model.h5", DTYPE_BF16},
    {"TARE_FIXTURES", "hub/llama_bfloat16/model.weights.h5", DTYPE_BF16},
};

/* Half-precision matrices stay as they are; vectors are f32 always. */
START_TEST(test_types)
{
    struct checkpoint *c = open_file(kept[_i].variable, kept[_i].file);
    struct net_weights w;

    load(&w, c);
    ck_assert_int_eq(w.tokens.dtype, kept[_i].dtype);
    ck_assert_int_eq(w.blocks[1].qkv.dtype, kept[_i].dtype);
    ck_assert_int_eq(w.blocks[1].down.dtype, kept[_i].dtype);
    ck_assert(w.blocks[1].norm_1[3] > 0.1f && w.blocks[1].norm_1[3] < 2);
    ck_assert(w.spec.tied == (w.head.values == w.tokens.values));
    net_weights_finish(&w);
    checkpoint_destroy(c);
}
END_TEST

/* Numbers of other types become f32; parts of one matrix in two types too. */
START_TEST(test_mixed)
{
    static const char *const parts[] = {"q_proj", "k_proj", "v_proj"};
    struct memory_source *m = memory_source_create("mixed.h5");
    struct checkpoint *whole = made("llama.torch"), *c;
    struct net_weights w, ww;

    load(&ww, whole);
    for (uint32_t i = 0; i < whole->source->n_tensors; i++) {
        const struct tensor *t = checkpoint_tensor(whole, i);
        float *values = g_new(float, t->elems);
        double *wide = g_new(double, t->elems);
        bool widen = strstr(t->name, parts[i % 3]) || strstr(t->name, "norm");

        ck_assert(whole->source->ops->read(whole->source, i, 0, t->elems, values, NULL));
        for (uint64_t k = 0; k < t->elems; k++)
            wide[k] = values[k];
        memory_source_add(m, t->name, TENSOR_WEIGHT, widen ? DTYPE_F64 : DTYPE_F32, t->rank, t->dim,
                          widen ? (const void *)wide : values);
        g_free(values);
        g_free(wide);
    }
    c = checkpoint_create(memory_source_finish(m));
    checkpoint_set_heads(c, 4, 2);
    load(&w, c);
    check_equal(&w, &ww);
    net_weights_finish(&w);
    net_weights_finish(&ww);
    checkpoint_destroy(c);
    checkpoint_destroy(whole);
}
END_TEST

static struct comparison *compare(struct checkpoint *base, struct checkpoint *tuned)
{
    const struct comparison_options options = {.threads = 1, .use_rules = true};
    struct comparison *c = comparison_create(base, tuned, &options, NULL);

    ck_assert_ptr_nonnull(c);
    return c;
}

/* The tuned side as it is presented in the base's form: put together, cut, transposed. */
START_TEST(test_presented)
{
    static const char *const pairs[][2] = {{"gpt2.torch", "gpt2.hub"},
                                           {"gpt2.hub", "gpt2.tf"},
                                           {"llama.fused", "llama.hub"},
                                           {"llama.hub", "llama.fused"},
                                           {"bert.tf", "bert.hub"}};
    struct comparison *c = compare(made(pairs[_i][0]), made(pairs[_i][1]));
    struct checkpoint *alone = made(pairs[_i][1]);
    struct net_weights a, b;

    load(&a, c->tuned);
    load(&b, alone);
    check_equal(&a, &b);
    net_weights_finish(&a);
    net_weights_finish(&b);
    checkpoint_destroy(alone);
    comparison_destroy(c);
}
END_TEST

/* Tables that a comparison cuts to common rows are run whole, on either side. */
START_TEST(test_more_rows)
{
    static const char *const pairs[][2] = {{"llama.torch", "llama.hub"},
                                           {"llama.hub", "llama.fused"}};
    struct weights *few = weights_make("llama", 30), *many = weights_make("llama", 34);
    struct checkpoint *base = weights_write(_i ? many : few, pairs[_i][0]);
    struct checkpoint *tuned = weights_write(_i ? few : many, pairs[_i][1]);
    const struct model_config told = {.type = "llama", .heads = 4, .kv_heads = 2};
    struct comparison *c;
    struct net_weight_at at;
    struct net_weights a, b;

    checkpoint_set_config(base, &told); /* the other side is as this one says */
    c = compare(base, tuned);
    ck_assert_uint_eq(c->tuned->source->config.heads, 4);
    load(&a, c->base);
    load(&b, c->tuned);
    ck_assert_uint_eq(a.tokens.out, _i ? 34 : 30);
    ck_assert_uint_eq(b.tokens.out, _i ? 30 : 34);
    ck_assert_uint_eq(b.head.out, b.tokens.out);
    ck_assert_uint_eq(b.spec.heads, 4);
    for (uint32_t i = 0; i < c->tuned->source->n_tensors; i++)
        if (c->tuned->places[i].role == ROLE_EMBEDDING) {
            ck_assert(net_weights_find(&b, c->tuned, i, &at));
            ck_assert_uint_eq(at.rows, 30);
            ck_assert_uint_eq(at.columns, 8);
        }
    net_weights_finish(&a);
    net_weights_finish(&b);
    comparison_destroy(c);
    weights_free(few);
    weights_free(many);
}
END_TEST

/* An adapter over its base is what merging it gives, to rounding. */
START_TEST(test_adapter)
{
    struct comparison *c = compare(open_file("TARE_FIXTURES", "hub/gpt2_tuned/model.weights.h5"),
                                   open_file("TARE_FIXTURES", "hub/gpt2_lora.lora.h5"));
    struct checkpoint *merged = open_file("TARE_FIXTURES", "hub/gpt2_lora_merged.weights.h5");
    struct net_weights a, b;
    const float *x, *y;

    load(&a, c->tuned);
    load(&b, merged);
    x = a.blocks[2].qkv.values;
    y = b.blocks[2].qkv.values;
    for (uint32_t i = 0; i < a.blocks[2].qkv.out * a.blocks[2].qkv.in; i++)
        ck_assert_float_eq_tol(x[i], y[i], 1e-6f);
    net_weights_finish(&a);
    net_weights_finish(&b);
    checkpoint_destroy(merged);
    comparison_destroy(c);
}
END_TEST

/* A tensor that can't be read, and a user who does not want to wait. */
START_TEST(test_failures)
{
    struct checkpoint *c = made("gpt2.torch");
    gint cancelled = 1;
    struct net_weights w;
    GError *error = NULL;

    ck_assert(!net_weights_load(&w, c, &cancelled, &error));
    ck_assert_int_eq(error->code, TARE_ERROR_CANCELLED);
    g_clear_error(&error);
    memory_source_break((struct memory_source *)c->source, "transformer.h.1.mlp.c_fc.weight");
    ck_assert(!net_weights_load(&w, c, NULL, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "transformer.h.1.mlp.c_fc.weight"));
    ck_assert_ptr_null(w.blocks);
    g_clear_error(&error);
    checkpoint_destroy(c);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("net_weights");
    TCase *t = tcase_create("weights");
    SRunner *r;
    int failed;

    tcase_add_loop_test(t, test_frameworks, 0, 3);
    tcase_add_test(t, test_rows);
    tcase_add_loop_test(t, test_find, 0, 4);
    tcase_add_loop_test(t, test_types, 0, G_N_ELEMENTS(kept));
    tcase_add_test(t, test_mixed);
    tcase_add_loop_test(t, test_presented, 0, 5);
    tcase_add_loop_test(t, test_more_rows, 0, 2);
    tcase_add_test(t, test_adapter);
    tcase_add_test(t, test_failures);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
