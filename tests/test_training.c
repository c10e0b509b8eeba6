/* Fine-tuning: as PyTorch does it, step by step; the same bits for any number of threads, width of
 * vectors and after going back; what may not be applied is not. */
#include <check.h>
#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "tests/support/trained.h"

static struct net_oracle *oracle;
static struct examples *examples;

static const char *const models[] = {"gpt2", "llama", "sgd", "lora"};

static void setup(void)
{
    oracle = net_oracle_open("training.bin");
    examples = trained_examples(oracle);
}

static void teardown(void)
{
    examples_destroy(examples);
    net_oracle_close(oracle);
}

/* --- PyTorch --- */

static void expect_weights(const char *model, const struct checkpoint *base,
                           const struct training *t)
{
    GArray *arrays = training_arrays(t, training_state(t));
    guint compared = 0;

    for (guint i = 0; i < arrays->len; i++) {
        const struct training_array *a = &g_array_index(arrays, struct training_array, i);
        const char *name = a->name + strlen("weights/");
        g_autofree char *want_name = g_strdup_printf("%s.end.%s", model, name);
        double error = 0, size = 0;
        bool turned = strstr(name, ".c_") && g_str_has_suffix(name, ".weight");
        const float *want;

        if (!g_str_has_prefix(a->name, "weights/"))
            continue;
        want = net_oracle_floats(oracle, want_name, NULL);
        for (uint64_t r = 0; r < a->rows; r++)
            for (uint64_t c = 0; c < a->columns; c++) {
                double w = want[turned ? c * a->rows + r : r * a->columns + c];

                error += pow(a->values[r * a->columns + c] - w, 2);
                size += w * w;
            }
        ck_assert_msg(error <= 1e-10 * size, "%s: off by %g of its norm", want_name,
                      sqrt(error / size));
        compared++;
    }
    ck_assert_uint_gt(compared, 3);
    ck_assert_uint_le(compared, base->source->n_tensors);
    g_array_unref(arrays);
}

START_TEST(steps_are_those_of_torch)
{
    const char *model = models[_i];
    g_autofree char *losses_name = g_strdup_printf("%s.losses", model);
    g_autofree char *norms_name = g_strdup_printf("%s.norms", model);
    gsize n;
    const double *losses = net_oracle_doubles(oracle, losses_name, &n);
    const double *norms = net_oracle_doubles(oracle, norms_name, NULL);
    struct checkpoint *base = trained_base(oracle, model);
    struct training_options o;
    struct training *t;
    const GArray *steps;

    trained_options(model, &o);
    t = trained_create(base, examples, &o);
    trained_steps(t, (unsigned)n);
    steps = training_timeline(t)->steps;
    ck_assert_uint_eq(steps->len, n);
    for (guint i = 0; i < n; i++) {
        const struct step_record *s = &g_array_index(steps, struct step_record, i);

        ck_assert_uint_eq(s->step, i + 1);
        ck_assert_msg(fabs(s->loss - losses[i]) <= 1e-5 * losses[i], "%s, step %u: %.9g, not %.9g",
                      model, i + 1, s->loss, losses[i]);
        ck_assert_msg(fabs(s->gradient_norm - norms[i]) <= 2e-5 * norms[i],
                      "%s, step %u: a norm of %.9g, not %.9g", model, i + 1, s->gradient_norm,
                      norms[i]);
        ck_assert_double_eq_tol(s->clip, MIN(1, 1 / (s->gradient_norm + 1e-6)), 1e-12);
        ck_assert_uint_eq(s->nonfinite, UINT32_MAX);
    }
    expect_weights(model, base, t);
    training_destroy(t);
    checkpoint_destroy(base);
}
END_TEST

/* --- the same bits --- */

static char *hash_of(const char *model, guint threads, const char *cpu)
{
    struct checkpoint *base = trained_base(oracle, model);
    struct training_options o;
    struct training *t;
    char *hash;

    if (cpu)
        g_setenv("TARE_CPU", cpu, TRUE);
    trained_options(model, &o);
    o.threads = threads;
    t = trained_create(base, examples, &o);
    trained_steps(t, 7);
    hash = trained_hash(t);
    training_destroy(t);
    checkpoint_destroy(base);
    g_unsetenv("TARE_CPU");
    return hash;
}

START_TEST(threads_and_widths_change_no_bit)
{
    static const char *const widths[] = {"scalar", "avx2", "avx512"};
    g_autofree char *want = hash_of(models[_i], 1, NULL);
    enum cpu_width width;

    for (guint threads = 2; threads <= 3; threads++) {
        g_autofree char *got = hash_of(models[_i], threads, NULL);

        ck_assert_str_eq(got, want);
    }
    for (gsize w = 0; w < G_N_ELEMENTS(widths); w++) {
        g_autofree char *got =
            cpu_choose(widths[w], &width) ? hash_of(models[_i], 2, widths[w]) : g_strdup(want);

        ck_assert_str_eq(got, want);
    }
}
END_TEST

/* Goes 12 steps, back to the 5th, and again; another engine goes on from there too. */
START_TEST(going_back_changes_no_bit)
{
    struct checkpoint *base = trained_base(oracle, models[_i]);
    struct training_options o;
    struct training *t, *other;
    struct training_state kept;
    g_autofree char *want = NULL, *got = NULL, *others = NULL;
    const struct timeline *line;

    trained_options(models[_i], &o);
    t = trained_create(base, examples, &o);
    trained_steps(t, 5);
    training_set_learning_rate(t, 1e-3);
    training_set_weight_decay(t, 0.02);
    ck_assert(training_state_copy(&kept, training_state(t), NULL));
    trained_steps(t, 7);
    want = trained_hash(t);
    line = training_timeline(t);
    ck_assert_uint_eq(line->steps->len, 12);

    training_restore(t, &kept);
    ck_assert_uint_eq(line->steps->len, 5);
    trained_steps(t, 7);
    got = trained_hash(t);
    ck_assert_str_eq(got, want);

    other = trained_create(base, examples, &o);
    training_restore(other, &kept);
    trained_steps(other, 7);
    others = trained_hash(other);
    ck_assert_str_eq(others, want);
    ck_assert_uint_eq(training_state(other)->step, 12);

    training_state_finish(&kept);
    training_destroy(other);
    training_destroy(t);
    checkpoint_destroy(base);
}
END_TEST

/* --- what is trained --- */

static const float *piece(const struct training *t, const char *name, uint64_t *n)
{
    g_autofree char *want = g_strdup_printf("weights/%s", name);
    GArray *arrays = training_arrays(t, training_state(t));
    const float *found = NULL;

    for (guint i = 0; i < arrays->len; i++) {
        const struct training_array *a = &g_array_index(arrays, struct training_array, i);

        if (strcmp(a->name, want) != 0)
            continue;
        found = a->values;
        *n = a->rows * a->columns;
    }
    g_array_unref(arrays);
    return found;
}

START_TEST(frozen_tensors_stay)
{
    static const struct tensor_factor factors[] = {
        {"*", 0.5}, {"transformer.h.0.*", 0}, {"transformer.h.0.ln_1.*", 1}};
    struct checkpoint *base = trained_base(oracle, "gpt2");
    struct training_options o;
    struct training *t;
    const struct training_parameter *p;
    struct net_weights before;
    guint n, frozen = 0;

    trained_options("gpt2", &o);
    o.factors = factors;
    o.n_factors = G_N_ELEMENTS(factors);
    t = trained_create(base, examples, &o);
    ck_assert(net_weights_load(&before, base, NULL, NULL));
    trained_steps(t, 3);
    p = training_parameters(t, &n);
    ck_assert_uint_eq(n, base->source->n_tensors);
    for (guint i = 0; i < n; i++) {
        const char *name = checkpoint_tensor(base, p[i].tensor)->name;
        bool inside = g_str_has_prefix(name, "transformer.h.0.");
        bool norm = strstr(name, ".h.0.ln_1.") != NULL;

        ck_assert_double_eq(p[i].factor, norm ? 1 : inside ? 0 : 0.5);
        ck_assert(p[i].decays == (checkpoint_tensor(base, p[i].tensor)->rank == 2 && !inside));
        frozen += p[i].factor == 0;
    }
    ck_assert_uint_eq(frozen, 10);
    ck_assert_mem_eq(training_state(t)->weights.blocks[0].qkv.values, before.blocks[0].qkv.values,
                     (gsize)48 * 16 * sizeof(float));
    ck_assert_mem_ne(training_state(t)->weights.blocks[1].qkv.values, before.blocks[1].qkv.values,
                     (gsize)48 * 16 * sizeof(float));
    net_weights_finish(&before);
    training_destroy(t);
    checkpoint_destroy(base);
}
END_TEST

static char *hash_of_block_1(double others)
{
    const struct tensor_factor factors[] = {{"*", others}, {"model.layers.1.*", 1}};
    struct checkpoint *base = trained_base(oracle, "llama");
    struct training_options o;
    struct training *t;
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    const struct net_block *b;
    char *hash;

    trained_options("llama", &o);
    o.factors = factors;
    o.n_factors = G_N_ELEMENTS(factors);
    o.clip = 0;
    t = trained_create(base, examples, &o);
    trained_steps(t, 5);
    b = &training_state(t)->weights.blocks[1];
    g_checksum_update(sum, b->qkv.values, (gssize)(b->qkv.out * b->qkv.in * sizeof(float)));
    g_checksum_update(sum, b->down.values, (gssize)(b->down.out * b->down.in * sizeof(float)));
    g_checksum_update(sum, b->gate.values, (gssize)(2 * b->gate.out * b->gate.in * sizeof(float)));
    hash = g_strdup(g_checksum_get_string(sum));
    g_checksum_free(sum);
    training_destroy(t);
    checkpoint_destroy(base);
    return hash;
}

/* Gradients that are not wanted are not found; those that are have the same bits. */
START_TEST(freezing_changes_no_other_bit)
{
    g_autofree char *want = hash_of_block_1(1e-30), *got = hash_of_block_1(0);

    ck_assert_str_eq(got, want);
}
END_TEST

START_TEST(what_is_cut_and_left_out_is_said)
{
    struct checkpoint *base = trained_base(oracle, "gpt2");
    struct training_options o;
    struct training_data d;
    struct training *t;

    trained_options("gpt2", &o);
    o.longest = 5; /* of 9, 16, 5, 12, 16, 7 with prompts of 0, 4, 2, 5, 1, 0 */
    t = trained_create(base, examples, &o);
    training_data(t, &d);
    ck_assert_uint_eq(d.examples, 5);
    ck_assert_uint_eq(d.cut, 4);
    ck_assert_uint_eq(d.skipped, 1);
    ck_assert_uint_eq(d.longest, 5);
    trained_steps(t, 1);
    ck_assert_uint_eq(g_array_index(training_timeline(t)->steps, struct step_record, 0).tokens, 20);
    training_destroy(t);
    checkpoint_destroy(base);
}
END_TEST

START_TEST(layers_decay_downwards)
{
    struct checkpoint *base = trained_base(oracle, "gpt2");
    struct training_options o;
    struct training *t;
    const struct training_parameter *p;
    guint n;

    trained_options("gpt2", &o);
    o.layer_decay = 0.5;
    t = trained_create(base, examples, &o);
    p = training_parameters(t, &n);
    for (guint i = 0; i < n; i++) {
        const char *name = checkpoint_tensor(base, p[i].tensor)->name;

        ck_assert_double_eq(p[i].factor, strstr(name, ".wte") || strstr(name, ".wpe") ? 0.25
                                         : strstr(name, ".h.0.")                      ? 0.5
                                                                                      : 1);
    }
    training_destroy(t);
    checkpoint_destroy(base);
}
END_TEST

static void expect_refused(const char *model, const struct training_options *o, int code,
                           const char *part)
{
    struct checkpoint *base = trained_base(oracle, model);
    GError *error = NULL;

    ck_assert(training_create(base, examples, o, NULL, &error) == NULL);
    ck_assert(g_error_matches(error, TARE_ERROR, code));
    ck_assert_msg(strstr(error->message, part) != NULL, "%s", error->message);
    g_error_free(error);
    checkpoint_destroy(base);
}

START_TEST(what_makes_no_sense_is_refused)
{
    static const struct tensor_factor typo[] = {{"model.layer.*", 0}}, all[] = {{"*", 0}},
                                      bad[] = {{"*", -1}};
    struct training_options o;

    trained_options("gpt2", &o);
    o.factors = typo;
    o.n_factors = 1;
    expect_refused("gpt2", &o, TARE_ERROR_USAGE, "model.layer.*");
    o.factors = all;
    expect_refused("gpt2", &o, TARE_ERROR_USAGE, "frozen");
    o.factors = bad;
    expect_refused("gpt2", &o, TARE_ERROR_USAGE, "from 0 on");
    o.n_factors = 0;
    o.lora = "query";
    expect_refused("gpt2", &o, TARE_ERROR_USAGE, "qkv");
    o.lora = NULL;
    o.warmup = 21;
    expect_refused("gpt2", &o, TARE_ERROR_USAGE, "warm-up");
    o.warmup = 0;
    o.learning_rate = NAN;
    expect_refused("gpt2", &o, TARE_ERROR_USAGE, "learning rate");
    o.learning_rate = 1e-3;
    o.longest = 1;
    expect_refused("gpt2", &o, TARE_ERROR_INPUT, "nothing to learn from");
}
END_TEST

/* --- what may not be applied --- */

START_TEST(numbers_that_are_none_stop_before_the_step)
{
    static const char *const bad[] = {"transformer.h.1.mlp.c_fc.weight", "transformer.wte.weight"};
    struct checkpoint *base = trained_base(oracle, "gpt2");
    struct training_options o;
    struct training *t;
    uint64_t n;

    trained_options("gpt2", &o);
    t = trained_create(base, examples, &o);
    trained_steps(t, 2);
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        float *w = (float *)(gsize)piece(t, bad[i], &n), was = w[n / 2];
        g_autofree char *before = NULL, *after = NULL;
        GError *error = NULL;
        const struct step_record *s;

        w[n / 2] = i ? INFINITY : NAN;
        before = trained_hash(t);
        ck_assert(!training_step(t, NULL, &error));
        ck_assert(g_error_matches(error, TARE_ERROR, TARE_ERROR_DATA));
        ck_assert_msg(strstr(error->message, bad[i]) != NULL, "%s", error->message);
        after = trained_hash(t);
        ck_assert_str_eq(before, after);
        ck_assert_uint_eq(training_state(t)->step, 2);
        s = &g_array_index(training_timeline(t)->steps, struct step_record,
                           training_timeline(t)->steps->len - 1);
        ck_assert_str_eq(checkpoint_tensor(base, s->nonfinite)->name, bad[i]);
        g_error_free(error);
        w[n / 2] = was;
    }
    trained_steps(t, 1);
    training_destroy(t);
    checkpoint_destroy(base);
}
END_TEST

/* Finite weights whose products are not: the place in the pass is named. */
START_TEST(an_overflow_is_found_where_it_happens)
{
    struct checkpoint *base = trained_base(oracle, "gpt2");
    struct training_options o;
    struct training *t;
    GError *error = NULL;
    uint64_t n;
    float *w;

    trained_options("gpt2", &o);
    t = trained_create(base, examples, &o);
    w = (float *)(gsize)piece(t, "transformer.h.1.mlp.c_fc.weight", &n);
    for (uint64_t i = 0; i < n; i++)
        w[i] = copysignf(3e38f, w[i]);
    ck_assert(!training_step(t, NULL, &error));
    ck_assert_msg(strstr(error->message, "transformer.h.1.mlp.") != NULL, "%s", error->message);
    g_error_free(error);
    training_destroy(t);
    checkpoint_destroy(base);
}
END_TEST

START_TEST(cancelled_changes_nothing)
{
    struct checkpoint *base = trained_base(oracle, "gpt2");
    const gint cancelled = TRUE;
    struct training_options o;
    struct training *t;
    GError *error = NULL;
    g_autofree char *before = NULL, *after = NULL;

    trained_options("gpt2", &o);
    t = trained_create(base, examples, &o);
    before = trained_hash(t);
    ck_assert(!training_step(t, &cancelled, &error));
    ck_assert(g_error_matches(error, TARE_ERROR, TARE_ERROR_CANCELLED));
    after = trained_hash(t);
    ck_assert_str_eq(before, after);
    g_error_free(error);
    training_destroy(t);
    checkpoint_destroy(base);
}
END_TEST

/* --- what is seen --- */

START_TEST(it_learns_and_looks)
{
    struct checkpoint *base = trained_base(oracle, "llama");
    struct training_options o;
    struct training *t;
    const struct timeline *line;
    const struct look_record *first, *last;
    const double *moved, *norm, *update;

    trained_options("sgd", &o);
    o.optimizer = optimizer_find("adamw");
    o.learning_rate = 2e-2;
    o.steps = 60;
    t = trained_create(base, examples, &o);
    ck_assert(training_look(t, NULL, NULL));
    trained_steps(t, 60);
    ck_assert(training_look(t, NULL, NULL));
    line = training_timeline(t);
    first = &g_array_index(line->looks, struct look_record, 0);
    last = &g_array_index(line->looks, struct look_record, 1);
    ck_assert_uint_eq(first->step, 0);
    ck_assert_uint_eq(last->step, 60);
    ck_assert(isnan(first->train));
    ck_assert_double_gt(first->held_out, 2);
    ck_assert_double_lt(last->held_out, 0.3); /* the same texts are held out and learned from */
    ck_assert_double_lt(g_array_index(line->steps, struct step_record, 59).loss, 0.2);
    moved = (const double *)(void *)line->relative->data;
    norm = (const double *)(void *)line->norm->data;
    update = (const double *)(void *)line->update->data;
    for (guint g = 0; g < 3; g++) {
        ck_assert_double_eq(moved[g], 0);
        ck_assert_double_eq(norm[g], 1);
        ck_assert(moved[3 + g] > 0.01 && moved[3 + g] < 10);
        ck_assert(update[3 * 10 + g] > 1e-4 && update[3 * 10 + g] < 1);
    }
    for (guint b = 0; b < 2; b++) {
        double entropy = g_array_index(line->entropy, double, b);

        ck_assert(entropy > 0 && entropy <= 1);
        ck_assert_double_eq(g_array_index(line->block_dead, double, b), 0);
    }
    training_destroy(t);
    checkpoint_destroy(base);
}
END_TEST

/* A look between steps changes none, and one that comes late knows the base all the same. */
START_TEST(looking_changes_nothing)
{
    struct checkpoint *base = trained_base(oracle, "llama");
    struct training_options o;
    struct training *a, *b;
    g_autofree char *with = NULL, *without = NULL;
    const struct look_record *early, *late;

    trained_options("llama", &o);
    a = trained_create(base, examples, &o);
    b = trained_create(base, examples, &o);
    ck_assert(training_look(a, NULL, NULL));
    trained_steps(a, 4);
    trained_steps(b, 4);
    ck_assert(training_look(a, NULL, NULL));
    ck_assert(training_look(b, NULL, NULL));
    trained_steps(a, 1);
    trained_steps(b, 1);
    with = trained_hash(a);
    without = trained_hash(b);
    ck_assert_str_eq(with, without);
    early = &g_array_index(training_timeline(a)->looks, struct look_record, 1);
    late = &g_array_index(training_timeline(b)->looks, struct look_record, 0);
    ck_assert_double_eq(early->held_out, late->held_out);
    ck_assert_double_eq(g_array_index(training_timeline(a)->relative, double, 4),
                        g_array_index(training_timeline(b)->relative, double, 1));
    training_destroy(a);
    training_destroy(b);
    checkpoint_destroy(base);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("training");
    TCase *t = tcase_create("all");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, steps_are_those_of_torch, 0, G_N_ELEMENTS(models));
    tcase_add_loop_test(t, threads_and_widths_change_no_bit, 0, G_N_ELEMENTS(models));
    tcase_add_loop_test(t, going_back_changes_no_bit, 0, G_N_ELEMENTS(models));
    tcase_add_test(t, frozen_tensors_stay);
    tcase_add_test(t, freezing_changes_no_other_bit);
    tcase_add_test(t, what_is_cut_and_left_out_is_said);
    tcase_add_test(t, layers_decay_downwards);
    tcase_add_test(t, what_makes_no_sense_is_refused);
    tcase_add_test(t, numbers_that_are_none_stop_before_the_step);
    tcase_add_test(t, an_overflow_is_found_where_it_happens);
    tcase_add_test(t, cancelled_changes_nothing);
    tcase_add_test(t, it_learns_and_looks);
    tcase_add_test(t, looking_changes_nothing);
    suite_add_tcase(suite, t);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
