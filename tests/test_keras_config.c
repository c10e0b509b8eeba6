/* Layer lists of Keras configurations: names, classes, groups, nesting; and JSON that lies. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "io/json.h"
#include "io/keras_class.h"
#include "io/keras_config.h"
#include "io/limits.h"

static const char zoo[] =
    "{\"class_name\":\"Functional\",\"config\":{\"name\":\"zoo\",\"layers\":["
    "{\"class_name\":\"InputLayer\",\"config\":{\"name\":\"tokens\"}},"
    "{\"class_name\":\"Dense\",\"config\":{\"name\":\"first\",\"use_bias\":false}},"
    "{\"class_name\":\"Bidirectional\",\"config\":{\"name\":\"bi\","
    "\"layer\":{\"class_name\":\"GRU\",\"config\":{\"name\":\"forward_gru\"}},"
    "\"backward_layer\":{\"class_name\":\"GRU\",\"config\":{\"name\":\"backward_gru\"}}}},"
    "{\"class_name\":\"Dense\",\"config\":{\"name\":\"second\"}},"
    "{\"class_name\":\"Sequential\",\"config\":{\"name\":\"head\",\"layers\":["
    "{\"class_name\":\"InputLayer\",\"config\":{\"name\":\"in\"}},"
    "{\"class_name\":\"Dense\",\"config\":{\"name\":\"logits\"}}]}}]}}";

START_TEST(test_layers)
{
    struct keras_layer *model = keras_config_parse(zoo, NULL);
    const struct keras_layer *head;

    ck_assert_ptr_nonnull(model);
    ck_assert_uint_eq(model->layers->len, 5);
    ck_assert_str_eq(keras_layer_grouped(model, "dense_1")->name, "second");
    ck_assert(!keras_layer_grouped(model, "dense")->use_bias);
    ck_assert_str_eq(keras_layer_named(model, "bi")->class_name, "Bidirectional");
    ck_assert_uint_eq(keras_layer_named(model, "second")->position, 3);
    head = keras_layer_grouped(model, "sequential");
    ck_assert_ptr_null(keras_layer_grouped(head, "input_layer"));
    ck_assert_str_eq(keras_layer_grouped(head, "dense")->name, "logits");
    ck_assert_str_eq(keras_layer_grouped(model, "input_layer")->name, "tokens");
    ck_assert_str_eq(keras_layer_along(model, "head/logits/kernel:0")->class_name, "Dense");
    ck_assert_str_eq(keras_layer_along(model, "bi/backward_gru/cell/kernel")->class_name, "GRU");
    ck_assert_ptr_null(keras_layer_along(model, "nothing/kernel"));
    keras_layer_destroy(model);
}
END_TEST

START_TEST(test_sequential_of_old)
{
    struct keras_layer *model =
        keras_config_parse("{\"class_name\":\"Sequential\",\"config\":[{\"class_name\":\"Conv2D\","
                           "\"config\":{\"name\":\"c\"}}]}",
                           NULL);

    ck_assert_str_eq(keras_layer_named(model, "c")->class_name, "Conv2D");
    keras_layer_destroy(model);
}
END_TEST

START_TEST(test_snake_case)
{
    static const char *const pairs[][2] = {
        {"Conv2D", "conv2d"},
        {"PReLU", "p_re_lu"},
        {"LSTM", "lstm"},
        {"GlobalAveragePooling2D", "global_average_pooling2d"},
        {"Conv2DTranspose", "conv2d_transpose"},
        {"SimpleRNNCell", "simple_rnn_cell"},
        {"LSTMCell", "lstm_cell"},
        {"RMSNormalization", "rms_normalization"},
        {"EinsumDense", "einsum_dense"},
        {"DepthwiseConv2D", "depthwise_conv2d"},
        {"MyPkg>Layer", "my_pkg_layer"},
        {"", ""},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(pairs); i++) {
        char *snake = keras_snake_case(pairs[i][0]);

        ck_assert_str_eq(snake, pairs[i][1]);
        g_free(snake);
    }
}
END_TEST

static void refuse(const char *text)
{
    GError *error = NULL;

    ck_assert_ptr_null(keras_config_parse(text, &error));
    ck_assert_ptr_nonnull(error);
    ck_assert_ptr_null(strchr(error->message, '\n'));
    g_clear_error(&error);
}

START_TEST(test_lies)
{
    GString *deep = g_string_new(NULL);

    refuse("");
    refuse("{");
    refuse("{\"a\": \"x");
    refuse("[1,2]");
    refuse("{\"num_heads\": 1e400}");
    refuse("\xff\xfe");
    refuse("{\"class_name\": 3}");
    for (guint i = 0; i < 30000; i++)
        g_string_append(deep, "{\"config\":");
    refuse(deep->str);
    /* A comment would hide the nesting from the count. */
    g_string_assign(deep, "/*\"*/");
    for (guint i = 0; i < 30000; i++)
        g_string_append_c(deep, '[');
    refuse(deep->str);
    g_string_free(deep, TRUE);
}
END_TEST

START_TEST(test_wrong_types)
{
    static const char *const texts[] = {
        "{\"class_name\":\"M\",\"config\":{\"name\":[],\"layers\":{}}}",
        "{\"class_name\":\"M\",\"config\":{\"layers\":[1,null,[],\"x\",{\"config\":7}]}}",
        "{\"class_name\":\"M\",\"config\":null}",
        "{\"class_name\":\"M\",\"config\":{\"layer\":5,\"use_bias\":\"no\"}}",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        struct keras_layer *model = keras_config_parse(texts[i], NULL);

        ck_assert_ptr_nonnull(model);
        ck_assert_str_eq(model->name, "");
        ck_assert(model->use_bias);
        keras_layer_destroy(model);
    }
}
END_TEST

static void expect_variables(const char *group, const struct keras_layer *config, guint n,
                             const struct keras_variable *v, const char *const *expected)
{
    static const struct keras_variable floats[8] = {
        {true, DTYPE_F32, 1}, {true, DTYPE_F32, 1}, {true, DTYPE_F32, 1}, {true, DTYPE_F32, 1}};
    const char *names[8] = {0};

    keras_class_variables(keras_class_of_group(group), config, v ? v : floats, n, names);
    for (guint i = 0; i < n; i++)
        ck_assert_msg(g_strcmp0(names[i], expected[i]) == 0, "%s/%u: %s, not %s", group, i,
                      names[i], expected[i]);
}

START_TEST(test_variables)
{
    struct keras_layer no_gamma = {.use_bias = TRUE, .center = TRUE};
    static const struct keras_variable int8[] = {
        {true, DTYPE_I8, 2}, {true, DTYPE_F32, 1}, {true, DTYPE_F32, 1}};
    static const struct keras_variable int4[] = {
        {true, DTYPE_I8, 2}, {true, DTYPE_F32, 2}, {true, DTYPE_I8, 2}, {true, DTYPE_F32, 1}};

#define LIST (const char *const[])
    expect_variables("dense_3", NULL, 2, NULL, LIST{"kernel", "bias"});
    expect_variables("dense", NULL, 1, NULL, LIST{"kernel"});
    expect_variables("separable_conv2d", NULL, 2, NULL,
                     LIST{"depthwise_kernel", "pointwise_kernel"});
    expect_variables("batch_normalization", NULL, 3, NULL,
                     LIST{"beta", "moving_mean", "moving_variance"});
    expect_variables("batch_normalization", &no_gamma, 3, NULL,
                     LIST{"beta", "moving_mean", "moving_variance"});
    expect_variables("batch_normalization", NULL, 2, NULL, LIST{"moving_mean", "moving_variance"});
    expect_variables("layer_normalization", &no_gamma, 1, NULL, LIST{"beta"});
    expect_variables("layer_normalization", NULL, 1, NULL, LIST{"gamma"});
    expect_variables("lstm_cell", NULL, 2, NULL, LIST{"kernel", "recurrent_kernel"});
    expect_variables("dense", NULL, 3, NULL, LIST{"kernel", "bias", NULL});
    expect_variables("dense", NULL, 3, int8, LIST{"kernel", "bias", "kernel_scale"});
    expect_variables("dense", NULL, 2, int8, LIST{"kernel", "kernel_scale"});
    expect_variables("dense", NULL, 4, int4,
                     LIST{"kernel", "kernel_scale", "kernel_zero", "g_idx"});
    expect_variables("unheard_of", NULL, 2, NULL, LIST{NULL, NULL});
#undef LIST
}
END_TEST

int main(void)
{
    Suite *s = suite_create("keras_config");
    TCase *t = tcase_create("config");
    SRunner *r;
    int failed;

    tcase_add_test(t, test_layers);
    tcase_add_test(t, test_sequential_of_old);
    tcase_add_test(t, test_snake_case);
    tcase_add_test(t, test_lies);
    tcase_add_test(t, test_wrong_types);
    tcase_add_test(t, test_variables);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
