/* Both models of a pair on examples, in the background: what is handed over equals what the nets say
 * when they are asked directly. */
#include <check.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include "core/question.h"
#include "io/command.h"
#include "io/tokenizer_open.h"

enum { CATEGORIES = 3, EACH = 8, VOCABULARY = 80 };

static struct comparison *pair;
static struct study *study;

static char *fixture(const char *name)
{
    return g_build_filename(g_getenv("TARE_FIXTURES"), name, NULL);
}

static struct checkpoint *load(const char *name)
{
    char *path = fixture(name);
    GError *error = NULL;
    struct checkpoint *c = command_load(path, NULL, &error);

    ck_assert_msg(c != NULL, "%s: %s", path, error ? error->message : "");
    g_free(path);
    return c;
}

/* Ready ids, of 6 to 13 tokens; every fourth is general text. */
static struct examples *make_examples(void)
{
    struct examples *e = g_new0(struct examples, 1);
    uint32_t n = CATEGORIES * EACH;

    *e = (struct examples){.path = g_strdup("made"),
                           .examples = g_new0(struct example, n),
                           .n = n,
                           .categories = g_new0(char *, CATEGORIES + 1),
                           .n_categories = CATEGORIES};
    for (uint32_t i = 0; i < CATEGORIES; i++)
        e->categories[i] = g_strdup_printf("c%u", i);
    for (uint32_t i = 0; i < n; i++) {
        struct example *x = &e->examples[i];

        *x = (struct example){.id = g_strdup_printf("e%u", i),
                              .line = i + 1,
                              .category = i % CATEGORIES,
                              .split = i % 4 == 3 ? SPLIT_GENERAL : SPLIT_TEST,
                              .n_ids = 6 + i % 8,
                              .n_prompt = i % 3};
        x->ids = g_new(uint32_t, x->n_ids);
        for (uint32_t k = 0; k < x->n_ids; k++)
            x->ids[k] = (i * 31 + k * 17) % VOCABULARY;
    }
    return e;
}

static void wait_a_moment(void)
{
    struct pollfd fd = {study_wake_fd(study), POLLIN, 0};

    ck_assert_int_ge(poll(&fd, 1, 60000), 0);
    study_drain(study);
}

static void wait_for(enum study_phase phase)
{
    struct study_progress p;

    for (int i = 0; i < 10000; i++) {
        study_progress(study, &p);
        if (p.phase == phase)
            return;
        ck_assert_msg(p.phase != STUDY_FAILED, "%s", study_error(study));
        wait_a_moment();
    }
    ck_abort_msg("it never came to %s", study_phase_name(study));
}

static void setup(void)
{
    const struct comparison_options options = {.threads = 2, .use_rules = true};

    pair = comparison_create(load("hf_tf/gpt2_base/tf_model.h5"),
                             load("hf_tf/gpt2_tuned/tf_model.h5"), &options, NULL);
    study = study_start(&(struct study_input){.comparison = pair,
                                              .examples = make_examples(),
                                              .open_tokenizer = tokenizer_open});
}

static void teardown(void)
{
    study_destroy(study);
    comparison_destroy(pair);
}

static double direct_nll(const struct checkpoint *c, const struct example *x)
{
    struct net_weights w = {0};
    const struct net_sequence sequence = {x->ids, x->n_ids, example_first_target(x) - 1};
    double losses[32], sum = 0;
    struct net *net;

    ck_assert(net_weights_load(&w, c, NULL, NULL));
    net = net_create(&w, 1, NULL);
    ck_assert(net_losses(net, &(struct net_batch){&sequence, 1, NULL, 0}, NULL, losses, NULL, NULL));
    for (uint32_t k = sequence.first_logit; k + 1 < x->n_ids; k++)
        sum += losses[k];
    net_destroy(net);
    net_weights_finish(&w);
    return sum / (x->n_ids - 1 - sequence.first_logit);
}

START_TEST(the_run)
{
    const struct examples *e;
    const struct evaluated *r;

    wait_for(STUDY_DONE);
    e = study_examples(study);
    r = study_results(study);
    ck_assert(e && r && study_activity(study) && study_losses(study));
    ck_assert_uint_eq(study_activity(study)->n_examples, e->n);
    ck_assert_uint_eq(study_blocks(study), 3);
    for (uint32_t i = 0; i < e->n; i += 5) {
        ck_assert_double_eq_tol(r[i].nll[0], direct_nll(pair->base, &e->examples[i]), 1e-5);
        ck_assert_double_eq_tol(r[i].nll[1], direct_nll(pair->tuned, &e->examples[i]), 1e-5);
    }
}
END_TEST

START_TEST(questions)
{
    const struct attention_pattern *p;
    const struct token_losses *t;
    const struct token_states *states;
    const struct example *x;
    const char *error = NULL;
    double sum = 0;

    wait_for(STUDY_DONE);
    x = &study_examples(study)->examples[4];
    while (!(p = study_pattern(study, 4, 1, &error)) && !error)
        wait_a_moment();
    ck_assert(p && p->n == x->n_ids && p->block == 1 && p->weights[ACTIVITY_TUNED]);
    while (!(t = study_tokens(study, 4, &error)) && !error)
        wait_a_moment();
    ck_assert(t && t->n == x->n_ids);
    for (uint32_t i = example_first_target(x); i < t->n; i++)
        sum += t->tokens[i].nll[1];
    ck_assert_double_eq_tol(sum / (t->n - example_first_target(x)),
                            study_results(study)[4].nll[1], 1e-5);
    for (int k = 1; k < TOKEN_CHOICES; k++)
        ck_assert(t->tokens[3].choices[0][k - 1].probability >=
                  t->tokens[3].choices[0][k].probability);
    while (!(states = study_states(study, 4, &error)) && !error)
        wait_a_moment();
    ck_assert(states && states->pair && states->n == x->n_ids && states->layers == 5);
    for (uint32_t i = 1; i < states->n; i++) /* what differs adds up, block by block */
        ck_assert(states->states[i * 5 + 1].shift > 0 && states->states[i * 5 + 1].cosine <= 1);
    ck_assert(!study_pattern(study, 4000, 0, &error));
    while (!error) {
        wait_a_moment();
        study_pattern(study, 4000, 0, &error);
    }
    ck_assert_str_eq(error, "this example has no tokens");
}
END_TEST

/* Two tokens of prompt and five that were said: the likeliest each, with the probability that one
 * pass over all of them gives. */
static void check_said(const struct continuation *c, int side, const uint32_t ids[7])
{
    const struct checkpoint *of = side ? pair->tuned : pair->base;
    const struct net_sequence sequence = {ids, 7, 0};
    struct net_weights w = {0};
    double losses[7];
    struct net *net;

    ck_assert(net_weights_load(&w, of, NULL, NULL));
    net = net_create(&w, 1, NULL);
    ck_assert(net_losses(net, &(struct net_batch){&sequence, 1, NULL, 0}, NULL, losses, NULL, NULL));
    for (guint i = 0; i < 5; i++) {
        const struct continued *x = &g_array_index(c->said[side], struct continued, i);

        ck_assert_double_eq_tol((double)x->probability, exp(-losses[1 + i]), 1e-5);
        ck_assert_uint_eq(x->rank, 1);
        ck_assert_uint_eq(x->choices[0].id, x->id);
        ck_assert_float_eq(x->choices[0].probability, x->probability);
    }
    net_destroy(net);
    net_weights_finish(&w);
}

static const struct continuation *continued(const struct continuation_ask *ask)
{
    const struct continuation *c;
    const char *error = NULL;

    while ((!(c = study_continue(study, ask, &error)) || !c->done) && !error)
        wait_a_moment();
    ck_assert_msg(c != NULL, "%s", error);
    return c;
}

START_TEST(the_same_seed_says_the_same)
{
    struct continuation_ask ask;
    const struct continuation *c;
    uint32_t first[2][8];

    memset(&ask, 0, sizeof ask);
    ask.most = 8;
    ask.sampling = (struct net_sampling){.temperature = 5, .top_p = 1, .seed = 1};
    wait_for(STUDY_DONE);
    for (int run = 0; run < 2; run++) {
        ask.example = 3;
        c = continued(&ask);
        for (guint i = 0; i < 8; i++)
            first[run][i] = g_array_index(c->said[0], struct continued, i).id;
        ask.example = 4; /* else the answer is the one that is there */
        continued(&ask);
    }
    ck_assert_mem_eq(first[0], first[1], sizeof first[0]);
    ask.example = 3;
    ask.sampling.seed = 2;
    c = continued(&ask);
    for (guint i = 0; i < 8; i++)
        first[1][i] = g_array_index(c->said[0], struct continued, i).id;
    ck_assert_mem_ne(first[0], first[1], sizeof first[0]);
}
END_TEST

START_TEST(going_on)
{
    struct continuation_ask ask;
    const struct continuation *c;

    memset(&ask, 0, sizeof ask);
    ask.example = 2;
    ask.most = 5;
    ask.sampling.top_p = 1;
    wait_for(STUDY_DONE);
    c = continued(&ask);
    ck_assert_uint_eq(c->prompt->len, 2);
    for (int side = 0; side < ACTIVITY_SIDES; side++) {
        uint32_t ids[7];

        ck_assert_uint_eq(c->said[side]->len, 5);
        memcpy(ids, c->prompt->data, 2 * sizeof *ids);
        for (guint i = 0; i < 5; i++)
            ids[2 + i] = g_array_index(c->said[side], struct continued, i).id;
        check_said(c, side, ids);
    }
}
END_TEST

static const struct what_if *what_if(const struct blend *b)
{
    const struct what_if *w;
    const char *error = NULL;

    while ((!(w = study_what_if(study, b, &error)) || !w->done) && !error)
        wait_a_moment();
    ck_assert_msg(w != NULL, "%s", error);
    return w;
}

/* All of it back: the base's losses; the last block back: between, and the same whether what enters
 * the block is kept from the tuned model or not (an edit of block 0 that changes nothing). */
START_TEST(putting_back)
{
    struct blend all = {0}, last = {0}, both = {0};
    const struct what_if *w;
    double loss[CATEGORIES];

    wait_for(STUDY_DONE);
    blend_set(&all, &(struct blend_edit){BLEND_ANY, ROLE_COUNT, BLEND_ANY, 0});
    w = what_if(&all);
    for (int i = 0; i < CATEGORIES; i++) {
        ck_assert_uint_eq(w->examples[i], EACH - 2);
        ck_assert_double_eq_tol(w->loss[i], w->base[i], 1e-6);
    }
    ck_assert_uint_eq(w->n_general, CATEGORIES * EACH / 4);
    ck_assert_double_eq_tol(w->general, w->general_base, 1e-6);
    blend_set(&last, &(struct blend_edit){2, ROLE_COUNT, BLEND_ANY, 0});
    w = what_if(&last);
    for (int i = 0; i < CATEGORIES; i++) {
        loss[i] = w->loss[i];
        ck_assert(fabs(loss[i] - w->base[i]) > 1e-6 && fabs(loss[i] - w->tuned[i]) > 1e-6);
    }
    blend_copy(&both, &last);
    blend_set(&both, &(struct blend_edit){0, ROLE_CONV, BLEND_ANY, 0});
    w = what_if(&both);
    for (int i = 0; i < CATEGORIES; i++)
        ck_assert_double_eq_tol(w->loss[i], loss[i], 1e-6);
    blend_finish(&all);
    blend_finish(&last);
    blend_finish(&both);
}
END_TEST

START_TEST(effects)
{
    const struct activity_effects *e;
    const char *error = NULL;

    wait_for(STUDY_DONE);
    while (!(e = study_effects(study, ACTIVITY_RESIDUAL, ACTIVITY_RMS, false, &error)) && !error)
        wait_a_moment();
    ck_assert(e && e->n_categories == CATEGORIES && e->n_layers == 5);
}
END_TEST

/* At any moment; behind the last there is nothing to wait for. */
START_TEST(leaving_early)
{
    struct study_progress p = {.phase = STUDY_LOADING};

    for (int i = 0; i < _i && p.phase < STUDY_STOPPED; i++) {
        wait_a_moment();
        study_progress(study, &p);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("study");
    TCase *t = tcase_create("study");

    tcase_set_timeout(t, 120);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, the_run);
    tcase_add_test(t, questions);
    tcase_add_test(t, going_on);
    tcase_add_test(t, the_same_seed_says_the_same);
    tcase_add_test(t, putting_back);
    tcase_add_test(t, effects);
    tcase_add_loop_test(t, leaving_early, 0, 4);
    suite_add_tcase(suite, t);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
