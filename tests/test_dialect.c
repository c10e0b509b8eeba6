/* What each dialect makes of listings built by hand: names, order, kinds, aliases, lies. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "io/hdf5_tensors.h"
#include "tests/support/listing_builder.h"

#define LIST (const char *const[])

/* names: expected, in order, NULL-terminated. */
static void expect_names(const struct hdf5_tensors *t, const char *format, const char *const *names)
{
    guint n = 0;

    ck_assert_str_eq(t->format, format);
    for (; names[n]; n++) {
        ck_assert_uint_lt(n, t->n_tensors);
        ck_assert_str_eq(t->tensors[n].name, names[n]);
    }
    ck_assert_uint_eq(t->n_tensors, n);
}

static const struct tensor *find(const struct hdf5_tensors *t, const char *name)
{
    for (guint i = 0; i < t->n_tensors; i++)
        if (strcmp(t->tensors[i].name, name) == 0)
            return &t->tensors[i];
    ck_abort_msg("no tensor %s", name);
    return NULL;
}

static void dense(struct listing *l, const char *group)
{
    char *kernel = g_strconcat(group, "/vars/0", NULL), *bias = g_strconcat(group, "/vars/1", NULL);

    listing_builder_dataset(l, kernel, DTYPE_F32, 4, 3, -1);
    listing_builder_dataset(l, bias, DTYPE_F32, 3, -1);
    g_free(kernel);
    g_free(bias);
}

START_TEST(test_plain)
{
    struct listing *l = listing_builder_create();
    guint32 embed;
    struct hdf5_tensors *t;

    listing_builder_dataset(l, "/epoch", DTYPE_I64, -1);
    listing_builder_dataset(l, "/lm_head.weight", DTYPE_F32, 4, 2, -1);
    listing_builder_dataset(l, "/model/layers/10/w", DTYPE_F32, 2, -1);
    listing_builder_dataset(l, "/model/layers/2/w", DTYPE_F32, 2, -1);
    listing_builder_dataset(l, "/model/layers/2/running_mean", DTYPE_F32, 2, -1);
    embed = listing_builder_dataset(l, "/model/embed.weight", DTYPE_F32, 4, 2, -1);
    listing_builder_dataset(l, "/optimizer/state/0/exp_avg", DTYPE_F32, 2, -1);
    listing_builder_dataset(l, "/rng_state", DTYPE_U8, 16, -1);
    listing_builder_alias(l, "/soft", embed, TRUE);
    t = hdf5_tensors_create(l, "{}");
    expect_names(t, "plain",
                 LIST{"model.embed.weight", "model.layers.2.running_mean", "model.layers.2.w",
                      "model.layers.10.w", "lm_head.weight", "epoch", "rng_state",
                      "optimizer.state.0.exp_avg", NULL});
    ck_assert_int_eq(find(t, "epoch")->kind, TENSOR_STATE);
    ck_assert_int_eq(find(t, "model.layers.2.running_mean")->kind, TENSOR_STATE);
    ck_assert_int_eq(find(t, "optimizer.state.0.exp_avg")->kind, TENSOR_OPTIMIZER);
    ck_assert_str_eq(t->tensors[0].aliases[0], "soft");
    ck_assert_ptr_null(t->tensors[0].aliases[1]);
    ck_assert_str_eq(t->claims->config, "{}");
    hdf5_tensors_destroy(t);
    listing_destroy(l);
}
END_TEST

START_TEST(test_hard_links)
{
    struct listing *l = listing_builder_create();
    guint32 head = listing_builder_dataset(l, "/lm_head.weight", DTYPE_F32, 4, 2, -1), group;
    struct hdf5_tensors *t;

    listing_builder_dataset(l, "/model.norm.weight", DTYPE_F32, 2, -1);
    listing_builder_alias(l, "/model.wte.weight", head, FALSE);
    group = listing_builder_group(l, "/a");
    listing_builder_dataset(l, "/a/x", DTYPE_F32, 2, -1);
    listing_builder_alias(l, "/a/back", group, FALSE);
    t = hdf5_tensors_create(l, NULL);
    expect_names(t, "plain", LIST{"a.x", "model.wte.weight", "model.norm.weight", NULL});
    ck_assert_str_eq(t->tensors[0].aliases[0], "a.back.x");
    ck_assert_str_eq(t->tensors[1].path, "/model.wte.weight");
    ck_assert_str_eq(t->tensors[1].aliases[0], "lm_head.weight");
    ck_assert_ptr_null(t->tensors[1].aliases[1]);
    hdf5_tensors_destroy(t);
    listing_destroy(l);
}
END_TEST

START_TEST(test_names_stay_distinct)
{
    struct listing *l = listing_builder_create();
    struct hdf5_tensors *t;

    listing_builder_dataset(l, "/a.b", DTYPE_F32, 2, -1);
    listing_builder_dataset(l, "/a/b", DTYPE_F32, 2, -1);
    listing_builder_dataset(l, "/a.b#2", DTYPE_F32, 2, -1);
    t = hdf5_tensors_create(l, NULL);
    ck_assert_uint_eq(t->n_tensors, 3);
    find(t, "a.b");
    find(t, "a.b#2");
    for (guint i = 0; i < 3; i++)
        for (guint k = 0; k < i; k++)
            ck_assert_str_ne(t->tensors[i].name, t->tensors[k].name);
    hdf5_tensors_destroy(t);
    listing_destroy(l);
}
END_TEST

START_TEST(test_bf16)
{
    struct listing *l = listing_builder_create();
    guint32 i = listing_builder_dataset(l, "/by_attribute", DTYPE_U16, 4, -1);
    struct hdf5_tensors *t;

    listing_builder_text(l, i, "torch_dtype", "torch.bfloat16");
    i = listing_builder_dataset(l, "/other", DTYPE_U16, 4, -1);
    listing_builder_text(l, i, "dtype", "uint16");
    listing_builder_dataset(l, "/plain", DTYPE_U16, 4, -1);
    listing_builder_dataset(l, "/w_bf16", DTYPE_U16, 4, -1);
    i = listing_builder_dataset(l, "/fp8", DTYPE_U8, 4, -1);
    listing_builder_text(l, i, "dtype", "float8_e4m3fn");
    t = hdf5_tensors_create(l, NULL);
    ck_assert_int_eq(find(t, "by_attribute")->dtype, DTYPE_BF16);
    ck_assert_int_eq(find(t, "other")->dtype, DTYPE_U16);
    ck_assert_int_eq(find(t, "plain")->dtype, DTYPE_U16);
    ck_assert_int_eq(find(t, "w_bf16")->dtype, DTYPE_BF16);
    ck_assert_uint_eq(t->n_tensors, 4);
    ck_assert_uint_eq(t->skipped->len, 1);
    ck_assert_str_eq(g_array_index(t->skipped, struct skipped, 0).path, "/fp8");
    hdf5_tensors_destroy(t);
    listing_destroy(l);
}
END_TEST

START_TEST(test_bf16_of_the_file)
{
    struct listing *l = listing_builder_create();
    struct hdf5_tensors *t;

    listing_builder_text(l, 0, "dtype", "bfloat16");
    listing_builder_dataset(l, "/w", DTYPE_U16, 4, -1);
    t = hdf5_tensors_create(l, NULL);
    ck_assert_int_eq(t->tensors[0].dtype, DTYPE_BF16);
    hdf5_tensors_destroy(t);
    listing_destroy(l);
}
END_TEST

START_TEST(test_keras2)
{
    struct listing *l = listing_builder_create();
    guint32 i;
    struct hdf5_tensors *t;

    listing_builder_text(l, 0, "model_config",
                         "{\"class_name\":\"Sequential\",\"config\":{\"layers\":[{\"class_name\":"
                         "\"Conv2D\",\"config\":{\"name\":\"z_first\"}}]}}");
    i = listing_builder_group(l, "/model_weights");
    listing_builder_strings(l, i, "layer_names0", LIST{"z_first", "pool", NULL});
    listing_builder_strings(l, i, "layer_names1", LIST{"../up", "inner", NULL});
    i = listing_builder_group(l, "/model_weights/inner");
    listing_builder_strings(l, i, "weight_names",
                            LIST{"bn/gamma:0", "d/kernel:0", "bn/moving_mean:0", NULL});
    i = listing_builder_group(l, "/model_weights/z_first");
    listing_builder_strings(l, i, "weight_names",
                            LIST{"z_first/kernel:0", "/model_weights/z_first/b", NULL});
    listing_builder_dataset(l, "/model_weights/inner/bn/gamma:0", DTYPE_F32, 2, -1);
    listing_builder_dataset(l, "/model_weights/inner/bn/moving_mean:0", DTYPE_F32, 2, -1);
    listing_builder_dataset(l, "/model_weights/inner/d/kernel:0", DTYPE_F32, 2, 2, -1);
    listing_builder_dataset(l, "/model_weights/unlisted/w:0", DTYPE_F32, 2, -1);
    listing_builder_dataset(l, "/model_weights/z_first/b", DTYPE_F32, 2, -1);
    listing_builder_dataset(l, "/model_weights/z_first/z_first/kernel:0", DTYPE_F32, 2, 2, -1);
    listing_builder_dataset(l, "/optimizer_weights/Adam/m/z/kernel:0", DTYPE_F32, 2, 2, -1);
    t = hdf5_tensors_create(l, NULL);
    expect_names(t, "keras2",
                 LIST{"z_first.kernel", "inner.bn.gamma", "inner.bn.moving_mean", "inner.d.kernel",
                      "unlisted.w", "z_first.b", "optimizer_weights.Adam.m.z.kernel:0", NULL});
    ck_assert_str_eq(t->tensors[0].layer_class, "Conv2D");
    ck_assert_int_eq(t->tensors[2].kind, TENSOR_STATE);
    ck_assert_int_eq(t->tensors[6].kind, TENSOR_OPTIMIZER);
    ck_assert_ptr_nonnull(strstr(g_ptr_array_index(t->warnings, 0), "ignored"));
    ck_assert_str_eq(t->claims->config, listing_attribute_text(l, 0, "model_config"));
    hdf5_tensors_destroy(t);
    listing_destroy(l);
}
END_TEST

START_TEST(test_keras2_same_name_twice)
{
    struct listing *l = listing_builder_create();
    guint32 i;
    struct hdf5_tensors *t;

    listing_builder_strings(l, 0, "layer_names", LIST{"a", "a", NULL});
    i = listing_builder_group(l, "/a");
    listing_builder_strings(l, i, "weight_names", LIST{"a/w:0", "w:0", "w:0", NULL});
    listing_builder_dataset(l, "/a/a/w:0", DTYPE_F32, 2, -1);
    listing_builder_dataset(l, "/a/w:0", DTYPE_F32, 2, -1);
    t = hdf5_tensors_create(l, NULL);
    ck_assert_uint_eq(t->n_tensors, 2);
    ck_assert_str_ne(t->tensors[0].name, t->tensors[1].name);
    hdf5_tensors_destroy(t);
    listing_destroy(l);
}
END_TEST

START_TEST(test_hf_tf_shard)
{
    struct listing *l = listing_builder_create();
    struct hdf5_tensors *t;

    listing_builder_strings(l, 0, "layer_names", LIST{"/transformer/h_._0/ln/gamma:0", NULL});
    listing_builder_dataset(l, "/transformer/h_._0/ln/gamma:0", DTYPE_F32, 2, -1);
    listing_builder_dataset(l, "/transformer/h_._10/ln/gamma:0", DTYPE_F32, 2, -1);
    listing_builder_dataset(l, "/transformer/h_._2/ln/gamma:0", DTYPE_F32, 2, -1);
    t = hdf5_tensors_create(l, NULL);
    expect_names(t, "hf_tf",
                 LIST{"transformer.h.0.ln.gamma", "transformer.h.2.ln.gamma",
                      "transformer.h.10.ln.gamma", NULL});
    hdf5_tensors_destroy(t);
    listing_destroy(l);
}
END_TEST

START_TEST(test_keras3_without_names)
{
    struct listing *l = listing_builder_create();
    struct hdf5_tensors *t;

    dense(l, "/layers/conv2d");
    dense(l, "/layers/dense");
    dense(l, "/layers/conv2d_1");
    dense(l, "/layers/multi_head_attention/_query_dense");
    listing_builder_dataset(l, "/layers/lstm/cell/vars/0", DTYPE_F32, 2, 8, -1);
    listing_builder_dataset(l, "/layers/lstm/cell/vars/1", DTYPE_F32, 2, 8, -1);
    listing_builder_dataset(l, "/vars/0", DTYPE_F32, 2, -1);
    listing_builder_dataset(l, "/optimizer/vars/0", DTYPE_I64, -1);
    listing_builder_dataset(l, "/optimizer/vars/1", DTYPE_F32, -1);
    listing_builder_dataset(l, "/optimizer/vars/2", DTYPE_F32, 2, -1);
    t = hdf5_tensors_create(l, NULL);
    expect_names(t, "keras3",
                 LIST{"var_0", "conv2d.kernel", "conv2d.bias", "dense.kernel", "dense.bias",
                      "conv2d_1.kernel", "conv2d_1.bias", "multi_head_attention.query.kernel",
                      "multi_head_attention.query.bias", "lstm.cell.kernel",
                      "lstm.cell.recurrent_kernel", "optimizer.iteration",
                      "optimizer.learning_rate", "optimizer.var_2", NULL});
    ck_assert_str_eq(find(t, "lstm.cell.kernel")->layer_class, "LSTMCell");
    ck_assert_int_eq(find(t, "optimizer.var_2")->kind, TENSOR_OPTIMIZER);
    hdf5_tensors_destroy(t);
    listing_destroy(l);
}
END_TEST

START_TEST(test_keras3_repacked)
{
    struct listing *l = listing_builder_create();
    struct hdf5_tensors *t;

    dense(l, "/layers/dense_10");
    dense(l, "/layers/dense_2");
    dense(l, "/layers/embedding");
    t = hdf5_tensors_create(l, NULL);
    ck_assert_str_eq(t->tensors[0].name, "embedding.embeddings");
    ck_assert_str_eq(t->tensors[2].name, "dense_2.kernel");
    ck_assert_str_eq(t->tensors[4].name, "dense_10.kernel");
    hdf5_tensors_destroy(t);
    listing_destroy(l);
}
END_TEST

START_TEST(test_keras3_config)
{
    static const char config[] =
        "{\"class_name\":\"Sequential\",\"config\":{\"layers\":["
        "{\"class_name\":\"InputLayer\",\"config\":{\"name\":\"in\"}},"
        "{\"class_name\":\"Dense\",\"config\":{\"name\":\"second_by_name\"}},"
        "{\"class_name\":\"BatchNormalization\",\"config\":{\"name\":\"bn\",\"scale\":false}},"
        "{\"class_name\":\"Dense\",\"config\":{\"name\":\"a_last\"}}]}}";
    struct listing *l = listing_builder_create();
    struct hdf5_tensors *t;

    for (int i = 0; i < 3; i++) {
        char *path = g_strdup_printf("/layers/batch_normalization/vars/%d", i);

        listing_builder_dataset(l, path, DTYPE_F32, 3, -1);
        g_free(path);
    }
    dense(l, "/layers/dense_1");
    dense(l, "/layers/dense");
    t = hdf5_tensors_create(l, config);
    expect_names(t, "keras3",
                 LIST{"second_by_name.kernel", "second_by_name.bias", "bn.beta", "bn.moving_mean",
                      "bn.moving_variance", "a_last.kernel", "a_last.bias", NULL});
    hdf5_tensors_destroy(t);
    listing_destroy(l);
}
END_TEST

/* Keras 2.12 numbers layers with weights twice. */
START_TEST(test_keras212)
{
    static const char config[] = "{\"class_name\":\"Sequential\",\"config\":{\"layers\":["
                                 "{\"class_name\":\"Dense\",\"config\":{\"name\":\"one\"}},"
                                 "{\"class_name\":\"Dense\",\"config\":{\"name\":\"two\"}},"
                                 "{\"class_name\":\"Dense\",\"config\":{\"name\":\"three\"}}]}}";
    struct listing *l = listing_builder_create();
    struct hdf5_tensors *t;

    dense(l, "/_layer_checkpoint_dependencies/dense");
    dense(l, "/_layer_checkpoint_dependencies/dense_2");
    dense(l, "/_layer_checkpoint_dependencies/dense_4");
    t = hdf5_tensors_create(l, config);
    expect_names(t, "keras3",
                 LIST{"one.kernel", "one.bias", "two.kernel", "two.bias", "three.kernel",
                      "three.bias", NULL});
    hdf5_tensors_destroy(t);
    listing_destroy(l);
}
END_TEST

/* A stored name that the configuration does not know means that it belongs to another model. */
START_TEST(test_keras3_foreign_config)
{
    static const char config[] = "{\"class_name\":\"Sequential\",\"config\":{\"layers\":["
                                 "{\"class_name\":\"Dense\",\"config\":{\"name\":\"other\"}}]}}";
    struct listing *l = listing_builder_create();
    guint32 vars = listing_builder_group(l, "/layers/dense/vars");
    struct hdf5_tensors *t;

    listing_builder_text(l, vars, "name", "mine");
    dense(l, "/layers/dense");
    t = hdf5_tensors_create(l, config);
    expect_names(t, "keras3", LIST{"mine.kernel", "mine.bias", NULL});
    hdf5_tensors_destroy(t);
    listing_destroy(l);
}
END_TEST

START_TEST(test_keras3_numbers_that_lie)
{
    struct listing *l = listing_builder_create();
    struct hdf5_tensors *t;

    dense(l, "/layers/dense");
    listing_builder_dataset(l, "/layers/dense/vars/999999", DTYPE_F32, 2, -1);
    listing_builder_dataset(l, "/layers/dense/vars/18446744073709551616", DTYPE_F32, 2, -1);
    t = hdf5_tensors_create(l, NULL);
    expect_names(t, "keras3",
                 LIST{"dense.kernel", "dense.bias", "layers.dense.vars.999999",
                      "layers.dense.vars.18446744073709551616", NULL});
    hdf5_tensors_destroy(t);
    listing_destroy(l);
}
END_TEST

START_TEST(test_quantised)
{
    struct listing *l = listing_builder_create();
    struct hdf5_tensors *t;

    listing_builder_dataset(l, "/layers/dense/vars/0", DTYPE_I8, 4, 3, -1);
    listing_builder_dataset(l, "/layers/dense/vars/1", DTYPE_F32, 3, -1);
    listing_builder_dataset(l, "/layers/dense/vars/2", DTYPE_F32, 3, -1);
    t = hdf5_tensors_create(l, NULL);
    expect_names(t, "keras3", LIST{"dense.kernel", "dense.bias", "dense.kernel_scale", NULL});
    ck_assert_int_eq(t->tensors[0].kind, TENSOR_OTHER);
    ck_assert_int_eq(t->tensors[1].kind, TENSOR_WEIGHT);
    ck_assert_int_eq(t->tensors[2].kind, TENSOR_OTHER);
    ck_assert_ptr_nonnull(t->tensors[0].note);
    ck_assert_uint_eq(t->skipped->len, 1);
    ck_assert_ptr_nonnull(g_ptr_array_index(t->warnings, 0));
    hdf5_tensors_destroy(t);
    listing_destroy(l);
}
END_TEST

START_TEST(test_many)
{
    struct listing *l = listing_builder_create();
    struct hdf5_tensors *t;

    for (int i = 0; i < 30000; i++) {
        char *path = g_strdup_printf("/model.layers.%d.mlp.experts.%d.w", i / 100, i % 100);

        listing_builder_dataset(l, path, DTYPE_F32, 2, 2, -1);
        g_free(path);
    }
    t = hdf5_tensors_create(l, NULL);
    ck_assert_uint_eq(t->n_tensors, 30000);
    ck_assert_str_eq(t->tensors[201].name, "model.layers.2.mlp.experts.1.w");
    ck_assert_str_eq(t->tensors[29999].name, "model.layers.299.mlp.experts.99.w");
    hdf5_tensors_destroy(t);
    listing_destroy(l);
}
END_TEST

/* Random trees of the words that dialects look for, with random attributes. */
static const char *const words[] = {"layers",
                                    "vars",
                                    "0",
                                    "1",
                                    "2",
                                    "dense",
                                    "dense_1",
                                    "lstm",
                                    "cell",
                                    "lora",
                                    "rank",
                                    "a.b",
                                    "a",
                                    "b",
                                    "w:0",
                                    "optimizer",
                                    "h_._0",
                                    "optimizer_weights",
                                    "model_weights",
                                    "metrics",
                                    "_layer_checkpoint_dependencies",
                                    "tf_m",
                                    "kernel:0",
                                    "bias_bf16",
                                    "..",
                                    "top_level_model_weights"};
static const char *const attributes[] = {"layer_names",  "weight_names", "weight_names0",
                                         "model_config", "name",         "dtype"};
static const char *const values[] = {
    "dense",
    "a",
    "dense/kernel:0",
    "tf_m/dense/kernel:0",
    "/",
    "",
    "../a",
    "bfloat16",
    "a/w:0",
    "{\"class_name\":\"Sequential\",\"config\":{\"layers\":[{\"class_name\":\"Dense\"}]}}"};

static const char *any(GRand *r, const char *const *list, gsize n)
{
    return list[g_rand_int_range(r, 0, (gint32)n)];
}

static void add_random_attributes(struct listing *l, GRand *r)
{
    for (guint32 i = 0; i < l->objects->len; i++)
        for (int n = g_rand_int_range(r, -3, 3); n > 0; n--) {
            const char *list[4] = {NULL};

            for (int k = g_rand_int_range(r, 0, 4) - 1; k >= 0; k--)
                list[k] = any(r, values, G_N_ELEMENTS(values));
            listing_builder_strings(l, i, any(r, attributes, G_N_ELEMENTS(attributes)), list);
        }
}

static struct listing *random_listing(GRand *r)
{
    struct listing *l = listing_builder_create();

    for (int n = g_rand_int_range(r, 0, 40); n > 0; n--) {
        guint32 at = (guint32)g_rand_int_range(r, 0, (gint32)l->objects->len);
        const struct listing_object *o = listing_object(l, at);
        const char *parent = listing_text(l, o->path);
        const char *word = any(r, words, G_N_ELEMENTS(words));
        char *path = g_strconcat(parent[1] ? parent : "", "/", word, NULL);

        if (o->kind == LISTING_GROUP && listing_find(l, path) == LISTING_NONE) {
            int what = g_rand_int_range(r, 0, 8);

            if (what < 4)
                listing_builder_group(l, path);
            else if (what < 7)
                listing_builder_dataset(l, path, (enum dtype)g_rand_int_range(r, 0, DTYPE_COUNT), 2,
                                        what == 4 ? -1 : 3, -1);
            else
                listing_builder_alias(l, path, at, g_rand_boolean(r));
        }
        g_free(path);
    }
    add_random_attributes(l, r);
    return l;
}

/* Every dataset comes once, under a name of its own. */
static void check_complete(const struct listing *l, const struct hdf5_tensors *t)
{
    GHashTable *names = g_hash_table_new(g_str_hash, g_str_equal);
    guint datasets = 0;

    for (guint32 i = 0; i < l->objects->len; i++)
        datasets += listing_object(l, i)->kind == LISTING_DATASET;
    ck_assert_uint_eq(t->n_tensors, datasets);
    for (guint i = 0; i < t->n_tensors; i++) {
        ck_assert(t->tensors[i].name[0] != '\0');
        ck_assert_msg(g_hash_table_add(names, (gpointer)t->tensors[i].name), "%s twice",
                      t->tensors[i].name);
    }
    g_hash_table_destroy(names);
}

START_TEST(test_random)
{
    GRand *r = g_rand_new_with_seed(7);

    for (int round = 0; round < 5000; round++) {
        struct listing *l = random_listing(r);
        struct hdf5_tensors *t = hdf5_tensors_create(l, round % 2 ? values[9] : NULL);

        check_complete(l, t);
        hdf5_tensors_destroy(t);
        listing_destroy(l);
    }
    g_rand_free(r);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("dialect");
    TCase *t = tcase_create("listings");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 60);
    tcase_add_test(t, test_plain);
    tcase_add_test(t, test_hard_links);
    tcase_add_test(t, test_names_stay_distinct);
    tcase_add_test(t, test_bf16);
    tcase_add_test(t, test_bf16_of_the_file);
    tcase_add_test(t, test_keras2);
    tcase_add_test(t, test_keras2_same_name_twice);
    tcase_add_test(t, test_hf_tf_shard);
    tcase_add_test(t, test_keras3_without_names);
    tcase_add_test(t, test_keras3_repacked);
    tcase_add_test(t, test_keras3_config);
    tcase_add_test(t, test_keras212);
    tcase_add_test(t, test_keras3_foreign_config);
    tcase_add_test(t, test_keras3_numbers_that_lie);
    tcase_add_test(t, test_quantised);
    tcase_add_test(t, test_many);
    tcase_add_test(t, test_random);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
