/* From a file to logits: what transformers and KerasHub compute from the same files, and the same
 * bits from every framework's form of the same weights. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/checkpoint.h"
#include "core/net/net.h"
#include "io/format.h"
#include "tests/support/frameworks.h"

/* A file, loaded and ready. */
struct ready {
    struct checkpoint *c;
    struct net_weights w;
    struct net *net;
};

static void ready_init(struct ready *r, struct checkpoint *c)
{
    GError *error = NULL;

    r->c = c;
    ck_assert_msg(net_weights_load(&r->w, c, NULL, &error), "%s", error ? error->message : "");
    r->net = net_create(&r->w, 2, &error);
    ck_assert_msg(r->net != NULL, "%s", error ? error->message : "");
}

static void ready_finish(struct ready *r)
{
    net_destroy(r->net);
    net_weights_finish(&r->w);
    checkpoint_destroy(r->c);
}

static void ready_open(struct ready *r, const char *path)
{
    GError *error = NULL;
    struct source *s = format_open(path, NULL, &error);

    ck_assert_msg(s != NULL, "%s", error ? error->message : "");
    ready_init(r, checkpoint_create(s));
}

/* Rows of the one sequence that runs. */
struct rows {
    float *values;
    uint32_t columns;
};

static void keep(void *data, const struct net_seen *seen)
{
    struct rows *r = data;

    r->columns = seen->columns;
    memcpy(r->values + (size_t)seen->first * seen->columns, seen->values,
           (size_t)seen->rows * seen->columns * sizeof(float));
}

/* Logits, or the last hidden state of a model without a head; freed by the caller. */
static struct rows run(struct ready *r, const uint32_t *ids, uint32_t n)
{
    bool head = r->w.head.values != NULL;
    struct net_sequence sequence = {ids, n, head ? 0 : n};
    struct net_batch batch = {.sequences = &sequence, .n = 1};
    uint32_t most = MAX(r->w.spec.vocabulary, r->w.spec.hidden);
    struct rows out = {g_new0(float, (size_t)n *most), 0};
    struct net_probe probe = {head ? 1u << NET_LOGITS : 1u << NET_FINAL, keep, &out};
    GError *error = NULL;

    ck_assert_msg(net_forward(r->net, &batch, &probe, NULL, &error), "%s",
                  error ? error->message : "");
    return out;
}

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
        struct rows got = run(r, ids, head[0]);

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

/* Of the fixtures, and random ones. */
static const char *const presets[] = {"gpt2_base", "llama_base", "llama_bfloat16", "bert_base",
                                      "mistral",   "gemma",      "qwen",           "qwen3",
                                      "phi3",      "llama3",     "roberta",        "distil_bert"};

START_TEST(test_keras_hub)
{
    bool fixture = _i < 4;
    char *folder = fixture ? g_build_filename(g_getenv("TARE_FIXTURES"), "hub", presets[_i], NULL)
                           : g_build_filename(g_getenv("TARE_ORACLE"), "keras", presets[_i], NULL);
    char *path = g_build_filename(folder, "model.weights.h5", NULL);
    char *oracle = g_strconcat("keras/", presets[_i], fixture ? ".bin" : "/expected.bin", NULL);
    struct ready r;
    double most;

    ready_open(&r, path);
    most = farthest(&r, oracle);
    ck_assert_msg(most < 5e-5, "%s: %g away", presets[_i], most);
    ready_finish(&r);
    g_free(oracle);
    g_free(path);
    g_free(folder);
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
    struct rows want;

    checkpoint_set_heads(file, 4, 0);
    ready_init(&a, file);
    want = run(&a, ids, G_N_ELEMENTS(ids));
    for (const char *const *f = framework_names; *f; f++) {
        struct ready b;
        struct rows got;
        struct checkpoint *c;

        if (!same_architecture(*f, fixtures[_i].framework))
            continue;
        c = weights_write(w, *f);
        c->source->config = config;
        checkpoint_set_heads(c, a.w.spec.heads, a.w.spec.kv_heads);
        ready_init(&b, c);
        got = run(&b, ids, G_N_ELEMENTS(ids));
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

/* One sequence of real_models.txt. */
struct sample {
    uint32_t *ids;
    guint n;
    struct rows got;
};

static void sample_start(struct sample *s, struct ready *r, char **words)
{
    s->n = g_strv_length(words) - 1;
    s->ids = g_new(uint32_t, s->n);
    for (guint i = 0; i < s->n; i++)
        s->ids[i] = (uint32_t)g_ascii_strtoull(words[i + 1], NULL, 10);
    s->got = run(r, s->ids, s->n);
}

static void sample_end(struct sample *s)
{
    g_free(s->ids);
    g_free(s->got.values);
    *s = (struct sample){0};
}

static double row_difference(const struct sample *s, char **words)
{
    guint64 row = g_ascii_strtoull(words[1], NULL, 10);
    double most = 0;

    for (char **w = words + 2; w[0] && w[1]; w += 2) {
        guint64 column = g_ascii_strtoull(w[0], NULL, 10);

        most = fmax(
            most, fabs(s->got.values[row * s->got.columns + column] - g_ascii_strtod(w[1], NULL)));
    }
    return most;
}

static double loss_difference(const struct sample *s, struct ready *r, char **words)
{
    struct net_sequence sequence = {s->ids, s->n, 0};
    struct net_batch batch = {.sequences = &sequence, .n = 1};
    double *losses = g_new(double, s->n), most = 0;

    ck_assert(net_losses(r->net, &batch, NULL, losses, NULL, NULL));
    for (guint i = 0; i + 1 < s->n; i++)
        most = fmax(most, fabs(losses[i] - g_ascii_strtod(words[i + 1], NULL)));
    g_free(losses);
    return most;
}

static void check_line(struct ready *r, struct sample *s, char **words)
{
    double most = 0;

    if (strcmp(words[0], "ids") == 0) {
        sample_end(s);
        sample_start(s, r, words);
    } else if (strcmp(words[0], "row") == 0) {
        most = row_difference(s, words);
    } else if (strcmp(words[0], "losses") == 0) {
        most = loss_difference(s, r, words);
    }
    ck_assert_msg(most < 2e-4, "%s %s: %g away", words[0], words[1], most);
}

/* SmolLM2 and MiniLM as packages carry them. */
START_TEST(test_real)
{
    const char *models_at = g_getenv("TARE_MODELS");
    char *path = g_build_filename(g_getenv("TARE_ORACLE"), "real_models.txt", NULL), *text, **lines;
    struct sample s = {0};
    struct ready r;
    bool open = false;

    if (!models_at || !*models_at) {
        g_printerr("skipped: TARE_MODELS names no folder that samples/fetch-models made\n");
        g_free(path);
        return;
    }
    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line && **line; line++) {
        char **words = g_strsplit(*line, " ", -1);

        if (strcmp(words[0], "model") == 0) {
            char *file = g_build_filename(models_at, words[1], "model.h5", NULL);

            sample_end(&s);
            if (open)
                ready_finish(&r);
            ready_open(&r, file);
            open = true;
            g_free(file);
        } else {
            check_line(&r, &s, words);
        }
        g_strfreev(words);
    }
    sample_end(&s);
    ready_finish(&r);
    g_strfreev(lines);
    g_free(text);
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
    tcase_add_loop_test(t, test_keras_hub, 0, G_N_ELEMENTS(presets));
    tcase_add_loop_test(t, test_frameworks, 0, G_N_ELEMENTS(fixtures));
    tcase_add_test(t, test_refused);
    tcase_add_test(t, test_real);
    tcase_set_timeout(t, 120);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
