/* Held-out loss that rises while that of the training falls, and weights that grow with it. */
#include <math.h>
#include "core/train/alarm.h"
#include "core/train/overfit.h"

static const enum threshold thresholds[] = {THRESHOLD_RUN_OVERFIT, THRESHOLD_RUN_PATIENCE,
                                            THRESHOLD_COUNT};
static const enum threshold norm_thresholds[] = {THRESHOLD_NORM_GROWTH, THRESHOLD_RUN_OVERFIT,
                                                 THRESHOLD_RUN_PATIENCE, THRESHOLD_COUNT};

static uint64_t step_of(const struct timeline *t, guint look)
{
    return g_array_index(t->looks, struct look_record, look).step;
}

static void alarms(const struct comparison *c, GArray *out)
{
    const struct timeline *t = c->timeline;
    double *gaps = g_new(double, t->looks->len + 1);

    overfit_gaps(t, &c->thresholds, gaps);
    for (guint i = 0; i < t->looks->len; i++)
        if (!isnan(gaps[i]))
            alarm_add(out, step_of(t, i), -1, gaps[i]);
    g_free(gaps);
}

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    struct alarm first;
    struct finding *f = alarm_finding(rule, c, SEVERITY_WARNING, out, &first);
    int best;

    if (!f)
        return;
    best = best_look(c->timeline, c->timeline->looks->len);
    f->what = g_strdup_printf("held-out loss is %.3f above its best, of step %" G_GUINT64_FORMAT
                              ", while the training loss falls",
                              f->evidence[4].value, step_of(c->timeline, (guint)best));
    finding_evidence(f, "best_step", (double)step_of(c->timeline, (guint)best));
}

const struct rule rule_run_overfit = {
    .id = "overfit_gap",
    .title = "overfitting",
    .meaning = "the model learns its examples by heart: on those that it is not trained on it gets "
               "worse",
    .advice = "put the run back to the best step, which is marked, and save that; more examples, "
              "fewer steps or weight decay move it on",
    .source = "held-out loss less its least so far, for some looks in a row, while the loss of the "
              "steps between looks is below that before the best one",
    .limits = "it sees what the held-out examples hold; few of them are noisy",
    .thresholds = thresholds,
    .check = check,
    .alarms = alarms,
};

/* Norm alone is no overfitting. */
static void norm_alarms(const struct comparison *c, GArray *out)
{
    const struct timeline *t = c->timeline;
    uint32_t groups = t->n_blocks + 1;
    double *gaps = g_new(double, t->looks->len + 1);

    overfit_gaps(t, &c->thresholds, gaps);
    for (guint i = 0; i < t->looks->len; i++) {
        if (isnan(gaps[i]))
            continue;
        for (uint32_t b = 0; b < groups; b++) {
            double norm = g_array_index(t->norm, double, i *groups + b);

            if (norm > c->thresholds.value[THRESHOLD_NORM_GROWTH])
                alarm_add(out, step_of(t, i), (int32_t)b, norm);
        }
    }
    g_free(gaps);
}

static void norm_check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    struct alarm first;
    struct finding *f = alarm_finding(rule, c, SEVERITY_WARNING, out, &first);

    if (!f)
        return;
    f->what = g_strdup_printf("weights grow, up to %.3f times their norm at the start, while the "
                              "held-out loss rises",
                              f->evidence[3].value);
}

const struct rule rule_run_norm = {
    .id = "overfit_norm",
    .title = "weights that grow with the overfitting",
    .meaning = "the training goes on to raise weights after the held-out examples stopped gaining: "
               "it makes predictions surer, not better",
    .advice = "weight decay, a lower learning rate, or the weights of the best step",
    .source = "|W| / |W_0| of a block at looks where the overfit gap is open",
    .limits = "growing norms alone are no proof of overfitting, so they are no alarm alone",
    .thresholds = norm_thresholds,
    .check = norm_check,
    .alarms = norm_alarms,
};
