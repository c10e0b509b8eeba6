/* An adapter in PEFT's names on a base of another framework's: found by the part of the model, it
 * gives, element by element, what it gives on the base whose names it knows. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "core/adapter.h"
#include "core/comparison.h"
#include "core/lora_source.h"
#include "tests/support/frameworks.h"
#include "tests/support/memory_source.h"
#include "tests/support/values.h"

#define RANK 3

struct target {
    const char *name; /* %u: the block */
    uint64_t out, in;
    bool embedding;
};

static const struct target gpt2[] = {{"transformer.h.%u.attn.c_attn", 24, 8, false},
                                     {"transformer.h.%u.attn.c_proj", 8, 8, false},
                                     {"transformer.h.%u.mlp.c_fc", 12, 8, false},
                                     {"transformer.h.%u.mlp.c_proj", 8, 12, false},
                                     {"transformer.wte", 8, 30, true},
                                     {NULL, 0, 0, false}};

static const struct target llama[] = {{"model.layers.%u.self_attn.q_proj", 8, 8, false},
                                      {"model.layers.%u.self_attn.k_proj", 4, 8, false},
                                      {"model.layers.%u.self_attn.v_proj", 4, 8, false},
                                      {"model.layers.%u.self_attn.o_proj", 8, 8, false},
                                      {"model.layers.%u.mlp.gate_proj", 12, 8, false},
                                      {"model.layers.%u.mlp.down_proj", 8, 12, false},
                                      {NULL, 0, 0, false}};

static const struct target bert[] = {{"bert.encoder.layer.%u.attention.self.query", 8, 8, false},
                                     {"bert.encoder.layer.%u.attention.output.dense", 8, 8, false},
                                     {"bert.encoder.layer.%u.intermediate.dense", 12, 8, false},
                                     {NULL, 0, 0, false}};

static const struct {
    const char *known, *other; /* frameworks of the base */
    const struct target *targets;
    guint updates; /* on the other */
} cases[] = {
    {"gpt2.torch", "gpt2.hub", gpt2, 13},   {"gpt2.torch", "gpt2.tf", gpt2, 9},
    {"gpt2.torch", "gpt2.linear", gpt2, 9}, {"llama.torch", "llama.hub", llama, 12},
    {"bert.torch", "bert.hub", bert, 6},    {"bert.torch", "bert.tf", bert, 6},
};

static void add_factor(struct memory_source *m, const char *stem, bool embedding, char letter,
                       uint64_t rows, uint64_t cols)
{
    const uint64_t dim[2] = {rows, cols};
    char *name = embedding ? g_strdup_printf("base_model.model.%s.lora_embedding_%c", stem, letter)
                           : g_strdup_printf("base_model.model.%s.lora_%c.weight", stem, letter);
    double *x = g_new(double, rows *cols);

    for (uint64_t i = 0; i < rows * cols; i++)
        x[i] = values_bell(g_str_hash(name) % 1000, i);
    memory_source_add(m, name, TENSOR_WEIGHT, DTYPE_F64, 2, dim, x);
    g_free(x);
    g_free(name);
}

static struct source *make_adapter(const struct target *targets)
{
    struct memory_source *m = memory_source_create("adapter.h5");

    for (; targets->name; targets++)
        for (unsigned block = 0; block < (strchr(targets->name, '%') ? 2 : 1); block++) {
            char number[2] = {(char)('0' + block), 0};
            char **parts = g_strsplit(targets->name, "%u", 2), *stem = g_strjoinv(number, parts);

            add_factor(m, stem, targets->embedding, 'A', RANK, targets->in);
            add_factor(m, stem, targets->embedding, 'B', targets->out, RANK);
            g_free(stem);
            g_strfreev(parts);
        }
    return memory_source_finish(m);
}

/* The base with the adapter, and how it was resolved. */
static struct checkpoint *apply(const struct checkpoint *base, const struct target *targets,
                                guint updates, bool by_part)
{
    struct source *file = make_adapter(targets);
    GError *error = NULL;
    struct adapter *a = adapter_resolve(base, file, 6, &error);

    ck_assert_msg(a != NULL, "%s", error ? error->message : "");
    ck_assert_uint_eq(a->n_updates, updates);
    ck_assert_int_eq(a->n_by_part > 0, by_part);
    ck_assert(!a->alpha_assumed);
    return checkpoint_create(lora_source_create(base, file, a));
}

static guint count(const struct target *targets)
{
    guint n = 0;

    for (; targets->name; targets++)
        n += strchr(targets->name, '%') ? 2 : 1;
    return n;
}

START_TEST(the_same_sums)
{
    const struct comparison_options options = {.threads = 2, .use_rules = true};
    char *architecture = g_strndup(cases[_i].known, strcspn(cases[_i].known, "."));
    struct weights *w = weights_make(architecture, 30);
    struct checkpoint *known = weights_write(w, cases[_i].known);
    struct checkpoint *other = weights_write(w, cases[_i].other);
    bool by_part = g_str_has_suffix(cases[_i].other, ".hub");
    struct comparison *c = comparison_create(
        apply(known, cases[_i].targets, count(cases[_i].targets), false),
        apply(other, cases[_i].targets, cases[_i].updates, by_part), &options, NULL);
    guint moved = 0;

    comparison_scan_start(c);
    comparison_scan_wait(c);
    ck_assert_uint_eq(c->pairing.n_matched, c->pairing.n_entries);
    for (uint32_t i = 0; i < c->pairing.n_entries; i++) {
        const struct pair_stats *s = &c->summary.entries[i].result.stats;

        ck_assert_msg(s->unchanged == comparison_tensor(c, i)->elems, "%s: %lu of %lu",
                      comparison_tensor(c, i)->name, (unsigned long)s->unchanged,
                      (unsigned long)comparison_tensor(c, i)->elems);
        moved += checkpoint_tensor(c->base, i)->dtype == DTYPE_F64;
    }
    ck_assert_uint_eq(moved, count(cases[_i].targets));
    comparison_destroy(c);
    checkpoint_destroy(known);
    checkpoint_destroy(other);
    weights_free(w);
    g_free(architecture);
}
END_TEST

/* What is no such part, of another size, or fused in the base. */
static const struct {
    const char *framework;
    struct target targets[2];
    const char *says;
} wrongs[] = {
    {"llama.hub", {{"model.layers.7.self_attn.q_proj", 8, 8, false}}, "of that part of the model"},
    {"llama.hub", {{"model.layers.0.self_attn.r_proj", 8, 8, false}}, "of that part of the model"},
    {"llama.hub", {{"model.layers.0.self_attn.q_proj", 8, 9, false}}, "make no update of"},
    {"llama.fused", {{"model.layers.0.self_attn.q_proj", 8, 8, false}}, "of that part of the"},
    {"gpt2.hub", {{"transformer.h.0.attn.c_attn", 23, 8, false}}, "make no update of"},
};

START_TEST(refused)
{
    struct weights *w = weights_make(_i < 4 ? "llama" : "gpt2", 30);
    struct checkpoint *base = weights_write(w, wrongs[_i].framework);
    struct source *file = make_adapter(wrongs[_i].targets);
    GError *error = NULL;

    ck_assert_ptr_null(adapter_resolve(base, file, 0, &error));
    ck_assert_msg(strstr(error->message, wrongs[_i].says) != NULL, "%s", error->message);
    g_error_free(error);
    source_close(file);
    checkpoint_destroy(base);
    weights_free(w);
}
END_TEST

/* Nobody says alpha: the numbers stand on a guess, and every report says so. */
START_TEST(alpha_is_assumed)
{
    const struct comparison_options options = {.threads = 1, .lora_alpha = _i ? 6 : 0};
    struct weights *w = weights_make("llama", 30);
    struct comparison *c = comparison_create(
        weights_write(w, "llama.torch"), checkpoint_create(make_adapter(llama)), &options, NULL);
    const struct adapter *a = c->tuned->source->applied;
    char *text = adapter_text(a);
    bool warned = false;

    for (size_t i = 0; c->tuned->source->warnings[i]; i++)
        warned |= strstr(c->tuned->source->warnings[i], "--lora-alpha") != NULL;
    ck_assert_int_eq(a->alpha_assumed, !_i);
    ck_assert_int_eq(warned, !_i);
    ck_assert_int_eq(strstr(text, "assumed") != NULL, !_i);
    g_free(text);
    comparison_destroy(c);
    weights_free(w);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("lora_parts");
    TCase *t = tcase_create("lora_parts");
    SRunner *r;
    int failed;

    tcase_add_loop_test(t, the_same_sums, 0, (int)G_N_ELEMENTS(cases));
    tcase_add_loop_test(t, refused, 0, (int)G_N_ELEMENTS(wrongs));
    tcase_add_loop_test(t, alpha_is_assumed, 0, 2);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
