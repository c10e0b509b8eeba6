/* Gradients of models as files have them, which have parts that those of test_net_gradient.c do
 * not: against differences of the loss in float64, and halves against the floats they stand for. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "tests/support/net_ready.h"
#include "tests/support/net_reference.h"

static const char *const models[] = {"gpt2",    "gpt2_f16", "llama_biased", "llama_tied",
                                     "mistral", "qwen2",    "qwen3",        "phi3",
                                     "gemma",   "bert",     "distilbert",   "roberta"};

#define ROWS 13

static const uint32_t ids[ROWS] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9};
static const uint32_t targets[ROWS] = {1, 4,          UINT32_MAX, 5, 9, 2,         6,
                                       5, UINT32_MAX, 5,          8, 9, UINT32_MAX};
static const struct net_sequence sequences[2] = {{ids, 9, 9}, {ids + 9, 4, 0}};
static const struct net_batch batch = {.sequences = sequences, .n = 2};
static const struct net_goal goal = {targets, 0.1f};

static void open_model(struct ready *r, const char *name)
{
    g_autofree char *path =
        g_build_filename(g_getenv("TARE_ORACLE"), "models", name, "model.h5", NULL);

    ready_open(r, path);
}

static void gradient_of(struct ready *r, struct net_weights *to)
{
    double losses[ROWS];
    GError *error = NULL;

    ck_assert(net_weights_like(to, &r->w, NULL));
    ck_assert_msg(net_gradient(r->net, &batch, &goal, to, losses, NULL, &error), "%s",
                  error ? error->message : "");
    for (int i = 0; i < ROWS; i++)
        ck_assert_int_eq(isnan(losses[i]) != 0, targets[i] == UINT32_MAX);
}

START_TEST(every_gradient_is_a_difference)
{
    struct net_farthest far;
    struct net_weights g;
    struct ready r;

    open_model(&r, models[_i]);
    ck_assert(net_weights_widen(&r.w, NULL));
    gradient_of(&r, &g);
    far = net_reference_farthest(&r.w, &batch, &goal, &g);
    /* 1.2e-6 at most, in one of norms on heads; 5e-7 elsewhere. */
    ck_assert_msg(far.relative <= 3e-6, "%s: array %u, element %u: %g of the norm", models[_i],
                  far.array, (unsigned)far.element, far.relative);
    net_weights_finish(&g);
    ready_finish(&r);
}
END_TEST

START_TEST(halves_have_the_gradient_of_floats)
{
    struct net_weights half, whole;
    struct ready r;
    GArray *a, *b;

    open_model(&r, "gpt2_f16");
    ck_assert_int_eq(r.w.blocks[0].qkv.dtype, DTYPE_F16);
    gradient_of(&r, &half);
    ck_assert(net_weights_widen(&r.w, NULL));
    gradient_of(&r, &whole);
    a = net_weights_arrays(&half);
    b = net_weights_arrays(&whole);
    for (guint i = 0; i < a->len; i++) {
        const struct net_array *x = &g_array_index(a, struct net_array, i);

        ck_assert_mem_eq(x->values, g_array_index(b, struct net_array, i).values,
                         x->n * sizeof(float));
    }
    g_array_unref(a);
    g_array_unref(b);
    net_weights_finish(&half);
    net_weights_finish(&whole);
    ready_finish(&r);
}
END_TEST

/* An encoder that was saved without one. */
START_TEST(no_head_no_gradient)
{
    double losses[ROWS];
    struct net_weights g;
    struct ready r;
    GError *error = NULL;

    open_model(&r, "minilm");
    ck_assert(net_weights_like(&g, &r.w, NULL));
    ck_assert(!net_gradient(r.net, &batch, &goal, &g, losses, NULL, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "no head"));
    g_error_free(error);
    net_weights_finish(&g);
    ready_finish(&r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("net_gradient_files");
    TCase *t = tcase_create("files");

    tcase_add_loop_test(t, every_gradient_is_a_difference, 0, G_N_ELEMENTS(models));
    tcase_add_test(t, halves_have_the_gradient_of_floats);
    tcase_add_test(t, no_head_no_gradient);
    suite_add_tcase(suite, t);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
