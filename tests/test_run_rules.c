/* Rules about runs: each fires on what is planted for it, at its steps, and leads to the training
 * view; none on a healthy run; the windows are what SciPy's median and MAD say. */
#include <check.h>
#include <math.h>
#include <string.h>

#include "core/train/alarm.h"
#include "core/train/overfit.h"
#include "tests/support/made_timeline.h"
#include "tests/support/planted.h"

static void nonfinite(struct timeline *t)
{
    made_step(t, 100)->nonfinite = 3;
    made_step(t, 100)->loss = NAN;
}

static void spike(struct timeline *t)
{
    made_step(t, 100)->loss += 2;
}

static void gradient(struct timeline *t)
{
    made_step(t, 100)->gradient_norm *= 40;
}

static void large(struct timeline *t)
{
    *made_update(t, 100, 2) = 0.02;
}

static void jump(struct timeline *t)
{
    *made_update(t, 100, 0) = 0.0095;
}

static void small(struct timeline *t)
{
    *made_update(t, 100, MADE_BLOCKS) = 1e-7;
}

static void stale(struct timeline *t)
{
    made_step(t, 100)->staleness = 3;
}

/* Looks stand at 0, 20, .. 200: the best is that of step 60. */
static void overfit(struct timeline *t)
{
    for (guint i = 4; i < t->looks->len; i++)
        made_look(t, i)->held_out = made_look(t, 3)->held_out + 0.1;
}

static void norm(struct timeline *t)
{
    overfit(t);
    *made_number(t->norm, 6, MADE_BLOCKS + 1, 7) = 1.2;
}

static void forgetting(struct timeline *t)
{
    for (guint i = 5; i < t->looks->len; i++)
        made_look(t, i)->general_low = 0.06;
}

static void gap(struct timeline *t)
{
    for (guint i = 1; i < t->looks->len; i++) {
        made_look(t, i)->gap_did = 0.03 * i;
        made_look(t, i)->gap_did_low = 0.02 * i;
    }
}

static void still(struct timeline *t)
{
    for (uint64_t step = 85; step <= 200; step++)
        *made_update(t, step, 0) = 0;
}

static void dead(struct timeline *t)
{
    *made_number(t->block_dead, 5, MADE_BLOCKS, 1) = 11;
}

static void entropy(struct timeline *t)
{
    *made_number(t->entropy, 5, MADE_BLOCKS, 4) = 0.5;
}

/* So much decay that a hundred steps are its time. */
static void decayed(struct timeline *t)
{
    for (uint64_t step = 1; step < 200; step++)
        made_step(t, step)->weight_decay = 0.0100001 / made_step(t, step)->learning_rate;
}

static const struct {
    const char *id;
    enum severity severity;
    void (*plant)(struct timeline *t);
    uint64_t first_step;
    double steps;
    const char *where, *says;
} samples[] = {
    {"run_nonfinite", SEVERITY_ERROR, nonfinite, 100, 1, "training", "not applied"},
    {"loss_spike", SEVERITY_WARNING, spike, 100, 1, "training", "at step 100"},
    {"gradient_explosion", SEVERITY_WARNING, gradient, 100, 1, "training", "at step 100"},
    {"update_ratio", SEVERITY_WARNING, large, 100, 1, "training, L2", "up to 0.02"},
    {"update_ratio", SEVERITY_WARNING, jump, 100, 1, "training, L0", "at step 100"},
    {"update_ratio", SEVERITY_WARNING, small, 100, 1, "training, outside blocks", "1e-07"},
    {"stale_moment", SEVERITY_INFO, stale, 100, 1, "training", "embed_tokens"},
    {"overfit_gap", SEVERITY_WARNING, overfit, 120, 5, "training", "of step 60"},
    {"overfit_norm", SEVERITY_WARNING, norm, 120, 1, "training, L7", "1.200"},
    {"forgetting", SEVERITY_WARNING, forgetting, 100, 6, "training", "since step 100"},
    {"gap_opens", SEVERITY_INFO, gap, 80, 7, "training", "0.30"},
    {"still_blocks", SEVERITY_INFO, still, 100, 1, "training, L0", "frozen"},
    {"newly_dead", SEVERITY_WARNING, dead, 100, 1, "training, L1", "step 100"},
    {"attention_collapse", SEVERITY_INFO, entropy, 100, 1, "training, L4", "step 100"},
    {"equilibrium", SEVERITY_INFO, decayed, 100, 1, "training", "since step 100"},
};

static struct comparison *compare(void)
{
    struct planted p;

    planted_init(&p);
    p.one_file = true;
    return planted_compare(&p);
}

START_TEST(fires_on_its_sample)
{
    struct timeline *t = made_timeline(200);
    struct comparison *c = compare();
    const struct finding *mine = NULL;
    GArray *findings;

    samples[_i].plant(t);
    c->timeline = t;
    findings = rules_check(c);
    for (guint i = 0; i < findings->len; i++) {
        const struct finding *f = &g_array_index(findings, struct finding, i);

        if (strcmp(f->rule->id, samples[_i].id) == 0)
            mine = f;
        else
            ck_assert_msg(samples[_i].plant == norm || samples[_i].plant == nonfinite ||
                              !f->rule->alarms,
                          "%s fires for %s: %s", f->rule->id, samples[_i].id, f->what);
    }
    ck_assert_msg(mine != NULL, "%s is silent", samples[_i].id);
    ck_assert_int_eq(mine->severity, samples[_i].severity);
    ck_assert_str_eq(mine->view, "training");
    ck_assert_str_eq(mine->where, samples[_i].where);
    ck_assert_msg(strstr(mine->what, samples[_i].says), "%s", mine->what);
    ck_assert_double_eq(mine->evidence[0].value, samples[_i].steps);
    ck_assert_double_eq(mine->evidence[1].value, (double)samples[_i].first_step);
    for (int k = 0; mine->rule->thresholds && mine->rule->thresholds[k] != THRESHOLD_COUNT; k++) {
        bool named = false;

        for (unsigned i = 0; i < mine->n_evidence; i++)
            named |= strcmp(mine->evidence[i].name,
                            threshold_table[mine->rule->thresholds[k]].name) == 0;
        ck_assert(named);
    }
    findings_free(findings);
    comparison_destroy(c);
    timeline_destroy(t);
}
END_TEST

/* Whatever its length; after the first look, before it, without any. */
START_TEST(silent_on_a_healthy_run)
{
    static const uint64_t lengths[] = {0, 1, 7, 20, 200, 1000, 20000};
    struct comparison *c = compare();

    for (gsize n = 0; n < G_N_ELEMENTS(lengths); n++) {
        struct timeline *t = made_timeline(lengths[n]);
        GArray *findings;

        c->timeline = t;
        findings = rules_check(c);
        for (guint i = 0; i < findings->len; i++)
            ck_assert_msg(!g_array_index(findings, struct finding, i).rule->alarms,
                          "%" G_GUINT64_FORMAT " steps: %s: %s", lengths[n],
                          g_array_index(findings, struct finding, i).rule->id,
                          g_array_index(findings, struct finding, i).what);
        findings_free(findings);
        timeline_destroy(t);
    }
    comparison_destroy(c);
}
END_TEST

/* Nothing measured at all: a run that is watched. */
START_TEST(silent_where_nothing_is_measured)
{
    struct timeline *t = timeline_create(2, NULL, NULL, 0);
    struct look_rows none = {0};
    struct look_record l = {.train = NAN,
                            .held_out = NAN,
                            .general = NAN,
                            .general_low = NAN,
                            .gap_did = NAN,
                            .gap_did_low = NAN};
    struct comparison *c = compare();

    for (l.step = 0; l.step < 10; l.step++)
        timeline_add_look(t, &l, &none);
    c->timeline = t;
    for (size_t i = 0; rule_table[i]; i++) {
        GArray *out = g_array_new(FALSE, FALSE, sizeof(struct alarm));

        if (rule_table[i]->alarms)
            rule_table[i]->alarms(c, out);
        ck_assert_uint_eq(out->len, 0);
        g_array_unref(out);
    }
    comparison_destroy(c);
    timeline_destroy(t);
}
END_TEST

/* numpy: x = [3, 1, 4, 1, 5, 9, 2, 6]; median 3.5, MAD median(|x - 3.5|) = 2. */
START_TEST(windows)
{
    static const double x[] = {3, 1, 4, 1, 5, 9, 2, 6};
    struct alarm_window w = {0};

    for (gsize i = 0; i < G_N_ELEMENTS(x); i++) {
        ck_assert(isnan(alarm_window_z(&w, 1)));
        alarm_window_add(&w, x[i]);
        alarm_window_add(&w, NAN);
    }
    ck_assert_double_eq(alarm_window_median(&w), 3.5);
    ck_assert_double_eq_tol(alarm_window_z(&w, 10), 6.5 / (1.4826 * 2), 1e-12);
    for (int i = 0; i < 100; i++)
        alarm_window_add(&w, 7);
    ck_assert_double_eq(alarm_window_median(&w), 7);
    ck_assert_double_eq_tol(alarm_window_z(&w, 8), 1 / (1.4826 * 7e-3), 1e-9);
    for (int i = 0; i < 64; i++)
        alarm_window_add(&w, i);
    ck_assert_double_eq(alarm_window_median(&w), 31.5);
    ck_assert_double_eq_tol(alarm_window_z(&w, 0), -31.5 / (1.4826 * 16), 1e-12);
}
END_TEST

START_TEST(best_looks)
{
    struct timeline *t = made_timeline(200);
    struct thresholds limits;
    double gaps[11];

    thresholds_init(&limits);
    ck_assert_int_eq(best_look(t, 0), -1);
    ck_assert_int_eq(best_look(t, t->looks->len), (int)t->looks->len - 1);
    overfit(t);
    ck_assert_int_eq(best_look(t, t->looks->len), 3);
    overfit_gaps(t, &limits, gaps);
    ck_assert(isnan(gaps[5]) && !isnan(gaps[6]));
    ck_assert_double_eq_tol(gaps[8], 0.1, 1e-12);
    made_look(t, 6)->train = 10; /* no overfitting where the training goes wrong */
    overfit_gaps(t, &limits, gaps);
    ck_assert(isnan(gaps[6]) && !isnan(gaps[7]));
    timeline_destroy(t);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("run_rules");
    TCase *t = tcase_create("run_rules");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_add_loop_test(t, fires_on_its_sample, 0, (int)G_N_ELEMENTS(samples));
    tcase_add_test(t, silent_on_a_healthy_run);
    tcase_add_test(t, silent_where_nothing_is_measured);
    tcase_add_test(t, windows);
    tcase_add_test(t, best_looks);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed > 0;
}
