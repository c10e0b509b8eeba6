/* Weights of the shapes of others: clones for gradients and moments, and halves made floats. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "tests/support/net_ready.h"

static const char *const models[] = {"gpt2",       "gpt2_f16", "llama",   "llama_biased",
                                     "llama_tied", "mistral",  "qwen3",   "gemma",
                                     "phi3",       "bert",     "roberta", "minilm"};

static void open_model(struct ready *r, const char *name)
{
    g_autofree char *path =
        g_build_filename(g_getenv("TARE_ORACLE"), "models", name, "model.h5", NULL);

    ready_open(r, path);
}

static bool is_zero(const struct net_array *a)
{
    const float *x = a->values;

    for (uint64_t i = 0; i < a->n; i++)
        if (x[i] != 0)
            return false;
    return true;
}

static void fill(const struct net_array *a)
{
    float *x = a->values;

    for (uint64_t i = 0; i < a->n; i++)
        x[i] = (float)i + 1;
}

/* As many arrays of the same sizes, 0 at first and when cleared, none over another. */
START_TEST(test_arrays)
{
    struct ready r;
    struct net_weights like;
    GArray *of, *is;
    uint64_t bytes = 0;

    open_model(&r, models[_i]);
    ck_assert(net_weights_like(&like, &r.w, NULL));
    of = net_weights_arrays(&r.w);
    is = net_weights_arrays(&like);
    ck_assert_uint_eq(of->len, is->len);
    for (guint i = 0; i < is->len; i++) {
        const struct net_array *a = &g_array_index(of, struct net_array, i);
        const struct net_array *b = &g_array_index(is, struct net_array, i);

        ck_assert_uint_eq(a->n, b->n);
        ck_assert_int_eq(a->block, b->block);
        ck_assert_int_eq(b->dtype, DTYPE_F32);
        ck_assert_ptr_ne(a->values, b->values);
        ck_assert(is_zero(b));
        fill(b);
        bytes += b->n * sizeof(float);
    }
    ck_assert_uint_eq(bytes, like.bytes);
    ck_assert_int_eq(like.head.values == like.tokens.values, r.w.head.values == r.w.tokens.values);
    net_weights_clear(&like);
    for (guint i = 0; i < is->len; i++)
        ck_assert(is_zero(&g_array_index(is, struct net_array, i)));
    g_array_unref(of);
    g_array_unref(is);
    net_weights_finish(&like);
    ready_finish(&r);
}
END_TEST

/* Bytes from the start of what has the matrix, the whole or its block, which counts behind it. */
static gint64 place_of(const struct net_matrix *m, const struct net_weights *w)
{
    const char *at = (const char *)m;

    if (m >= &w->tokens && m <= &w->head)
        return at - (const char *)w;
    return (gint64)sizeof *w + (at - (const char *)w->blocks);
}

START_TEST(test_found_in_the_same_place)
{
    struct ready r;
    struct net_weights like;

    open_model(&r, models[_i]);
    ck_assert(net_weights_like(&like, &r.w, NULL));
    for (uint32_t i = 0; i < r.c->source->n_tensors; i++) {
        struct net_weight_at a, b;
        bool found = net_weights_find(&r.w, r.c, i, &a);

        ck_assert_int_eq(found, net_weights_find(&like, r.c, i, &b));
        if (!found)
            continue;
        ck_assert_int_eq(a.matrix != NULL, b.matrix != NULL);
        ck_assert_uint_eq(a.first, b.first);
        ck_assert_uint_eq(a.rows, b.rows);
        if (a.vector)
            memset(b.vector, 0, a.rows * sizeof *b.vector);
        else
            ck_assert_int_eq(place_of(a.matrix, &r.w), place_of(b.matrix, &like));
    }
    net_weights_finish(&like);
    ready_finish(&r);
}
END_TEST

/* The same bits come out, and nothing is left that is no float. */
START_TEST(test_widened)
{
    static const uint32_t ids[] = {3, 1, 4, 1, 5, 9};
    struct ready r;
    struct ready_rows before, after;
    GArray *all;

    open_model(&r, models[_i]);
    before = ready_run(&r, ids, G_N_ELEMENTS(ids));
    ck_assert(net_weights_widen(&r.w, NULL));
    after = ready_run(&r, ids, G_N_ELEMENTS(ids));
    ck_assert_mem_eq(before.values, after.values,
                     G_N_ELEMENTS(ids) * before.columns * sizeof(float));
    all = net_weights_arrays(&r.w);
    for (guint i = 0; i < all->len; i++)
        ck_assert_int_eq(g_array_index(all, struct net_array, i).dtype, DTYPE_F32);
    g_array_unref(all);
    g_free(before.values);
    g_free(after.values);
    ready_finish(&r);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("net_weights_like");
    TCase *t = tcase_create("like");
    SRunner *r;
    int failed;

    tcase_add_loop_test(t, test_arrays, 0, G_N_ELEMENTS(models));
    tcase_add_loop_test(t, test_found_in_the_same_place, 0, G_N_ELEMENTS(models));
    tcase_add_loop_test(t, test_widened, 0, G_N_ELEMENTS(models));
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
