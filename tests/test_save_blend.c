/* What a person blended is what the saved file holds, in the file's own layout, whatever the two
 * sides were compared in. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "core/blend_file.h"
#include "core/blend_source.h"
#include "io/hdf5_save.h"
#include "tests/support/adapters.h"
#include "tests/support/opened.h"
#include "tests/support/saved.h"

static const struct {
    const char *base, *tuned;
    gboolean adapter;
} pairs[] = {
    {"torch/gpt2_base_flat.h5", "torch/gpt2_tuned_flat.h5", FALSE},
    {"torch/gpt2_base_flat.h5", "hub/gpt2_tuned/model.weights.h5", FALSE},
    {"torch/gpt2_base_flat.h5", "hf_tf/gpt2_tuned/tf_model.h5", FALSE},
    {"hub/gpt2_base/model.weights.h5", "torch/gpt2_tuned_flat.h5", FALSE},
    {"hf_tf/gpt2_base/tf_model.h5", "hub/gpt2_tuned/model.weights.h5", FALSE},
    {"hub/llama_base/model.weights.h5", "hub/llama_tuned/model.weights.h5", FALSE},
    {"torch/llama_base_nested.h5", "torch/llama_tuned_bf16_opaque.h5", FALSE},
    {"torch/llama_base_fp16.h5", "torch/llama_tuned_fp16.h5", FALSE},
    {"keras2/k2_cnn_model_base.h5", "keras2/k2_cnn_model_tuned.h5", FALSE},
    {"keras3/k3_cnn_bfloat16_base.weights.h5", "keras3/k3_cnn_bfloat16_tuned.weights.h5", FALSE},
    {"keras3/k3_sublm_base.weights.h5", "keras3/k3_sublm_tuned.weights.h5", FALSE},
    {"hub/bert_base/model.weights.h5", "hf_tf/bert_tuned/tf_model.h5", FALSE},
    {"torch/llama_base_flat.h5", "torch/llama_peft_lora.h5", TRUE},
    {"hub/gpt2_base/model.weights.h5", "hub/gpt2_lora.lora.h5", TRUE},
    {"torch/llama_base_fp16.h5", "torch/llama_peft_lora.h5", TRUE},
};

static const struct blend_edit some[] = {
    {0, ROLE_COUNT, BLEND_ANY, 0},
    {BLEND_ANY, ROLE_VALUE, BLEND_ANY, 0.5},
    {1, ROLE_COUNT, 1, 0.25},
    {BLEND_OUTSIDE, ROLE_COUNT, BLEND_ANY, 0.75},
};

static uint32_t find(const struct source *s, const char *name)
{
    for (uint32_t i = 0; i < s->n_tensors; i++)
        if (strcmp(s->tensors[i].name, name) == 0)
            return i;
    ck_abort_msg("%s: no %s", s->path, name);
    return 0;
}

static double *read_as(struct source *s, uint32_t index, enum dtype rounded)
{
    const struct tensor *t = &s->tensors[index];
    double *values = g_new(double, t->elems + 1);
    void *raw = g_malloc(8 * t->elems + 1);

    ck_assert(s->ops->read(s, index, 0, t->elems, raw, NULL));
    dtype_info(t->dtype)->decode(values, raw, t->elems);
    if (dtype_info(rounded)->encode) {
        dtype_info(rounded)->encode(raw, values, t->elems);
        dtype_info(rounded)->decode(values, raw, t->elems);
    }
    g_free(raw);
    return values;
}

/* Both as presented beside the same base. */
static void expect_equal(struct source *got, struct source *want, const char *what)
{
    ck_assert_uint_eq(got->n_tensors, want->n_tensors);
    for (uint32_t i = 0; i < want->n_tensors; i++) {
        const struct tensor *t = &want->tensors[i];
        uint32_t at = find(got, t->name);
        double *a = read_as(got, at, got->tensors[at].dtype);
        double *b = read_as(want, i, got->tensors[at].dtype);

        ck_assert_uint_eq(got->tensors[at].elems, t->elems);
        ck_assert_msg(memcmp(a, b, t->elems * sizeof *a) == 0, "%s: %s", what, t->name);
        g_free(a);
        g_free(b);
    }
}

static guint count_changed(struct source *blended)
{
    guint n = 0;

    for (uint32_t i = 0; i < blended->n_tensors; i++)
        n += blend_source_changes(blended, i);
    return n;
}

static struct comparison *compare(struct checkpoint *base, struct checkpoint *tuned)
{
    GError *error = NULL;
    struct comparison *c = adapters_compare(base, tuned, 0, &error);

    ck_assert_msg(c != NULL, "%s", error ? error->message : "");
    return c;
}

static void save_pair(int i, const struct blend *edits, const char *path, struct comparison *c,
                      struct source *blended)
{
    struct source *file = blend_file_create(c, blended);
    char *like = fixture_path(pairs[i].adapter ? pairs[i].base : pairs[i].tuned);
    const struct save_options o = {.rules = {.overwrite = TRUE}};
    GError *error = NULL;

    ck_assert_str_eq(file->path, like);
    ck_assert_msg(checkpoint_save(path, file->path, file, &o, &error), "%s",
                  error ? error->message : "");
    saved_expect_like(path, like);
    if (!edits->n && !pairs[i].adapter)
        saved_expect_equal_files(path, like);
    source_close(file);
    g_free(like);
}

static void check_pair(int i, const struct blend *edits)
{
    char *folder = saved_folder(), *path = g_build_filename(folder, "saved.h5", NULL);
    struct comparison *c = compare(adapters_open(pairs[i].base), adapters_open(pairs[i].tuned)),
                      *again;
    struct source *blended = blend_source_create(c, edits);

    ck_assert_uint_eq(count_changed(blended) > 0, edits->n > 0);
    save_pair(i, edits, path, c, blended);
    again = compare(adapters_open(pairs[i].base), checkpoint_create(saved_open(path)));
    expect_equal(again->tuned->source, blended, pairs[i].tuned);
    comparison_destroy(again);
    source_close(blended);
    comparison_destroy(c);
    g_free(path);
    saved_remove(folder);
}

START_TEST(blended)
{
    struct blend edits = {0};

    for (gsize i = 0; i < G_N_ELEMENTS(some); i++)
        blend_set(&edits, &some[i]);
    check_pair(_i, &edits);
    blend_finish(&edits);
}
END_TEST

START_TEST(as_tuned)
{
    check_pair(_i, &(const struct blend){0});
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("save_blend");
    TCase *t = tcase_create("save_blend");

    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, blended, 0, (int)G_N_ELEMENTS(pairs));
    tcase_add_loop_test(t, as_tuned, 0, (int)G_N_ELEMENTS(pairs));
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    SRunner *r = srunner_create(suite());
    int failed;

    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
