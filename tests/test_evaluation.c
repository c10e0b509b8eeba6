/* Examples through models: which are run and how, what comes of known losses, categories by naive
 * loops, and the losses of real nets against what transformers computes. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/behaviour.h"
#include "core/category_cover.h"
#include "core/depth_key.h"
#include "core/examples_build.h"
#include "core/rule.h"
#include "io/command.h"
#include "tests/support/planted.h"

/* A model whose loss of a token is a number of the token and of who it is. */
struct known {
    double (*loss)(uint32_t id);
    guint batches, most_rows;
    gint *stop; /* set after so many batches */
    guint stop_after;
};

static gboolean known_losses(void *data, const struct net_batch *b, double *losses,
                             const gint *cancelled, GError **error)
{
    struct known *k = data;
    uint32_t row = 0;

    (void)cancelled;
    (void)error;
    for (uint32_t i = 0; i < b->n; i++)
        for (uint32_t t = 0; t < b->sequences[i].n; t++, row++)
            losses[row] = t >= b->sequences[i].first_logit && t + 1 < b->sequences[i].n
                              ? k->loss(b->sequences[i].ids[t + 1])
                              : NAN;
    k->most_rows = MAX(k->most_rows, row);
    if (++k->batches == k->stop_after)
        g_atomic_int_set(k->stop, 1);
    return TRUE;
}

static double of_base(uint32_t id)
{
    return 5 + id % 7 * 0.1;
}

static double of_tuned(uint32_t id)
{
    return 1 + id % 5 * 0.1 + (id >= 1000 ? 2 : 0);
}

/* Sets of ids with a prompt; those of the last `uncovered` categories are above 1000. */
static struct examples *make_examples(uint32_t categories, uint32_t uncovered, uint32_t n)
{
    struct examples_builder *b = examples_builder_create("made");
    uint64_t state = 3;

    for (uint32_t c = 0; c < categories; c++)
        for (uint32_t i = 0; i < n + 50; i++) {
            uint32_t ids[8], length = 4 + i % 5;
            char name[8];
            struct example_fields f = {.category = name, .ids = ids, .n_ids = length};

            for (uint32_t k = 0; k < length; k++)
                ids[k] = (uint32_t)((state = state * 6364136223846793005u + 1) >> 40) % 1000 +
                         (c + uncovered >= categories ? 1000 : 0);
            g_snprintf(name, sizeof name, "c%u", c);
            f.n_prompt = i % 3;
            f.split = i < n ? "test" : "train";
            if (i < n || c + uncovered < categories)
                examples_builder_add(b, i, &f);
        }
    for (uint32_t i = 0; i < 40; i++) {
        const uint32_t ids[] = {i, i + 1, i + 2};

        examples_builder_add(
            b, i,
            &(struct example_fields){.ids = ids, .n_ids = 3, .split = "general", .n_prompt = -1});
    }
    return examples_builder_finish(b);
}

static void make_models(struct known *known, struct evaluation_model *models)
{
    known[0] = (struct known){.loss = of_base};
    known[1] = (struct known){.loss = of_tuned};
    for (int s = 0; s < 2; s++)
        models[s] = (struct evaluation_model){known_losses, &known[s], 2000, 16};
}

static double expected_nll(const struct example *x, double (*loss)(uint32_t id))
{
    double sum = 0;
    uint32_t first = MAX(x->n_prompt, 1);

    for (uint32_t t = first; t < x->n_ids; t++)
        sum += loss(x->ids[t]);
    return sum / (x->n_ids - first);
}

START_TEST(every_example_gets_its_own_loss)
{
    struct examples *e = make_examples(6, 2, 300);
    struct known known[2];
    struct evaluation_model models[2];
    struct evaluation *v;

    make_models(known, models);
    v = evaluation_create(e, models, 2);
    ck_assert(evaluation_run(v, models, NULL, NULL, NULL));
    for (uint32_t i = 0; i < e->n; i++) {
        const struct example *x = &e->examples[i];

        if (x->split == SPLIT_TRAIN) {
            ck_assert(isnan(v->results[i].nll[0]) && !v->results[i].skipped);
            continue;
        }
        ck_assert_double_eq_tol(v->results[i].nll[0], expected_nll(x, of_base), 1e-13);
        ck_assert_double_eq_tol(v->results[i].nll[1], expected_nll(x, of_tuned), 1e-13);
        ck_assert_uint_eq(v->results[i].tokens, x->n_ids - MAX(x->n_prompt, 1));
    }
    ck_assert_uint_gt(known[0].batches, 3);
    ck_assert_uint_le(known[0].most_rows, EVALUATION_ROWS);
    ck_assert_uint_eq(v->tokens_done, v->tokens_total);
    evaluation_destroy(v);
    examples_destroy(e);
}
END_TEST

/* What a model can't take is named; the rest runs. */
START_TEST(what_cannot_be_run)
{
    static const struct {
        uint32_t ids[20], n;
        int64_t n_prompt;
        const char *why;
    } rows[] = {{{1, 2}, 2, -1, NULL},
                {{1}, 1, -1, "no token of it is predicted"},
                {{1, 2000}, 2, -1, "token id 2000, the model's vocabulary has 2000"},
                {{0}, 17, -1, "17 tokens, the model takes 16"},
                {{0}, 16, 15, NULL}};
    struct examples_builder *b = examples_builder_create("made");
    struct known known[2];
    struct evaluation_model models[2];
    struct evaluation *v;
    struct examples *e;

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++)
        examples_builder_add(b, i,
                             &(struct example_fields){.ids = rows[i].ids,
                                                      .n_ids = rows[i].n,
                                                      .n_prompt = rows[i].n_prompt});
    examples_builder_add(b, 9, &(struct example_fields){.text = "no ids", .n_prompt = -1});
    e = examples_builder_finish(b);
    make_models(known, models);
    v = evaluation_create(e, models, 2);
    ck_assert(evaluation_run(v, models, NULL, NULL, NULL));
    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        ck_assert_str_eq(v->results[i].skipped ? v->results[i].skipped : "",
                         rows[i].why ? rows[i].why : "");
        ck_assert_int_eq(evaluation_has(v, i), rows[i].why == NULL);
    }
    ck_assert_str_eq(v->results[5].skipped, "it has no token ids");
    evaluation_destroy(v);
    examples_destroy(e);
}
END_TEST

/* Finished batches stay, of both models, and a second run does the rest. */
START_TEST(a_stopped_run_keeps_what_it_has)
{
    struct examples *e = make_examples(6, 2, 300);
    gint stop = 0;
    struct known known[2];
    struct evaluation_model models[2];
    struct evaluation *v;
    GError *error = NULL;
    uint32_t n = 0;

    make_models(known, models);
    known[1].stop = &stop;
    known[1].stop_after = 2;
    v = evaluation_create(e, models, 2);
    ck_assert(!evaluation_run(v, models, NULL, &stop, &error));
    ck_assert(g_error_matches(error, TARE_ERROR, TARE_ERROR_CANCELLED) && v->cancelled);
    g_error_free(error);
    for (uint32_t i = 0; i < e->n; i++)
        n += evaluation_has(v, i);
    ck_assert_uint_gt(n, 100);
    ck_assert_uint_lt(n, 1000);
    stop = 0;
    ck_assert(evaluation_run(v, models, NULL, &stop, NULL) && !v->cancelled);
    for (uint32_t i = 0; i < e->n; i++)
        ck_assert(evaluation_has(v, i) || e->examples[i].split == SPLIT_TRAIN);
    ck_assert_uint_eq(v->tokens_done, v->tokens_total);
    evaluation_destroy(v);
    examples_destroy(e);
}
END_TEST

/* A category's mean, by the plainest loop. */
static double naive_mean(const struct evaluation *v, uint32_t category, int side)
{
    double sum = 0;
    uint32_t n = 0;

    for (uint32_t i = 0; i < v->examples->n; i++)
        if (v->examples->examples[i].category == category &&
            v->examples->examples[i].split == SPLIT_TEST) {
            sum += v->results[i].nll[side];
            n++;
        }
    return sum / n;
}

static struct evaluation *run_known(const struct examples *e, unsigned sides)
{
    struct known known[2];
    struct evaluation_model models[2];
    struct evaluation *v;

    make_models(known, models);
    v = evaluation_create(e, models, sides);
    ck_assert(evaluation_run(v, models, NULL, NULL, NULL));
    return v;
}

START_TEST(categories_of_known_losses)
{
    struct examples *e = make_examples(6, 2, 40);
    struct evaluation *v = run_known(e, 2);
    struct category_losses l;
    double loss[6][2], gap, did;

    category_losses_of(v, NULL, &l);
    ck_assert(l.cover_known && !l.few);
    for (uint32_t c = 0; c < 6; c++) {
        const struct category_loss *k = &l.categories[c];

        for (int s = 0; s < 2; s++) {
            loss[c][s] = naive_mean(v, c, s);
            ck_assert_double_eq_tol(k->loss[s], loss[c][s], 1e-13);
        }
        ck_assert_double_eq_tol(k->gain, loss[c][0] - loss[c][1], 1e-13);
        ck_assert(k->gain_interval.low < k->gain && k->gain < k->gain_interval.high);
        ck_assert_int_eq(k->cover, c < 4 ? COVER_COVERED : COVER_UNCOVERED);
        ck_assert_uint_eq(k->train, c < 4 ? 50 : 0);
        ck_assert_int_eq(k->worse, c >= 4);
        ck_assert_uint_eq(k->examples, 40);
    }
    gap = (loss[4][1] + loss[5][1]) / 2 - (loss[0][1] + loss[1][1] + loss[2][1] + loss[3][1]) / 4;
    did = gap - (loss[4][0] + loss[5][0]) / 2 +
          (loss[0][0] + loss[1][0] + loss[2][0] + loss[3][0]) / 4;
    ck_assert_double_eq_tol(l.gap.gap, gap, 1e-13);
    ck_assert_double_eq_tol(l.gap.did, did, 1e-13);
    ck_assert(l.gap.gap_within.low > 1.9 && l.gap.gap_within.high < 2.1);
    ck_assert(l.gap.did_within.low < did && did < l.gap.did_within.high);
    ck_assert(l.gap.gap_categories.low <= gap && gap <= l.gap.gap_categories.high);
    ck_assert_double_eq_tol(l.gap.base_gap, gap - did, 1e-13);
    for (int s = 0; s < 2; s++)
        ck_assert_double_eq_tol(l.gap.uncovered_loss[s] - l.gap.covered_loss[s],
                                s ? gap : gap - did, 1e-13);
    ck_assert_double_eq_tol(l.categories[5].excess,
                            l.categories[0].gain / 4 + l.categories[1].gain / 4 +
                                l.categories[2].gain / 4 + l.categories[3].gain / 4 -
                                l.categories[5].gain,
                            1e-12);
    ck_assert_double_gt(l.rho, 0.7);
    ck_assert_uint_eq(l.general.examples, 40);
    ck_assert_double_eq_tol(l.general.change, l.general.loss[1] - l.general.loss[0], 1e-12);
    ck_assert(l.general.interval.low < l.general.change);
    category_losses_finish(&l);
    evaluation_destroy(v);
    examples_destroy(e);
}
END_TEST

START_TEST(few_examples_have_no_interval)
{
    struct examples *e = make_examples(4, 1, 29);
    struct evaluation *v = run_known(e, 2);
    struct category_losses l;

    category_losses_of(v, NULL, &l);
    ck_assert(l.few && isnan(l.gap.gap_within.low) && isnan(l.categories[0].gain_interval.low));
    ck_assert(!isnan(l.gap.gap) && isnan(l.categories[3].p) && !l.categories[3].worse);
    category_losses_finish(&l);
    evaluation_destroy(v);
    examples_destroy(e);
}
END_TEST

/* One model: losses in place of gains. No train examples: each against all others. */
START_TEST(less_is_known)
{
    struct examples *e = make_examples(5, 5, 40);
    struct evaluation *v = run_known(e, 1);
    bool told[6] = {true};
    struct category_losses l;

    category_losses_of(v, NULL, &l);
    ck_assert(!l.cover_known && isnan(l.gap.gap) && isnan(l.rho));
    ck_assert(isnan(l.categories[0].gain) && isnan(l.categories[0].loss[1]));
    ck_assert(!isnan(l.categories[0].p) && isnan(l.general.change));
    category_losses_finish(&l);
    category_losses_of(v, told, &l);
    ck_assert(l.cover_known && l.gap.uncovered == 1 && l.gap.covered == 4 && isnan(l.gap.did));
    category_losses_finish(&l);
    ck_assert(category_names_parse(e, "c1, c4", told, NULL) && told[1] && told[4]);
    ck_assert(!category_names_parse(e, "c9", told, NULL));
    evaluation_destroy(v);
    examples_destroy(e);
}
END_TEST

/* Two examples of a pair, in two categories. */
START_TEST(pairs_of_examples)
{
    struct examples_builder *b = examples_builder_create("made");
    struct evaluation *v;
    struct examples *e;
    GArray *pairs;
    const struct pair_bias *p;
    double sum = 0;
    uint32_t odd;

    for (uint32_t i = 0; i < 24; i++) {
        const uint32_t ids[] = {1, i * 3};
        char pair[8];

        g_snprintf(pair, sizeof pair, "%u", i / 2);
        examples_builder_add(b, i,
                             &(struct example_fields){.ids = ids,
                                                      .n_ids = 2,
                                                      .n_prompt = -1,
                                                      .pair = pair,
                                                      .category = i % 2 ? "b" : "a"});
        sum += (i % 2 ? 1 : -1) * of_tuned(i * 3) / 12;
    }
    examples_builder_add(b, 30,
                         &(struct example_fields){
                             .ids = (uint32_t[]){1, 2}, .n_ids = 2, .n_prompt = -1, .pair = "x"});
    e = examples_builder_finish(b);
    v = run_known(e, 2);
    pairs = pair_bias_of(v, &odd);
    ck_assert_uint_eq(pairs->len, 1);
    ck_assert_uint_eq(odd, 1);
    p = &g_array_index(pairs, struct pair_bias, 0);
    ck_assert_uint_eq(p->pairs, 12);
    ck_assert_double_eq_tol(p->difference[1], sum, 1e-13);
    ck_assert_double_eq_tol(p->change, p->difference[1] - p->difference[0], 1e-13);
    ck_assert(p->interval[1].low < sum && sum < p->interval[1].high);
    g_array_free(pairs, TRUE);
    evaluation_destroy(v);
    examples_destroy(e);
}
END_TEST

/* --- what rules make of it ---------------------------------------------------------------- */

static struct comparison *with_behaviour(struct behaviour *b, const struct examples *e,
                                         struct evaluation *v)
{
    struct planted p;
    struct comparison *c;

    planted_init(&p);
    c = planted_compare(&p);
    *b = (struct behaviour){.examples = (struct examples *)e, .evaluation = v, .sides = v->sides};
    category_losses_of(v, NULL, &b->losses);
    coverage_table_of(e, &b->coverage);
    c->behaviour = b;
    return c;
}

static void drop(struct comparison *c, struct behaviour *b)
{
    category_losses_finish(&b->losses);
    coverage_table_finish(&b->coverage);
    comparison_destroy(c);
}

static char *what_of(const struct comparison *c, const char *id, enum severity *severity)
{
    GArray *findings = rules_check(c);
    char *what = NULL;

    for (guint i = 0; i < findings->len; i++) {
        const struct finding *f = &g_array_index(findings, struct finding, i);

        if (strcmp(f->rule->id, id) != 0)
            continue;
        what = g_strdup(f->what);
        *severity = f->severity;
        for (int k = 0; f->rule->thresholds[k] != THRESHOLD_COUNT; k++) {
            bool named = false;

            for (unsigned n = 0; n < f->n_evidence; n++)
                named |=
                    strcmp(f->evidence[n].name, threshold_table[f->rule->thresholds[k]].name) == 0;
            ck_assert(named);
        }
    }
    findings_free(findings);
    return what;
}

static void expect_what(const struct comparison *c, const char *id, enum severity severity,
                        const char *text)
{
    enum severity got = SEVERITY_ERROR;
    char *what = what_of(c, id, &got);

    ck_assert_msg(what && strstr(what, text), "%s: '%s' is not in: %s", id, text, what);
    ck_assert_int_eq(got, severity);
    g_free(what);
}

START_TEST(uncovered_categories_are_found)
{
    struct examples *e = make_examples(6, 2, 40);
    struct evaluation *v = run_known(e, 2);
    struct behaviour b;
    struct comparison *c = with_behaviour(&b, e, v);
    enum severity s;

    expect_what(c, "uncovered_categories", SEVERITY_WARNING, "2 uncovered categories, c4, c5:");
    expect_what(c, "uncovered_categories", SEVERITY_WARNING, "add 50 to 75 examples to each");
    c->thresholds.value[THRESHOLD_GAP_MARGIN] = 3;
    expect_what(c, "uncovered_categories", SEVERITY_INFO, "no gap, or a closed one");
    b.losses.gap.did_within.low = -1;
    c->thresholds.value[THRESHOLD_GAP_MARGIN] = 0.1;
    expect_what(c, "uncovered_categories", SEVERITY_INFO, "harder before it");
    b.losses.gap.gap_within.low = -1;
    expect_what(c, "uncovered_categories", SEVERITY_INFO, "the interval holds 0");
    b.losses.few = true;
    expect_what(c, "uncovered_categories", SEVERITY_INFO, "fewer than 30");
    b.losses.gap.uncovered = 0;
    expect_what(c, "uncovered_categories", SEVERITY_WARNING, "gained less than the other");
    for (uint32_t i = 0; i < b.losses.n; i++)
        b.losses.categories[i].worse = false;
    ck_assert_ptr_null(what_of(c, "uncovered_categories", &s));
    drop(c, &b);
    evaluation_destroy(v);
    examples_destroy(e);
}
END_TEST

START_TEST(the_second_key)
{
    static const struct {
        double low, high;
        enum severity severity;
        const char *depth, *general;
    } rows[] = {{NAN, NAN, SEVERITY_INFO, "too few general texts", "the data can't tell"},
                {-0.1, 0.01, SEVERITY_INFO, "expected adaptation", "not worse than before"},
                {0.03, 0.2, SEVERITY_INFO, "inconclusive", "the data can't tell"},
                {0.06, 0.2, SEVERITY_WARNING, "forgetting, which the depth profile does not show",
                 "worse than before"}};
    struct examples *e = make_examples(3, 1, 40);
    struct evaluation *v = run_known(e, 2);
    struct behaviour b;
    struct comparison *c = with_behaviour(&b, e, v);

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        b.losses.general.interval = (struct interval){rows[i].low, rows[i].high};
        expect_what(c, "depth_profile", rows[i].severity, rows[i].depth);
        expect_what(c, "general_text", rows[i].severity, rows[i].general);
    }
    ck_assert_str_eq(depth_key_text(DEPTH_HEAVY_ALL, GENERAL_HARM),
                     "general ability is disrupted, confirmed by general text");
    ck_assert_ptr_null(depth_key_text(DEPTH_MID_HEAVY, GENERAL_HARM));
    ck_assert_ptr_null(depth_key_text(DEPTH_FLAT, GENERAL_NONE));
    c->behaviour = NULL;
    expect_what(c, "depth_profile", SEVERITY_INFO, "not confirmed by behaviour");
    drop(c, &b);
    evaluation_destroy(v);
    examples_destroy(e);
}
END_TEST

/* --- real nets ---------------------------------------------------------------------------- */

static const char *const models[] = {"gpt2", "gpt2_f16", "llama", "llama_tied", "mistral", "gemma"};

/* -ln softmax of a target in float64, of the logits that transformers gave. */
static double reference_loss(const float *logits, uint32_t n, uint32_t target)
{
    double most = logits[0], sum = 0;

    for (uint32_t i = 1; i < n; i++)
        most = fmax(most, logits[i]);
    for (uint32_t i = 0; i < n; i++)
        sum += exp(logits[i] - most);
    return log(sum) + most - logits[target];
}

static uint32_t word_of(const char **p)
{
    uint32_t value;

    memcpy(&value, *p, sizeof value);
    *p += sizeof value;
    return value;
}

/* expected.bin (tests/oracle/models.py) as examples with the loss that follows from its logits. */
static struct examples *load_expected(const char *name, double *nll, uint32_t *n)
{
    char *path = g_build_filename(g_getenv("TARE_ORACLE"), "models", name, "expected.bin", NULL);
    struct examples_builder *b = examples_builder_create(path);
    char *text;
    const char *p;

    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    p = text;
    *n = word_of(&p);
    for (uint32_t s = 0; s < *n; s++) {
        uint32_t length = word_of(&p), columns = word_of(&p), ids[64];
        float logits[64];

        nll[s] = 0;
        for (uint32_t i = 0; i < length; i++)
            ids[i] = word_of(&p);
        for (uint32_t i = 0; i < length; i++) {
            memcpy(logits, p, columns * sizeof(float));
            p += columns * sizeof(float);
            if (i + 1 < length)
                nll[s] += reference_loss(logits, columns, ids[i + 1]) / (length - 1);
        }
        examples_builder_add(b, s,
                             &(struct example_fields){.ids = ids, .n_ids = length, .n_prompt = -1});
    }
    g_free(text);
    g_free(path);
    return examples_builder_finish(b);
}

START_TEST(losses_as_transformers_has_them)
{
    const char *name = models[_i];
    char *path = g_build_filename(g_getenv("TARE_ORACLE"), "models", name, "model.h5", NULL);
    struct checkpoint *c = command_load(path, NULL, NULL);
    double nll[8];
    uint32_t n;
    struct examples *e = load_expected(name, nll, &n);
    struct net_weights w;
    struct behaviour_run run = {0};
    GError *error = NULL;
    struct behaviour *b;

    ck_assert(net_weights_load(&w, c, NULL, NULL));
    run.nets[0] = net_create(&w, 2, NULL);
    b = behaviour_create(e, &run, &error);
    ck_assert_ptr_null(error);
    for (uint32_t i = 0; i < n; i++) {
        if (e->examples[i].n_ids < 2)
            ck_assert_ptr_nonnull(b->evaluation->results[i].skipped);
        else
            ck_assert_double_eq_tol(b->evaluation->results[i].nll[0], nll[i], 2e-5);
    }
    behaviour_destroy(b);
    net_destroy(run.nets[0]);
    net_weights_finish(&w);
    checkpoint_destroy(c);
    g_free(path);
}
END_TEST

/* A model against itself says the same: no divergence, no change. */
START_TEST(a_model_against_itself)
{
    char *path = g_build_filename(g_getenv("TARE_ORACLE"), "models", "llama", "model.h5", NULL);
    struct checkpoint *c = command_load(path, NULL, NULL);
    struct examples_builder *eb = examples_builder_create("made");
    struct behaviour_run run = {0};
    struct net_weights w;
    struct behaviour *b;

    for (uint32_t i = 0; i < 40; i++)
        examples_builder_add(eb, i,
                             &(struct example_fields){.ids = (uint32_t[]){i, i + 1, 2},
                                                      .n_ids = 3,
                                                      .n_prompt = -1,
                                                      .split = i % 2 ? "general" : "test"});
    ck_assert(net_weights_load(&w, c, NULL, NULL));
    run.nets[0] = net_create(&w, 1, NULL);
    run.nets[1] = net_create(&w, 2, NULL);
    b = behaviour_create(examples_builder_finish(eb), &run, NULL);
    ck_assert_uint_eq(b->shift.tokens, 60);
    ck_assert(b->shift.mean == 0 && b->shift.agreement == 1);
    ck_assert(b->losses.general.change == 0 && b->losses.categories[0].gain == 0);
    behaviour_destroy(b);
    net_destroy(run.nets[0]);
    net_destroy(run.nets[1]);
    net_weights_finish(&w);
    checkpoint_destroy(c);
    g_free(path);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("evaluation");
    TCase *t = tcase_create("evaluation");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 60);
    tcase_add_test(t, every_example_gets_its_own_loss);
    tcase_add_test(t, what_cannot_be_run);
    tcase_add_test(t, a_stopped_run_keeps_what_it_has);
    tcase_add_test(t, categories_of_known_losses);
    tcase_add_test(t, few_examples_have_no_interval);
    tcase_add_test(t, less_is_known);
    tcase_add_test(t, pairs_of_examples);
    tcase_add_test(t, uncovered_categories_are_found);
    tcase_add_test(t, the_second_key);
    tcase_add_loop_test(t, losses_as_transformers_has_them, 0, G_N_ELEMENTS(models));
    tcase_add_test(t, a_model_against_itself);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
