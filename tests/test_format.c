/* Files that frameworks wrote, opened: kinds, names, order, aliases; and files that are no weights.
 */
#include <check.h>
#include <glib/gstdio.h>
#include <hdf5.h>
#include <json-glib/json-glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "io/format.h"

static struct source *open_fixture(const char *name)
{
    char *path = g_build_filename(g_getenv("TARE_FIXTURES"), name, NULL);
    GError *error = NULL;
    struct source *s = format_open(path, NULL, &error);

    ck_assert_msg(s != NULL, "%s", error ? error->message : name);
    g_free(path);
    return s;
}

static const struct tensor *by_path(const struct source *s, const char *path)
{
    for (uint32_t i = 0; i < s->n_tensors; i++)
        if (strcmp(s->tensors[i].path, path) == 0)
            return &s->tensors[i];
    return NULL;
}

static const struct tensor *by_name(const struct source *s, const char *name)
{
    for (uint32_t i = 0; i < s->n_tensors; i++)
        if (strcmp(s->tensors[i].name, name) == 0)
            return &s->tensors[i];
    ck_abort_msg("%s: no tensor %s", s->path, name);
    return NULL;
}

static const char *skip_reason(const struct source *s, const char *path)
{
    for (uint32_t i = 0; i < s->n_skipped; i++)
        if (strcmp(s->skipped[i].path, path) == 0)
            return s->skipped[i].reason;
    return NULL;
}

/* A name with one of its numbers blanked, and that number. */
static char *blank_number(const char *name, const char *at, guint64 *number)
{
    char *rest;

    *number = g_ascii_strtoull(at, &rest, 10);
    return g_strdup_printf("%.*s#%s", (int)(at - name), name, rest);
}

/* Names that differ in one number only ascend with it; no name comes twice. */
static void check_names(const struct source *s)
{
    GHashTable *last = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GHashTable *names = g_hash_table_new(g_str_hash, g_str_equal);

    for (uint32_t i = 0; i < s->n_tensors; i++) {
        const char *name = s->tensors[i].name;

        ck_assert_msg(g_hash_table_add(names, (gpointer)name), "%s: %s twice", s->path, name);
        for (const char *p = name; *p; p++) {
            guint64 number;
            char *key;

            if (!g_ascii_isdigit(*p) || (p > name && g_ascii_isdigit(p[-1])))
                continue;
            key = blank_number(name, p, &number);
            ck_assert_msg(GPOINTER_TO_SIZE(g_hash_table_lookup(last, key)) <= number,
                          "%s: %s is out of order", s->path, name);
            g_hash_table_insert(last, key, GSIZE_TO_POINTER(number));
        }
    }
    g_hash_table_destroy(names);
    g_hash_table_destroy(last);
}

static enum tensor_kind kind_by_truth(JsonObject *row, const struct tensor *t)
{
    const char *role = json_object_get_string_member(row, "role");

    if (strcmp(role, "optimizer") == 0)
        return TENSOR_OPTIMIZER;
    if (strcmp(role, "state") == 0 || strstr(t->name, ".moving_") ||
        strcmp(t->name, "lora.rank") == 0)
        return TENSOR_STATE;
    if (strcmp(role, "quant_scale") == 0 || strstr(t->path, "/num/") == NULL)
        return strcmp(role, "quant_scale") == 0 || t->dtype == DTYPE_I8 ? TENSOR_OTHER
                                                                        : TENSOR_WEIGHT;
    return TENSOR_WEIGHT;
}

static const char *dtype_by_truth(JsonObject *row)
{
    static const char *const big[][2] = {
        {">i2", "int16"},   {">u2", "uint16"},  {">i4", "int32"},
        {">u4", "uint32"},  {">i8", "int64"},   {">u8", "uint64"},
        {">f2", "float16"}, {">f4", "float32"}, {">f8", "float64"}};
    const char *name = json_object_get_string_member(row, "dtype");

    for (gsize i = 0; i < G_N_ELEMENTS(big); i++)
        if (strcmp(name, big[i][0]) == 0)
            return big[i][1];
    return name;
}

/* What may be listed instead of shown: types that are no plain numbers, filters we lack. */
static gboolean may_be_skipped(const char *file, JsonObject *row)
{
    const char *dtype = json_object_get_string_member(row, "dtype");
    const char *path = json_object_get_string_member(row, "path");

    return g_str_has_prefix(dtype, "float8") || strcmp(dtype, "float128") == 0 ||
           strcmp(dtype, "bool") == 0 || strcmp(dtype, "not numeric") == 0 ||
           strcmp(path, "/num/enum") == 0 ||
           (strstr(file, "plugin_filters") && strcmp(path, "/readable") != 0);
}

static void check_row(const struct source *s, JsonObject *row)
{
    const char *path = json_object_get_string_member(row, "path");
    const struct tensor *t = by_path(s, path);
    JsonNode *layer_class = json_object_get_member(row, "cls");

    if (!t) {
        ck_assert_msg(skip_reason(s, path) && may_be_skipped(s->path, row), "%s: %s is lost",
                      s->path, path);
        return;
    }
    ck_assert_msg(t->kind == kind_by_truth(row, t), "%s: %s is %s", s->path, path,
                  tensor_kind_name(t->kind));
    ck_assert_msg(strcmp(dtype_info(t->dtype)->name, dtype_by_truth(row)) == 0, "%s: %s is %s",
                  s->path, path, dtype_info(t->dtype)->name);
    /* Where the file tells the class; legacy tables name the outer layer, we the inner one. */
    if (strcmp(s->format, "keras3") == 0 && layer_class && !json_node_is_null(layer_class) &&
        t->kind != TENSOR_OPTIMIZER && strcmp(json_node_get_string(layer_class), "Block") != 0)
        ck_assert_msg(g_strcmp0(t->layer_class, json_node_get_string(layer_class)) == 0,
                      "%s: %s is a %s", s->path, path, t->layer_class);
}

/* Layers come as in the table, which is in the model's order where it knows classes. */
static void check_layer_order(const struct source *s, JsonArray *rows)
{
    gint64 last = -1;
    GHashTable *place = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < json_array_get_length(rows); i++) {
        JsonObject *row = json_array_get_object_element(rows, i);
        char **parts = g_strsplit(json_object_get_string_member(row, "path"), "/", 5);

        if (g_strv_length(parts) > 2) {
            char *layer = g_strdup_printf("%s/%s", parts[1], parts[2]);

            if (g_hash_table_contains(place, layer))
                g_free(layer);
            else
                g_hash_table_insert(place, layer, GUINT_TO_POINTER(i));
        }
        g_strfreev(parts);
    }
    for (uint32_t i = 0; i < s->n_tensors; i++) {
        char **parts = g_strsplit(s->tensors[i].path, "/", 5);
        char *layer = g_strdup_printf("%s/%s", parts[1], parts[2]);

        if (s->tensors[i].kind != TENSOR_OPTIMIZER && s->tensors[i].kind != TENSOR_STATE) {
            gint64 at = GPOINTER_TO_UINT(g_hash_table_lookup(place, layer));

            ck_assert_msg(at >= last, "%s: %s is out of order", s->path, s->tensors[i].path);
            last = at;
        }
        g_free(layer);
        g_strfreev(parts);
    }
    g_hash_table_destroy(place);
}

static gboolean table_knows_order(const struct source *s, JsonArray *rows)
{
    JsonNode *layer_class = json_object_get_member(json_array_get_object_element(rows, 0), "cls");

    return (strcmp(s->format, "keras2") == 0 || strcmp(s->format, "keras3") == 0) && layer_class &&
           !json_node_is_null(layer_class) && !strstr(s->path, "sublm");
}

static void check_file(const char *name, const char *truth)
{
    JsonParser *parser = json_parser_new();
    struct source *s = open_fixture(name);
    JsonArray *rows;

    ck_assert(json_parser_load_from_file(parser, truth, NULL));
    rows =
        json_object_get_array_member(json_node_get_object(json_parser_get_root(parser)), "tensors");
    for (guint i = 0; i < json_array_get_length(rows); i++)
        check_row(s, json_array_get_object_element(rows, i));
    check_names(s);
    if (table_knows_order(s, rows))
        check_layer_order(s, rows);
    source_close(s);
    g_object_unref(parser);
}

static guint check_folder(const char *folder)
{
    char *path = g_build_filename(g_getenv("TARE_FIXTURES"), folder, NULL);
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;
    guint files = 0;

    ck_assert_ptr_nonnull(dir);
    while ((name = g_dir_read_name(dir))) {
        char *child = g_build_filename(folder, name, NULL);
        char *full = g_build_filename(path, name, NULL);

        if (g_file_test(full, G_FILE_TEST_IS_DIR)) {
            files += check_folder(child);
        } else if (g_str_has_suffix(name, ".h5.truth.json")) {
            child[strlen(child) - strlen(".truth.json")] = '\0';
            check_file(child, full);
            files++;
        }
        g_free(full);
        g_free(child);
    }
    g_dir_close(dir);
    g_free(path);
    return files;
}

static const char *const folders[] = {"keras2", "keras3", "hub",  "hf_tf",
                                      "torch",  "plain",  "h5new"};

START_TEST(test_truth)
{
    ck_assert_uint_gt(check_folder(folders[_i]), 2);
}
END_TEST

START_TEST(test_same_names_in_every_keras_format)
{
    static const char *const files[] = {"keras3/k3_zoo_base.weights.h5",
                                        "keras3/k3_zoo_legacy_base.h5"};
    static const char *const names[] = {
        "token_embedding.embeddings",    "self_attention.query.kernel",
        "time_distributed.dense.kernel", "lstm.lstm_cell.recurrent_kernel",
        "image_encoder.conv2d.kernel",   "bidirectional.forward_gru.gru_cell.kernel",
        "shared_projection.bias",        "head.dense_13.kernel"};

    for (gsize f = 0; f < G_N_ELEMENTS(files); f++) {
        struct source *s = open_fixture(files[f]);

        for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
            by_name(s, names[i]);
        source_close(s);
    }
}
END_TEST

START_TEST(test_names)
{
    static const struct {
        const char *file, *format, *name, *path;
    } rows[] = {
        {"keras2/k2_cnn_model_base.h5", "keras2", "conv_a.kernel",
         "/model_weights/conv_a/conv_a/kernel:0"},
        {"keras2/k2_zoo_weights_base.h5", "keras2", "image_encoder.conv2d.kernel",
         "/image_encoder/conv2d/kernel:0"},
        {"hf_tf/gpt2_base/tf_model.h5", "hf_tf", "transformer.h.0.attn.c_attn.weight",
         "/transformer/tfgpt2lm_head_model/transformer/h_._0/attn/c_attn/weight:0"},
        {"hf_tf/bert_base/tf_model.h5", "hf_tf", "bert.encoder.layer.0.attention.self.query.kernel",
         "/bert/tf_bert_for_sequence_classification/bert/encoder/layer_._0/attention/self/query/"
         "kernel:0"},
        {"hub/llama_base/model.weights.h5", "keras3",
         "transformer_layer_0.feedforward_layernorm.scale",
         "/layers/llama_transformer_decoder/_feedforward_layernorm/vars/0"},
        {"keras3/k3_cnn_base_dir/model.weights.h5", "keras3", "bn_b.moving_variance",
         "/layers/batch_normalization_1/vars/3"},
        {"keras3/k3_sublm_base.weights.h5", "keras3", "blocks.block_1.attn.query.kernel",
         "/blocks/block_1/attn/_query_dense/vars/0"},
        {"hub/gpt2_lora.lora.h5", "lora", "lora.9.lora_kernel_a", "/lora/9/vars/lora_kernel_a"},
        {"torch/llama_base_nested.h5", "plain", "model.layers.10.mlp.up_proj.weight",
         "/model/layers/10/mlp/up_proj/weight"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct source *s = open_fixture(rows[i].file);

        ck_assert_str_eq(s->format, rows[i].format);
        ck_assert_str_eq(by_name(s, rows[i].name)->path, rows[i].path);
        source_close(s);
    }
}
END_TEST

START_TEST(test_ties)
{
    static const char *const files[] = {"torch/gpt2_tied_hard.h5", "torch/gpt2_tied_soft.h5"};

    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        struct source *s = open_fixture(files[i]);
        const struct tensor *t = by_name(s, "transformer.wte.weight");

        ck_assert_str_eq(t->aliases[0], "lm_head.weight");
        ck_assert_ptr_null(t->aliases[1]);
        ck_assert_uint_eq(s->n_tensors, 40);
        source_close(s);
    }
}
END_TEST

START_TEST(test_config)
{
    struct source *s = open_fixture("keras2/k2_cnn_model_base.h5");

    ck_assert_ptr_nonnull(strstr(s->ops->meta(s, "config"), "\"layers\""));
    ck_assert_ptr_null(s->ops->meta(s, "nothing"));
    source_close(s);
    s = open_fixture("hub/gpt2_base/model.weights.h5");
    ck_assert_ptr_nonnull(strstr(s->ops->meta(s, "config"), "GPT2Backbone"));
    source_close(s);
    s = open_fixture("torch/llama_base_flat.h5");
    ck_assert_ptr_nonnull(strstr(s->ops->meta(s, "config"), "num_key_value_heads"));
    source_close(s);
}
END_TEST

START_TEST(test_read)
{
    struct source *s = open_fixture("plain/types.h5");
    double value;
    float f[2];

    ck_assert(s->ops->read(s, (uint32_t)(by_path(s, "/num/le_f4") - s->tensors), 118, 2, f, NULL));
    dtype_info(DTYPE_F32)->decode(&value, f, 1);
    ck_assert(value == (double)f[0]);
    source_close(s);
}
END_TEST

/* Lies about layers: every dataset is there once, and a line says what was ignored. */
START_TEST(test_lies)
{
    static const struct {
        const char *file;
        guint tensors;
        gboolean warns;
    } rows[] = {
        {"hostile/lie_config_big_numbers.h5", 1, FALSE},
        {"hostile/lie_config_heads_mismatch.h5", 1, FALSE},
        {"hostile/lie_config_nul.h5", 1, TRUE},
        {"hostile/lie_lambda.h5", 1, FALSE},
        {"hostile/lie_layer_is_dataset.h5", 2, TRUE},
        {"hostile/lie_layer_paths.h5", 1, TRUE},
        {"hostile/lie_names_2d.h5", 1, TRUE},
        {"hostile/lie_names_float_empty.h5", 1, FALSE},
        {"hostile/lie_names_scalar.h5", 1, FALSE},
        {"hostile/lie_weight_absolute.h5", 2, TRUE},
        {"hostile/group_cycle.h5", 1, FALSE},
        {"hostile/zero_dims_huge.h5", 2, FALSE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct source *s = open_fixture(rows[i].file);

        ck_assert_msg(s->n_tensors == rows[i].tensors, "%s: %u", rows[i].file, s->n_tensors);
        ck_assert_msg((s->warnings[0] != NULL) == rows[i].warns, "%s: %s", rows[i].file,
                      s->warnings[0]);
        check_names(s);
        source_close(s);
    }
}
END_TEST

START_TEST(test_hostile_names)
{
    struct source *s = open_fixture("hostile/names.h5");

    ck_assert_uint_ge(s->n_tensors, 35);
    check_names(s);
    source_close(s);
}
END_TEST

/* A file of the given bytes is refused with this in the message. */
static void refuse(const void *bytes, gsize n, const char *says)
{
    char *path = NULL;
    int fd = g_file_open_tmp("tare-XXXXXX.h5", &path, NULL);
    GError *error = NULL;

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, n), (ssize_t)n);
    close(fd);
    ck_assert_ptr_null(format_open(path, NULL, &error));
    ck_assert_ptr_nonnull(error);
    ck_assert_int_eq(error->code, TARE_ERROR_INPUT);
    ck_assert_msg(g_str_has_prefix(error->message, path), "%s", error->message);
    ck_assert_msg(strstr(error->message, says) != NULL, "%s: not '%s'", error->message, says);
    ck_assert_ptr_null(strchr(error->message, '\n'));
    g_clear_error(&error);
    g_unlink(path);
    g_free(path);
}

#define REFUSE(text, says) refuse(text, sizeof(text) - 1, says)

START_TEST(test_other_files)
{
    REFUSE("", "empty file");
    REFUSE("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "git lfs pull");
    REFUSE("\n  <!DOCTYPE html><title>404</title>", "HTML");
    REFUSE("PK\3\4\24\0\0\0\0\0____________\14\0\0\0metadata.json{}", ".keras");
    REFUSE("PK\3\4\24\0\0\0\0\0____________\14\0\0\0archive/data.pkl", "PyTorch");
    REFUSE("PK\3\4\24\0\0\0\0\0____________\14\0\0\0readme.txt", "zip");
    REFUSE("GGUF\3\0\0\0", "GGUF");
    REFUSE("\2\0\0\0\0\0\0\0{}", "safetensors");
    REFUSE("{\"metadata\":{},\"weight_map\":{}}", "shard");
    REFUSE("{\"a\":1}", "JSON");
    REFUSE("\x80\2}q\1.", "pickle");
    REFUSE("\x1f\x8b\10", "gzip");
    REFUSE("\x93NUMPY\1\0", ".npy");
    REFUSE("what is this", "no HDF5 signature");
    REFUSE("\0\0\0\0\0\0\0\0\0\0\0\0", "no HDF5 signature");
}
END_TEST

/* A file of one empty group, and with `string` a string beside it. */
static struct source *open_without_weights(gboolean string, GError **error)
{
    char *path = NULL;
    int fd = g_file_open_tmp("tare-XXXXXX.h5", &path, NULL);
    hid_t file, space, text;
    struct source *s;

    ck_assert_int_ge(fd, 0);
    close(fd);
    file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Gclose(H5Gcreate2(file, "nothing", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    if (string) {
        space = H5Screate(H5S_SCALAR);
        text = H5Tcopy(H5T_C_S1);
        H5Dclose(H5Dcreate2(file, "text", text, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
        H5Tclose(text);
        H5Sclose(space);
    }
    H5Fclose(file);
    s = format_open(path, NULL, error);
    g_unlink(path);
    g_free(path);
    return s;
}

START_TEST(test_no_weights)
{
    GError *error = NULL;
    struct source *s = open_without_weights(FALSE, &error);

    ck_assert_ptr_null(s);
    ck_assert_int_eq(error->code, TARE_ERROR_INPUT);
    ck_assert_ptr_nonnull(strstr(error->message, "no weights in it"));
    g_clear_error(&error);
    s = open_without_weights(TRUE, &error);
    ck_assert_ptr_nonnull(s);
    ck_assert_uint_eq(s->n_tensors, 0);
    ck_assert_uint_eq(s->n_skipped, 1);
    ck_assert_str_eq(s->skipped[0].path, "/text");
    source_close(s);
}
END_TEST

START_TEST(test_not_files)
{
    static const char *const paths[] = {"/", "/dev/null", "/nonexistent/x.h5"};

    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
        GError *error = NULL;

        ck_assert_ptr_null(format_open(paths[i], NULL, &error));
        ck_assert_msg(g_str_has_prefix(error->message, paths[i]), "%s", error->message);
        g_clear_error(&error);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("format");
    TCase *t = tcase_create("files");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, test_truth, 0, G_N_ELEMENTS(folders));
    tcase_add_test(t, test_same_names_in_every_keras_format);
    tcase_add_test(t, test_names);
    tcase_add_test(t, test_ties);
    tcase_add_test(t, test_config);
    tcase_add_test(t, test_read);
    tcase_add_test(t, test_lies);
    tcase_add_test(t, test_hostile_names);
    tcase_add_test(t, test_other_files);
    tcase_add_test(t, test_no_weights);
    tcase_add_test(t, test_not_files);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
