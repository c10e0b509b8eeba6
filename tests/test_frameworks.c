/* The same weights in another framework's names, layout and fusion pair up without a rest, and
 * nothing moved. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "core/comparison.h"
#include "io/format.h"
#include "tests/support/frameworks.h"

static struct comparison *compare(struct checkpoint *base, struct checkpoint *tuned, bool use_rules)
{
    const struct comparison_options options = {.threads = 2, .use_rules = use_rules};
    struct comparison *c = comparison_create(base, tuned, &options, NULL);

    ck_assert_ptr_nonnull(c);
    comparison_scan_start(c);
    comparison_scan_wait(c);
    return c;
}

static void check_equal(const struct comparison *c)
{
    struct rollup r;

    ck_assert_uint_eq(c->pairing.n_base_only, 0);
    ck_assert_uint_eq(c->pairing.n_tuned_only, 0);
    ck_assert_uint_eq(c->pairing.n_different, 0);
    ck_assert_uint_eq(c->pairing.n_matched, c->base->n_stored);
    for (uint32_t i = 0; i < c->pairing.n_entries; i++) {
        const struct scan_result *s = &c->summary.entries[i].result;

        ck_assert_msg(c->summary.entries[i].state == ENTRY_DONE, "%s: %s",
                      comparison_tensor(c, i)->name, c->summary.entries[i].error);
        ck_assert_msg(s->stats.unchanged == comparison_tensor(c, i)->elems,
                      "%s of %s: %lu of %lu unchanged", comparison_tensor(c, i)->name,
                      c->tuned->source->path, (unsigned long)s->stats.unchanged,
                      (unsigned long)comparison_tensor(c, i)->elems);
        ck_assert_ptr_null(c->pairing.entries[i].reason);
    }
    comparison_model_rollup(c, &r);
    ck_assert_double_eq(rollup_relative_all(&r), 0);
    ck_assert_uint_eq(c->base->parameters, c->tuned->parameters);
}

static bool same_architecture(const char *a, const char *b)
{
    return strncmp(a, b, strcspn(a, ".")) == 0 && strcspn(a, ".") == strcspn(b, ".");
}

/* Made-up weights, every framework against every other, both ways. */
START_TEST(test_each_with_each)
{
    for (const char *const *a = framework_names; *a; a++)
        for (const char *const *b = framework_names; *b; b++) {
            char *architecture = g_strndup(*a, strcspn(*a, "."));
            struct weights *w;
            struct comparison *c;

            if (same_architecture(*a, *b)) {
                w = weights_make(architecture, 30);
                c = compare(weights_write(w, *a), weights_write(w, *b), true);
                check_equal(c);
                comparison_destroy(c);
                weights_free(w);
            }
            g_free(architecture);
        }
}
END_TEST

static const struct {
    const char *file, *framework;
    uint64_t heads;
} fixtures[] = {
    {"torch/gpt2_base_flat.h5", "gpt2.torch", 4},
    {"hf_tf/gpt2_base/tf_model.h5", "gpt2.tf", 4},
    {"hub/gpt2_base/model.weights.h5", "gpt2.hub", 4},
    {"torch/llama_base_flat.h5", "llama.torch", 4},
    {"hub/llama_base/model.weights.h5", "llama.hub", 4},
    {"hub/bert_base/model.weights.h5", "bert.hub", 4},
};

/* A real file against its own weights in every other framework. */
START_TEST(test_fixture)
{
    for (const char *const *b = framework_names; *b; b++) {
        char *path = g_build_filename(g_getenv("TARE_FIXTURES"), fixtures[_i].file, NULL);
        struct source *s = format_open(path, NULL, NULL);
        struct weights *w;
        struct comparison *c;

        g_free(path);
        ck_assert_ptr_nonnull(s);
        if (!same_architecture(fixtures[_i].framework, *b)) {
            source_close(s);
            continue;
        }
        w = weights_read(s, fixtures[_i].framework, fixtures[_i].heads);
        c = compare(checkpoint_create(s), weights_write(w, *b), true);
        check_equal(c);
        comparison_destroy(c);
        weights_free(w);
    }
}
END_TEST

static uint32_t find_entry(const struct comparison *c, const char *name)
{
    for (uint32_t i = 0; i < c->pairing.n_entries; i++)
        if (strcmp(comparison_tensor(c, i)->name, name) == 0)
            return i;
    ck_abort_msg("no %s", name);
    return 0;
}

/* Only the first rows of the base's vocabulary are there, and it is said. */
static void check_cut(const struct comparison *c, const char *name, const char *reason)
{
    uint32_t i = find_entry(c, name);

    ck_assert_int_eq(c->pairing.entries[i].state, PAIR_MATCHED);
    ck_assert_str_eq(c->pairing.entries[i].reason, reason);
    ck_assert_str_eq(c->pairing.entries[i].rule, pair_rule_rows);
    ck_assert_uint_eq(comparison_tensor(c, i)->elems, 30 * 8);
}

START_TEST(test_more_rows)
{
    static const char *const pairs[][2] = {
        {"llama.torch", "llama.hub"}, {"llama.hub", "llama.torch"}, {"llama.torch", "llama.torch"}};
    struct weights *w = weights_make("llama", 30), *more = weights_make("llama", 34);
    struct comparison *c =
        compare(weights_write(w, pairs[_i][0]), weights_write(more, pairs[_i][1]), true);
    bool hub = strcmp(pairs[_i][0], "llama.hub") == 0;
    const char *tokens = hub ? "token_embedding.embeddings" : "model.embed_tokens.weight";
    const char *head = hub ? "token_embedding.reverse_embeddings" : "lm_head.weight";

    check_cut(c, tokens, "4 new rows; compared on 30");
    check_cut(c, head, "4 new rows; compared on 30");
    ck_assert_uint_eq(c->pairing.n_matched, c->base->n_stored);
    comparison_destroy(c);
    c = compare(weights_write(more, pairs[_i][0]), weights_write(w, pairs[_i][1]), true);
    check_cut(c, tokens, "4 missing rows; compared on 30");
    check_cut(c, head, "4 missing rows; compared on 30");
    ck_assert_uint_eq(c->base->parameters, c->tuned->parameters + 2 * 4 * 8);
    ck_assert_uint_eq(c->pairing.n_matched, c->base->n_stored);
    comparison_destroy(c);
    weights_free(w);
    weights_free(more);
}
END_TEST

/* What the file has stays visible. */
START_TEST(test_descriptors)
{
    struct weights *w = weights_make("gpt2", 30);
    struct comparison *c =
        compare(weights_write(w, "gpt2.torch"), weights_write(w, "gpt2.hub"), true);
    uint32_t i = find_entry(c, "transformer.h.1.attn.c_attn.weight");
    const struct tensor *t = checkpoint_tensor(c->tuned, c->pairing.entries[i].tuned);

    ck_assert_str_eq(c->pairing.entries[i].rule, pair_rule_fused);
    ck_assert_str_eq(t->path, "/transformer_layer_1.self_attention.query.kernel + "
                              "/transformer_layer_1.self_attention.key.kernel + "
                              "/transformer_layer_1.self_attention.value.kernel");
    ck_assert_str_eq(t->origin->what, "3 tensors put together");
    comparison_destroy(c);
    c = compare(weights_write(w, "gpt2.hub"), weights_write(w, "gpt2.linear"), true);
    i = find_entry(c, "transformer_layer_1.self_attention.key.kernel");
    t = checkpoint_tensor(c->tuned, c->pairing.entries[i].tuned);
    ck_assert_str_eq(t->path, "/transformer.h.1.attn.c_attn.weight");
    ck_assert_str_eq(t->origin->what, "rows 8..16 of transformer.h.1.attn.c_attn.weight [24,8]");
    ck_assert_str_eq(tensor_stored_name(t), "transformer.h.1.attn.c_attn.weight");
    ck_assert_uint_eq(t->origin->dim[0], 24);
    ck_assert_uint_eq(c->tuned->n_stored, 28);
    comparison_destroy(c);
    weights_free(w);
}
END_TEST

/* Rules off: nothing of all this. */
START_TEST(test_names_only)
{
    struct weights *w = weights_make("gpt2", 30);
    struct comparison *c =
        compare(weights_write(w, "gpt2.torch"), weights_write(w, "gpt2.hub"), false);

    ck_assert_uint_eq(c->pairing.n_matched, 0);
    ck_assert_uint_eq(c->pairing.n_base_only, c->base->n_stored);
    ck_assert_uint_eq(c->pairing.n_tuned_only, c->tuned->n_stored);
    comparison_destroy(c);
    weights_free(w);
}
END_TEST

/* Heads that are told when everything is paired are the base's on both sides. */
START_TEST(test_heads_later)
{
    struct weights *w = weights_make("bert", 30);
    struct comparison *c =
        compare(weights_write(w, "bert.torch"), weights_write(w, "bert.tf"), true);
    uint32_t i = find_entry(c, "bert.encoder.layer.1.attention.self.key.weight");

    comparison_set_heads(c, 2, 2);
    ck_assert_uint_eq(comparison_place(c, i)->heads, 2);
    ck_assert_uint_eq(c->tuned->places[c->pairing.entries[i].tuned].heads, 2);
    ck_assert_int_eq(c->tuned->places[c->pairing.entries[i].tuned].orientation, ORIENTATION_OUT_IN);
    comparison_destroy(c);
    weights_free(w);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("frameworks");
    TCase *t = tcase_create("pairs");
    SRunner *r;
    int failed;

    tcase_add_test(t, test_each_with_each);
    tcase_add_loop_test(t, test_fixture, 0, G_N_ELEMENTS(fixtures));
    tcase_add_loop_test(t, test_more_rows, 0, 3);
    tcase_add_test(t, test_descriptors);
    tcase_add_test(t, test_names_only);
    tcase_add_test(t, test_heads_later);
    tcase_set_timeout(t, 60);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
