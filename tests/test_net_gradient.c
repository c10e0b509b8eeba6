/* The way back through tiny models of each kind: against PyTorch (oracle/net_models.py), and what
 * must hold of any gradient. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/net/backward.h"
#include "core/net/kernels.h"
#include "tests/support/net_oracle.h"
#include "tests/support/net_reference.h"

static const char *const models[] = {"gpt2", "llama", "mistral", "gemma", "gemma3", "bert"};

/* A model, and the batch that its gradient was computed for. */
struct example {
    struct net_oracle *models, *gradients;
    const char *name;
    struct net_weights w;
    struct net *net;
    struct net_sequence sequences[4];
    struct net_batch batch;
    struct net_goal goal;
    double losses[64];
};

static void example_init(struct example *e, const char *name, guint threads)
{
    g_autofree char *lengths_name = g_strconcat(name, ".lengths", NULL);
    g_autofree char *ids_name = g_strconcat(name, ".ids", NULL);
    g_autofree char *targets_name = g_strconcat(name, ".targets", NULL);
    const uint32_t *lengths, *ids;
    uint32_t n = 0;

    *e = (struct example){.models = net_oracle_open("net_models.bin"),
                          .gradients = net_oracle_open("net_gradients.bin"),
                          .name = name};
    net_oracle_model(e->models, name, DTYPE_F32, &e->w);
    e->net = net_create(&e->w, threads, NULL);
    ck_assert_ptr_nonnull(e->net);
    lengths = net_oracle_numbers(e->models, lengths_name, NULL);
    ids = net_oracle_numbers(e->gradients, ids_name, NULL);
    for (uint32_t i = 0; i < G_N_ELEMENTS(e->sequences); i++) {
        e->sequences[i] = (struct net_sequence){.ids = ids, .n = lengths[i]};
        ids += lengths[i];
    }
    e->batch = (struct net_batch){.sequences = e->sequences, .n = G_N_ELEMENTS(e->sequences)};
    e->goal.targets = net_oracle_numbers(e->gradients, targets_name, NULL);
    ck_assert_uint_eq(net_batch_rows(&e->batch), G_N_ELEMENTS(e->losses));
    for (uint32_t i = 0; i < G_N_ELEMENTS(e->losses); i++)
        n += e->goal.targets[i] != UINT32_MAX;
    e->goal.scale = 1 / (float)n;
}

static void example_finish(struct example *e)
{
    net_destroy(e->net);
    net_oracle_model_finish(&e->w);
    net_oracle_close(e->models);
    net_oracle_close(e->gradients);
}

static void gradient_of(struct example *e, struct net_weights *to)
{
    GError *error = NULL;

    ck_assert(net_weights_like(to, &e->w, NULL));
    ck_assert_msg(net_gradient(e->net, &e->batch, &e->goal, to, e->losses, NULL, &error), "%s",
                  error ? error->message : "");
}

/* The mean over rows with a target. */
static double loss_of(const struct example *e)
{
    double sum = 0;

    for (uint32_t i = 0; i < G_N_ELEMENTS(e->losses); i++) {
        ck_assert_int_eq(isnan(e->losses[i]) != 0, e->goal.targets[i] == UINT32_MAX);
        sum += e->goal.targets[i] == UINT32_MAX ? 0 : e->losses[i];
    }
    return sum * (double)e->goal.scale;
}

/* Relative to the norm of a tensor's gradient; both sides are float32, and 7.4e-7 apart at most. */
#define TOLERANCE 3e-6

/* n: 0 where the model has none. */
static void check_array(const struct example *e, const char *prefix, const char *what,
                        const float *values, gsize n)
{
    g_autofree char *name = g_strdup_printf("%s.%s%s", e->name, prefix, what);
    g_autofree char *norm_name = g_strconcat(name, ".norm", NULL);
    gsize some;
    const float *expected = net_oracle_maybe(e->gradients, name, &some);
    double norm = 0, is = 0;

    ck_assert_msg((expected != NULL) == (values != NULL), "%s", name);
    if (!expected)
        return;
    norm = *net_oracle_doubles(e->gradients, norm_name, NULL);
    ck_assert_uint_eq((n + 2) / 3, some);
    for (gsize i = 0; i < n; i++)
        is += (double)values[i] * (double)values[i];
    ck_assert_msg(fabs(sqrt(is) - norm) <= TOLERANCE * norm, "%s: norm %g for %g", name, sqrt(is),
                  norm);
    for (gsize i = 0; i < some; i++)
        ck_assert_msg(fabs((double)values[3 * i] - (double)expected[i]) <= TOLERANCE * norm,
                      "%s %u: %g for %g, norm %g", name, (unsigned)(3 * i), (double)values[3 * i],
                      (double)expected[i], norm);
}

static void check_matrix(const struct example *e, const char *prefix, const char *what,
                         const struct net_matrix *m)
{
    check_array(e, prefix, what, m->values, m->values ? (gsize)m->out * m->in : 0);
}

static void check_block(const struct example *e, uint32_t block, const struct net_block *b)
{
    g_autofree char *p = g_strdup_printf("block%u.", block);
    const struct net_spec *s = &e->w.spec;
    gsize hidden = s->hidden, qkv = b->qkv.out;

    check_array(e, p, "norm_1", b->norm_1, hidden);
    check_array(e, p, "norm_1_bias", b->norm_1_bias, hidden);
    check_matrix(e, p, "qkv", &b->qkv);
    check_array(e, p, "qkv_bias", b->qkv_bias, qkv);
    check_array(e, p, "query_norm", b->query_norm, s->head_dim);
    check_array(e, p, "key_norm", b->key_norm, s->head_dim);
    check_matrix(e, p, "out", &b->out);
    check_array(e, p, "out_bias", b->out_bias, hidden);
    check_array(e, p, "norm_after_attention", b->norm_after_attention, hidden);
    check_array(e, p, "norm_2", b->norm_2, hidden);
    check_array(e, p, "norm_2_bias", b->norm_2_bias, hidden);
    check_matrix(e, p, "gate", &b->gate);
    check_matrix(e, p, "up", &b->up);
    check_array(e, p, "up_bias", b->up_bias, s->intermediate);
    check_matrix(e, p, "down", &b->down);
    check_array(e, p, "down_bias", b->down_bias, hidden);
    check_array(e, p, "norm_after_mlp", b->norm_after_mlp, hidden);
}

START_TEST(every_gradient_is_as_pytorch_has_it)
{
    g_autofree char *name = g_strconcat(models[_i], ".loss", NULL);
    struct example e;
    struct net_weights g;

    example_init(&e, models[_i], 2);
    gradient_of(&e, &g);
    ck_assert_double_eq_tol(loss_of(&e), *net_oracle_doubles(e.gradients, name, NULL), 1e-6);
    check_matrix(&e, "", "tokens", &g.tokens);
    check_matrix(&e, "", "position", &g.position);
    check_array(&e, "", "type_0", g.type_0, e.w.spec.hidden);
    check_array(&e, "", "embed_norm", g.embed_norm, e.w.spec.hidden);
    check_array(&e, "", "embed_norm_bias", g.embed_norm_bias, e.w.spec.hidden);
    check_array(&e, "", "final_norm", g.final_norm, e.w.spec.hidden);
    check_array(&e, "", "final_norm_bias", g.final_norm_bias, e.w.spec.hidden);
    check_matrix(&e, "", "head_dense", &g.head_dense);
    check_array(&e, "", "head_dense_bias", g.head_dense_bias, e.w.spec.hidden);
    check_array(&e, "", "head_norm", g.head_norm, e.w.spec.hidden);
    check_array(&e, "", "head_norm_bias", g.head_norm_bias, e.w.spec.hidden);
    if (!e.w.spec.tied)
        check_matrix(&e, "", "head", &g.head);
    check_array(&e, "", "head_bias", g.head_bias, e.w.spec.vocabulary);
    for (uint32_t i = 0; i < e.w.spec.layers; i++)
        check_block(&e, i, g.blocks + i);
    net_weights_finish(&g);
    example_finish(&e);
}
END_TEST

START_TEST(every_gradient_is_a_difference)
{
    struct net_farthest far;
    struct example e;
    struct net_weights g;

    example_init(&e, models[_i], 2);
    e.sequences[0].n = 11; /* the first targets are theirs */
    e.batch.n = 1;
    gradient_of(&e, &g);
    far = net_reference_farthest(&e.w, &e.batch, &e.goal, &g);
    ck_assert_msg(far.relative <= TOLERANCE, "%s: array %u, element %u: %g of the norm", e.name,
                  far.array, (unsigned)far.element, far.relative);
    net_weights_finish(&g);
    example_finish(&e);
}
END_TEST

static void assert_same_bits(const struct net_weights *a, const struct net_weights *b)
{
    GArray *all = net_weights_arrays(a), *other = net_weights_arrays(b);

    ck_assert_uint_eq(all->len, other->len);
    for (guint i = 0; i < all->len; i++) {
        const struct net_array *x = &g_array_index(all, struct net_array, i);
        const struct net_array *y = &g_array_index(other, struct net_array, i);

        ck_assert_mem_eq(x->values, y->values, x->n * sizeof(float));
    }
    g_array_unref(all);
    g_array_unref(other);
}

START_TEST(threads_and_widths_change_no_bit)
{
    static const char *const widths[] = {"scalar", "avx2", "avx512"};
    struct net_weights first, more;
    double losses[64];
    struct example e;

    g_setenv("TARE_CPU", "scalar", TRUE);
    example_init(&e, models[_i], 1);
    gradient_of(&e, &first);
    memcpy(losses, e.losses, sizeof losses);
    example_finish(&e);
    for (guint i = 1; i < 9; i++) {
        if (!net_kernels_choose(widths[i / 3]))
            continue;
        g_setenv("TARE_CPU", widths[i / 3], TRUE);
        example_init(&e, models[_i], i % 3 + 1);
        gradient_of(&e, &more);
        assert_same_bits(&first, &more);
        ck_assert_mem_eq(losses, e.losses, sizeof losses);
        net_weights_finish(&more);
        example_finish(&e);
    }
    g_unsetenv("TARE_CPU");
    net_weights_finish(&first);
}
END_TEST

/* A second one goes on top; another batch in between leaves nothing behind. */
START_TEST(gradients_are_added)
{
    const uint32_t ids[3] = {1, 2, 3}, targets[3] = {2, 3, UINT32_MAX};
    const struct net_sequence s = {.ids = ids, .n = 3};
    const struct net_goal goal = {targets, 1};
    struct net_weights once, twice, other;
    struct example e;
    double losses[3];
    GArray *a, *b;

    example_init(&e, models[_i], 2);
    gradient_of(&e, &once);
    gradient_of(&e, &twice);
    assert_same_bits(&once, &twice);
    ck_assert(net_weights_like(&other, &e.w, NULL));
    ck_assert(net_gradient(e.net, &(struct net_batch){.sequences = &s, .n = 1}, &goal, &other,
                           losses, NULL, NULL));
    ck_assert(isnan(losses[2]));
    ck_assert(net_gradient(e.net, &e.batch, &e.goal, &twice, e.losses, NULL, NULL));
    a = net_weights_arrays(&once);
    b = net_weights_arrays(&twice);
    for (guint i = 0; i < a->len; i++) {
        const struct net_array *x = &g_array_index(a, struct net_array, i);
        const float *one = x->values, *two = g_array_index(b, struct net_array, i).values;

        for (uint64_t j = 0; j < x->n; j++)
            ck_assert_float_eq_tol(two[j], 2 * one[j], 1e-6f + 1e-4f * fabsf(one[j]));
    }
    g_array_unref(a);
    g_array_unref(b);
    net_weights_finish(&once);
    net_weights_finish(&twice);
    net_weights_finish(&other);
    example_finish(&e);
}
END_TEST

/* What nobody wants is not made, and the rest is as it was. */
START_TEST(parts_can_be_left_out)
{
    struct net_weights all, some;
    struct example e;
    struct net_block *b;

    example_init(&e, "gpt2", 2);
    gradient_of(&e, &all);
    ck_assert(net_weights_like(&some, &e.w, NULL));
    b = some.blocks + 1;
    free(b->qkv.values);
    free(b->qkv_bias);
    free(b->norm_2);
    free(some.position.values);
    b->qkv.values = b->qkv_bias = b->norm_2 = some.position.values = NULL;
    ck_assert(net_gradient(e.net, &e.batch, &e.goal, &some, e.losses, NULL, NULL));
    ck_assert_mem_eq(some.tokens.values, all.tokens.values, 61 * 16 * sizeof(float));
    ck_assert_mem_eq(some.blocks[0].qkv.values, all.blocks[0].qkv.values, 48 * 16 * sizeof(float));
    ck_assert_mem_eq(b->norm_2_bias, all.blocks[1].norm_2_bias, 16 * sizeof(float));
    net_weights_finish(&all);
    net_weights_finish(&some);
    example_finish(&e);
}
END_TEST

static void assert_refused(struct example *e, const struct net_goal *goal, const gint *cancelled,
                           int code, const char *part)
{
    struct net_weights g;
    GError *error = NULL;

    ck_assert(net_weights_like(&g, &e->w, NULL));
    ck_assert(!net_gradient(e->net, &e->batch, goal, &g, e->losses, cancelled, &error));
    ck_assert_int_eq(error->code, code);
    ck_assert_msg(strstr(error->message, part) != NULL, "%s", error->message);
    g_error_free(error);
    net_weights_finish(&g);
}

START_TEST(what_can_not_be_learnt_is_named)
{
    uint32_t targets[64] = {[9] = 61};
    const struct net_goal goal = {targets, 1};
    const gint cancelled = 1;
    struct example e;

    example_init(&e, "gpt2", 2);
    assert_refused(&e, &goal, NULL, TARE_ERROR_INPUT, "id 61");
    assert_refused(&e, &e.goal, &cancelled, TARE_ERROR_CANCELLED, "");
    e.sequences[1].n = 41;
    assert_refused(&e, &e.goal, NULL, TARE_ERROR_INPUT, "1 to 40");
    e.sequences[1].n = 1;
    e.w.head.values = NULL;
    assert_refused(&e, &e.goal, NULL, TARE_ERROR_INPUT, "no head");
    e.w.head = e.w.tokens;
    example_finish(&e);
}
END_TEST

/* The memory that is said is what blocks and the way back take. */
START_TEST(bytes_are_told)
{
    struct example e;
    uint64_t row;

    example_init(&e, "gpt2", 1);
    row = net_gradient_bytes(&e.w, 2000) - net_gradient_bytes(&e.w, 1000);
    ck_assert_uint_ge(row, 1000 * 2 * (2 * 16 + 4 + 48 + 16 + 64) * sizeof(float));
    ck_assert_uint_lt(row, 1000 * 4 * (2 * 16 + 4 + 48 + 16 + 64) * sizeof(float));
    example_finish(&e);
}
END_TEST

int main(void)
{
    const int n = G_N_ELEMENTS(models);
    Suite *suite = suite_create("net_gradient");
    TCase *each = tcase_create("each model"), *any = tcase_create("any");

    tcase_add_loop_test(each, every_gradient_is_as_pytorch_has_it, 0, n);
    tcase_add_loop_test(each, every_gradient_is_a_difference, 0, n);
    tcase_add_loop_test(each, threads_and_widths_change_no_bit, 0, n);
    tcase_add_loop_test(each, gradients_are_added, 0, n);
    suite_add_tcase(suite, each);
    tcase_add_test(any, parts_can_be_left_out);
    tcase_add_test(any, what_can_not_be_learnt_is_named);
    tcase_add_test(any, bytes_are_told);
    suite_add_tcase(suite, any);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
