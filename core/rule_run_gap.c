/* What the training does not cover falls behind while it helps what it covers. */
#include <math.h>
#include "core/train/alarm.h"

static const enum threshold thresholds[] = {THRESHOLD_GAP_MARGIN, THRESHOLD_COUNT};

static double covered_loss(const struct timeline *t, guint look)
{
    double sum = 0;
    uint32_t n = 0;

    for (uint32_t k = 0; k < t->n_categories; k++) {
        double loss = g_array_index(t->losses, double, look * t->n_categories + k);

        if (t->uncovered[k] || isnan(loss))
            continue;
        sum += loss;
        n++;
    }
    return n ? sum / n : NAN;
}

static void alarms(const struct comparison *c, GArray *out)
{
    const struct timeline *t = c->timeline;

    for (guint i = 1; i < t->looks->len; i++) {
        const struct look_record *l = &g_array_index(t->looks, struct look_record, i);

        if (l->gap_did > c->thresholds.value[THRESHOLD_GAP_MARGIN] && l->gap_did_low > 0 &&
            l->gap_did > l[-1].gap_did && covered_loss(t, i) < covered_loss(t, 0))
            alarm_add(out, l->step, -1, l->gap_did);
    }
}

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    struct alarm first;
    struct finding *f = alarm_finding(rule, c, SEVERITY_INFO, out, &first);

    if (!f)
        return;
    f->what = g_strdup_printf("uncovered categories fall behind the covered ones, by %.2f nats a "
                              "token since the start, while those get better",
                              f->evidence[3].value);
}

const struct rule rule_run_gap = {
    .id = "gap_opens",
    .title = "a gap that opens",
    .meaning = "the run serves the categories of its examples and leaves the others behind: that "
               "is a matter of examples, not of settings",
    .advice = "add examples of the uncovered categories and run again from the same base",
    .source = "difference in differences of held-out losses since step 0, with its lower end above "
              "0, growing from look to look, while the covered loss is below its start",
    .limits = "falling behind need not be getting worse; few examples leave it open",
    .thresholds = thresholds,
    .check = check,
    .alarms = alarms,
};
