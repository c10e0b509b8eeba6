/* Models that have learned nothing: what is random, how, and that it is the same everywhere. */
#include <check.h>
#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/net/spec.h"
#include "core/train/initial.h"
#include "core/checkpoint.h"

static const struct initial_model llama = {.arch = INITIAL_LLAMA,
                                           .layers = 2,
                                           .hidden = 128,
                                           .heads = 8,
                                           .kv_heads = 2,
                                           .intermediate = 344,
                                           .positions = 64,
                                           .vocabulary = 1000,
                                           .seed = 7};
static const struct initial_model gpt2 = {.arch = INITIAL_GPT2,
                                          .layers = 8,
                                          .hidden = 128,
                                          .heads = 8,
                                          .kv_heads = 8,
                                          .intermediate = 512,
                                          .positions = 64,
                                          .vocabulary = 1000,
                                          .tied = true,
                                          .seed = 7};

static float *values_of(struct source *s, const char *name, uint64_t *n)
{
    for (uint32_t i = 0; i < s->n_tensors; i++)
        if (strcmp(s->tensors[i].name, name) == 0) {
            float *values = g_new(float, s->tensors[i].elems);

            *n = s->tensors[i].elems;
            ck_assert(s->ops->read(s, i, 0, *n, values, NULL));
            return values;
        }
    ck_abort_msg("no %s", name);
    return NULL;
}

/* Moments of a normal distribution, within five standard errors. */
static void expect_normal(struct source *s, const char *name, double sd)
{
    uint64_t n, within = 0;
    g_autofree float *x = values_of(s, name, &n);
    double mean = 0, square = 0, fourth = 0, count = (double)n;

    for (uint64_t i = 0; i < n; i++) {
        double z = x[i] / sd;

        mean += z / count;
        square += z * z / count;
        fourth += z * z * z * z / count;
        within += fabs(z) < 1;
    }
    ck_assert_double_lt(fabs(mean), 5 / sqrt(count));
    ck_assert_double_lt(fabs(square - 1), 5 * sqrt(2 / count));
    ck_assert_double_lt(fabs(fourth - 3), 5 * sqrt(96 / count));
    ck_assert_double_lt(fabs((double)within / count - 0.6826895), 5 * sqrt(0.2166 / count));
}

START_TEST(weights_are_normal)
{
    struct source *a = initial_source_create(&llama, "a"), *b = initial_source_create(&gpt2, "b");
    uint64_t n;
    g_autofree float *gain = values_of(b, "transformer.h.3.ln_2.weight", &n);
    g_autofree float *bias = values_of(b, "transformer.h.3.mlp.c_fc.bias", &n);

    ck_assert_uint_eq(n, 512);
    ck_assert(gain[100] == 1 && bias[500] == 0);
    expect_normal(a, "model.embed_tokens.weight", 0.02);
    expect_normal(a, "lm_head.weight", 0.02);
    expect_normal(a, "model.layers.1.mlp.up_proj.weight", 0.02);
    expect_normal(a, "model.layers.1.mlp.down_proj.weight", 0.01); /* 0.02 / sqrt(2 x 2) */
    expect_normal(a, "model.layers.0.self_attn.o_proj.weight", 0.01);
    expect_normal(b, "transformer.h.7.attn.c_attn.weight", 0.02);
    expect_normal(b, "transformer.h.7.attn.c_proj.weight", 0.005);
    source_close(a);
    source_close(b);
}
END_TEST

/* Of one machine, so that another one can tell. */
START_TEST(the_same_on_every_machine)
{
    static const uint32_t want[] = {0xba2dc0a1, 0x3b6663bc, 0x3c598ddf,
                                    0x3cbe23dc, 0xbbd95237, 0xbc1827ef};
    struct source *s = initial_source_create(&llama, "a");
    uint64_t n;
    g_autofree float *x = values_of(s, "model.layers.1.self_attn.q_proj.weight", &n);
    float some[7];

    for (gsize i = 0; i < G_N_ELEMENTS(want); i++) {
        uint32_t bits;

        memcpy(&bits, &x[i * 1001], sizeof bits);
        ck_assert_msg(bits == want[i], "%zu: 0x%08x", i, bits);
    }
    for (uint32_t i = 0; i < s->n_tensors; i++)
        if (strstr(s->tensors[i].name, "1.self_attn.q_proj")) {
            ck_assert(s->ops->read(s, i, 1234, 7, some, NULL));
            ck_assert_mem_eq(some, x + 1234, sizeof some);
        }
    source_close(s);
}
END_TEST

/* Four times the deviation: the same draws, four times as large. */
START_TEST(as_large_as_said)
{
    static const char *const names[] = {"lm_head.weight", "model.layers.0.mlp.down_proj.weight"};
    struct initial_model large = llama;
    struct source *a, *b;

    large.deviation = 4 * INITIAL_DEVIATION;
    a = initial_source_create(&llama, "a");
    b = initial_source_create(&large, "b");
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        uint64_t n, same;
        g_autofree float *x = values_of(a, names[i], &n), *y = values_of(b, names[i], &same);

        ck_assert_uint_eq(n, same);
        for (uint64_t k = 0; k < n; k++)
            ck_assert(y[k] == 4 * x[k]);
    }
    source_close(a);
    source_close(b);
}
END_TEST

START_TEST(the_map_knows_them)
{
    static const struct initial_model *const models[] = {&llama, &gpt2};

    for (gsize i = 0; i < G_N_ELEMENTS(models); i++) {
        struct source *s = initial_source_create(models[i], "made.h5");
        struct checkpoint *c;
        struct net_spec spec;
        GError *error = NULL;

        s->config.heads = models[i]->heads;
        s->config.kv_heads = models[i]->kv_heads;
        c = checkpoint_create(s);
        ck_assert_msg(net_spec_of(c, &spec, NULL, &error), "%s", error ? error->message : "");
        ck_assert_uint_eq(spec.layers, models[i]->layers);
        ck_assert_uint_eq(spec.intermediate, models[i]->intermediate);
        ck_assert(spec.tied == models[i]->tied);
        checkpoint_destroy(c);
    }
}
END_TEST

START_TEST(sizes_that_fit_no_model)
{
    struct initial_model m = llama;
    GError *error = NULL;

    ck_assert(initial_check(&m, NULL));
    m.heads = 7;
    ck_assert(!initial_check(&m, &error));
    ck_assert(g_error_matches(error, TARE_ERROR, TARE_ERROR_USAGE));
    g_clear_error(&error);
    m = llama;
    m.kv_heads = 3;
    ck_assert(!initial_check(&m, NULL));
    m = llama;
    m.heads = m.kv_heads = 128;
    ck_assert(!initial_check(&m, NULL));
    m = gpt2;
    m.kv_heads = 4;
    ck_assert(!initial_check(&m, NULL));
    m = gpt2;
    m.vocabulary = 0;
    ck_assert(!initial_check(&m, NULL));
    m = gpt2;
    m.deviation = NAN;
    ck_assert(!initial_check(&m, NULL));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("initial");
    TCase *t = tcase_create("all");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(t, weights_are_normal);
    tcase_add_test(t, the_same_on_every_machine);
    tcase_add_test(t, as_large_as_said);
    tcase_add_test(t, the_map_knows_them);
    tcase_add_test(t, sizes_that_fit_no_model);
    suite_add_tcase(suite, t);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
