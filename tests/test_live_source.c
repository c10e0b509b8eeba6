/* Weights in memory as the tensors of their file: the file's own bits where nothing was changed,
 * and what was changed in every layout and type. */
#include <check.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "core/train/initial.h"
#include "core/train/live_source.h"
#include "io/hdf5_save.h"
#include "tests/support/memory_source.h"
#include "tests/support/opened.h"
#include "tests/support/saved.h"

static const char *const files[] = {
    "torch/gpt2_base_flat.h5",        "torch/llama_base_nested.h5",
    "torch/llama_base_fp16.h5",       "torch/llama_tuned_bf16_opaque.h5",
    "hub/gpt2_base/model.weights.h5", "hub/llama_base/model.weights.h5",
    "hub/bert_base/model.weights.h5", "hf_tf/gpt2_base/tf_model.h5",
    "hf_tf/bert_base/tf_model.h5",
};

static struct checkpoint *c;
static struct net_weights w;
static char *path;

static void open_model(int i)
{
    GError *error = NULL;

    path = fixture_path(files[i]);
    c = checkpoint_create(saved_open(path));
    if (strstr(files[i], "torch/llama")) /* nothing says it */
        checkpoint_set_heads(c, 4, 2);
    ck_assert_msg(net_weights_load(&w, c, NULL, &error), "%s", error ? error->message : "");
    ck_assert(net_weights_widen(&w, NULL));
}

static void close_model(void)
{
    net_weights_finish(&w);
    checkpoint_destroy(c);
    g_free(path);
}

START_TEST(unchanged_weights_are_the_file)
{
    struct source *live;

    open_model(_i);
    live = live_source_create(c, &w, true);
    saved_expect_values(live, c->source, path);
    source_close(live);
    close_model();
}
END_TEST

/* Every array by another factor, so that one in the place of another shows. */
static void change(void)
{
    GArray *all = net_weights_arrays(&w);

    for (guint i = 0; i < all->len; i++) {
        const struct net_array *a = &g_array_index(all, struct net_array, i);

        for (uint64_t k = 0; k < a->n; k++)
            ((float *)a->values)[k] = ((float *)a->values)[k] * (1 + 0.01f * (float)i) + 0.001f;
    }
    g_array_unref(all);
}

/* As the stored type rounds it. */
static void expect_weights(const struct net_weights *got, enum dtype stored)
{
    GArray *a = net_weights_arrays(&w), *b = net_weights_arrays(got);

    ck_assert_uint_eq(a->len, b->len);
    for (guint i = 0; i < a->len; i++) {
        const struct net_array *x = &g_array_index(a, struct net_array, i);
        const struct net_array *y = &g_array_index(b, struct net_array, i);

        for (uint64_t k = 0; k < x->n; k++) {
            double value = ((float *)x->values)[k];
            char raw[8];

            dtype_info(stored)->encode(raw, &value, 1);
            dtype_info(stored)->decode(&value, raw, 1);
            ck_assert_msg((float)value == ((float *)y->values)[k],
                          "array %u, element %" G_GUINT64_FORMAT, i, k);
        }
    }
    g_array_unref(a);
    g_array_unref(b);
}

START_TEST(changed_weights_come_back)
{
    static const struct save_options options = {.rules = {.overwrite = TRUE}};
    char *folder = saved_folder(), *to = g_build_filename(folder, "saved.h5", NULL);
    struct net_weights got;
    struct checkpoint *again;
    struct source *live;
    GError *error = NULL;

    open_model(_i);
    change();
    live = live_source_create(c, &w, true);
    ck_assert_msg(checkpoint_save(to, path, live, &options, &error), "%s",
                  error ? error->message : "");
    saved_expect_like(to, path);
    again = checkpoint_create(saved_open(to));
    checkpoint_set_config(again, &c->source->config); /* what stood beside the file */
    if (c->source->config.heads == 0)
        checkpoint_set_heads(again, 4, 2);
    ck_assert_msg(net_weights_load(&got, again, NULL, &error), "%s", error ? error->message : "");
    ck_assert(net_weights_widen(&got, NULL));
    expect_weights(&got, checkpoint_tensor(c, 0)->dtype);
    net_weights_finish(&got);
    checkpoint_destroy(again);
    source_close(live);
    close_model();
    g_free(to);
    saved_remove(folder);
}
END_TEST

/* Pieces of any size are those of the whole. */
START_TEST(pieces_are_of_the_whole)
{
    struct source *live;

    open_model(_i);
    change();
    live = live_source_create(c, &w, false);
    for (uint32_t i = 0; i < live->n_tensors; i++) {
        const struct tensor *t = &live->tensors[i];
        gsize bytes = dtype_info(t->dtype)->bytes;
        g_autofree char *whole = g_malloc(t->elems * bytes + 1);
        g_autofree char *piece = g_malloc(t->elems * bytes + 1);

        ck_assert(live->ops->read(live, i, 0, t->elems, whole, NULL));
        for (uint64_t first = 0, step = 1; first < t->elems; step = step * 3 % 1009 + 1) {
            uint64_t n = MIN(step, t->elems - first);

            ck_assert(live->ops->read(live, i, first, n, piece, NULL));
            ck_assert_mem_eq(piece, whole + first * bytes, n * bytes);
            first += n;
        }
    }
    source_close(live);
    close_model();
}
END_TEST

/* float64 has digits that weights in memory have not: they stay where nothing was changed. */
START_TEST(digits_of_doubles_stay)
{
    const struct initial_model m = {.arch = INITIAL_LLAMA,
                                    .layers = 1,
                                    .hidden = 8,
                                    .heads = 2,
                                    .kv_heads = 1,
                                    .intermediate = 12,
                                    .positions = 8,
                                    .vocabulary = 11,
                                    .seed = 1};
    struct source *made = initial_source_create(&m, "made"), *live;
    struct memory_source *memory = memory_source_create("doubles.h5");
    double values[96];

    for (uint32_t i = 0; i < made->n_tensors; i++) {
        const struct tensor *t = &made->tensors[i];

        ck_assert_uint_le(t->elems, G_N_ELEMENTS(values));
        for (uint64_t k = 0; k < t->elems; k++)
            values[k] = 1.0 / (double)(3 + k + i);
        memory_source_add(memory, t->name, TENSOR_WEIGHT, DTYPE_F64, t->rank, t->dim, values);
    }
    source_close(made);
    made = memory_source_finish(memory);
    made->config.heads = 2;
    made->config.kv_heads = 1;
    made->config.positions = 8;
    c = checkpoint_create(made);
    ck_assert(net_weights_load(&w, c, NULL, NULL));
    live = live_source_create(c, &w, true);
    saved_expect_values(live, made, "doubles");
    ((float *)w.tokens.values)[5] = 0.5F;
    ck_assert(live->ops->read(live, 0, 4, 3, values, NULL));
    ck_assert_double_eq(values[0], 1.0 / 7);
    ck_assert_double_eq(values[1], 0.5);
    ck_assert_double_eq(values[2], 1.0 / 9);
    source_close(live);
    net_weights_finish(&w);
    checkpoint_destroy(c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("live_source");
    TCase *t = tcase_create("all");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, unchanged_weights_are_the_file, 0, G_N_ELEMENTS(files));
    tcase_add_loop_test(t, changed_weights_come_back, 0, G_N_ELEMENTS(files));
    tcase_add_loop_test(t, pieces_are_of_the_whole, 0, G_N_ELEMENTS(files));
    tcase_add_test(t, digits_of_doubles_stay);
    suite_add_tcase(suite, t);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
