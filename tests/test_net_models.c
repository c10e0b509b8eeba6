/* From a file to logits: what transformers and KerasHub compute from the same files, and the same
 * bits from every framework's form of the same weights. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "io/format.h"
#include "tests/support/frameworks.h"
#include "tests/support/net_ready.h"

/* The next of a run of little-endian 32-bit numbers. */
static const void *next(const char **at, size_t n)
{
    const void *here = *at;

    *at += 4 * n;
    return here;
}

/* The largest difference to what was computed elsewhere: uint32 sequences, then of each length,
 * columns, ids and float32 rows. */
static double farthest(struct ready *r, const char *file)
{
    char *path = g_build_filename(g_getenv("TARE_ORACLE"), file, NULL), *text;
    const char *at;
    double most = 0;
    uint32_t sequences;

    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    at = text;
    sequences = *(const uint32_t *)next(&at, 1);
    for (uint32_t i = 0; i < sequences; i++) {
        const uint32_t *head = next(&at, 2), *ids = next(&at, head[0]);
        const float *want = next(&at, (size_t)head[0] * head[1]);
        struct ready_rows got = ready_run(r, ids, head[0]);

        ck_assert_uint_eq(got.columns, head[1]);
        for (uint32_t k = 0; k < head[0] * head[1]; k++)
            most = fmax(most, fabs((double)got.values[k] - want[k]));
        g_free(got.values);
    }
    g_free(text);
    g_free(path);
    return most;
}

static const char *const models[] = {
    "gpt2",  "gpt2_f16", "llama", "llama_tied", "mistral", "llama_biased", "qwen2",
    "qwen3", "gemma",    "phi3",  "bert",       "roberta", "distilbert",   "minilm"};

START_TEST(test_transformers)
{
    char *file = g_build_filename("models", models[_i], "model.h5", NULL);
    char *oracle = g_build_filename("models", models[_i], "expected.bin", NULL);
    char *path = g_build_filename(g_getenv("TARE_ORACLE"), file, NULL);
    struct ready r;
    double most;

    ready_open(&r, path);
    most = farthest(&r, oracle);
    ck_assert_msg(most < 2e-5, "%s: %g away", models[_i], most);
    ready_finish(&r);
    g_free(file);
    g_free(oracle);
    g_free(path);
}
END_TEST

/* Files that frameworks wrote, and what they compute from them: of the fixtures, and random ones.
 */
static const struct {
    const char *variable, *file, *oracle;
} files[] = {
    {"TARE_FIXTURES", "torch/gpt2_base_flat.h5", "models/torch_gpt2.bin"},
    {"TARE_FIXTURES", "torch/llama_base_flat.h5", "models/torch_llama.bin"},
    {"TARE_FIXTURES", "hf_tf/gpt2_base/tf_model.h5", "models/tf_gpt2.bin"},
    {"TARE_FIXTURES", "hf_tf/bert_base/tf_model.h5", "models/tf_bert.bin"},
    {"TARE_FIXTURES", "hub/gpt2_base/model.weights.h5", "keras/gpt2_base.bin"},
    {"TARE_FIXTURES", "hub/llama_base/model.weights.h5", "keras/llama_base.bin"},
    {"TARE_FIXTURES", "hub/llama_bfloat16/model.weights.h5", "keras/llama_bfloat16.bin"},
    {"TARE_FIXTURES", "hub/bert_base/model.weights.h5", "keras/bert_base.bin"},
    {"TARE_ORACLE", "keras/mistral/model.weights.h5", "keras/mistral/expected.bin"},
    {"TARE_ORACLE", "keras/gemma/model.weights.h5", "keras/gemma/expected.bin"},
    {"TARE_ORACLE", "keras/qwen/model.weights.h5", "keras/qwen/expected.bin"},
    {"TARE_ORACLE", "keras/qwen3/model.weights.h5", "keras/qwen3/expected.bin"},
    {"TARE_ORACLE", "keras/phi3/model.weights.h5", "keras/phi3/expected.bin"},
    {"TARE_ORACLE", "keras/llama3/model.weights.h5", "keras/llama3/expected.bin"},
    {"TARE_ORACLE", "keras/roberta/model.weights.h5", "keras/roberta/expected.bin"},
    {"TARE_ORACLE", "keras/distil_bert/model.weights.h5", "keras/distil_bert/expected.bin"},
};

START_TEST(test_files)
{
    char *path = g_build_filename(g_getenv(files[_i].variable), files[_i].file, NULL);
    struct ready r;
    double most;

    ready_open(&r, path);
    most = farthest(&r, files[_i].oracle);
    ck_assert_msg(most < 5e-5, "%s: %g away", files[_i].file, most);
    ready_finish(&r);
    g_free(path);
}
END_TEST

static bool same_architecture(const char *a, const char *b)
{
    return strncmp(a, b, strcspn(a, ".")) == 0 && strcspn(a, ".") == strcspn(b, ".");
}

static const struct {
    const char *file, *framework;
} fixtures[] = {
    {"torch/gpt2_base_flat.h5", "gpt2.torch"},
    {"hf_tf/gpt2_base/tf_model.h5", "gpt2.tf"},
    {"hub/gpt2_base/model.weights.h5", "gpt2.hub"},
    {"torch/llama_base_flat.h5", "llama.torch"},
    {"hub/llama_base/model.weights.h5", "llama.hub"},
    {"hub/bert_base/model.weights.h5", "bert.hub"},
};

/* The weights of a real file in every framework's form: equal to the last bit. */
START_TEST(test_frameworks)
{
    static const uint32_t ids[] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5};
    char *path = g_build_filename(g_getenv("TARE_FIXTURES"), fixtures[_i].file, NULL);
    struct checkpoint *file = checkpoint_create(format_open(path, NULL, NULL));
    struct weights *w = weights_read(file->source, fixtures[_i].framework, 4);
    const struct model_config config = file->source->config;
    struct ready a;
    struct ready_rows want;

    checkpoint_set_heads(file, 4, 0);
    ready_init(&a, file);
    want = ready_run(&a, ids, G_N_ELEMENTS(ids));
    for (const char *const *f = framework_names; *f; f++) {
        struct ready b;
        struct ready_rows got;
        struct checkpoint *c;

        if (!same_architecture(*f, fixtures[_i].framework))
            continue;
        c = weights_write(w, *f);
        c->source->config = config;
        checkpoint_set_heads(c, a.w.spec.heads, a.w.spec.kv_heads);
        ready_init(&b, c);
        got = ready_run(&b, ids, G_N_ELEMENTS(ids));
        ck_assert_uint_eq(got.columns, want.columns);
        ck_assert_msg(
            memcmp(got.values, want.values, G_N_ELEMENTS(ids) * want.columns * sizeof(float)) == 0,
            "%s as %s", fixtures[_i].file, *f);
        g_free(got.values);
        ready_finish(&b);
    }
    g_free(want.values);
    ready_finish(&a);
    weights_free(w);
    g_free(path);
}
END_TEST

/* An id beyond the vocabulary and a sequence that is too long are refused by name. */
START_TEST(test_refused)
{
    static const uint32_t ids[17] = {48};
    struct net_sequence sequences[] = {{ids, 1, 0}, {ids + 1, 17, 0}};
    char *path = g_build_filename(g_getenv("TARE_ORACLE"), "models/gpt2/model.h5", NULL);
    const char *const says[] = {"48", "17"};
    struct ready r;

    ready_open(&r, path);
    for (int i = 0; i < 2; i++) {
        struct net_batch batch = {.sequences = &sequences[i], .n = 1};
        GError *error = NULL;

        ck_assert(!net_forward(r.net, &batch, NULL, NULL, &error));
        ck_assert_ptr_nonnull(strstr(error->message, says[i]));
        g_clear_error(&error);
    }
    ready_finish(&r);
    g_free(path);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("net_models");
    TCase *t = tcase_create("models");
    SRunner *r;
    int failed;

    tcase_add_loop_test(t, test_transformers, 0, G_N_ELEMENTS(models));
    tcase_add_loop_test(t, test_files, 0, G_N_ELEMENTS(files));
    tcase_add_loop_test(t, test_frameworks, 0, G_N_ELEMENTS(fixtures));
    tcase_add_test(t, test_refused);
    tcase_set_timeout(t, 120);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
