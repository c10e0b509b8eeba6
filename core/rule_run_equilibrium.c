/* A run so long that decay and learning balance: from there on the rate of change is known. */
#include <math.h>
#include "core/train/alarm.h"

#define TIMESCALES 1 /* of 1 / (rate x decay) steps, after which norms have settled */

/* What a weight that gradients only turn does a step, as a share of its norm. */
static double expected(const struct step_record *s)
{
    return sqrt(2 * s->learning_rate * s->weight_decay);
}

/* Fires once: where the sum of rate x decay reaches one. */
static void alarms(const struct comparison *c, GArray *out)
{
    const struct timeline *t = c->timeline;
    double age = 0;

    for (guint i = 0; i < t->steps->len; i++) {
        const struct step_record *s = &g_array_index(t->steps, struct step_record, i);
        double step = s->learning_rate * s->weight_decay;

        if (isfinite(step))
            age += step;
        if (age >= TIMESCALES) {
            alarm_add(out, s->step, -1, expected(s));
            return;
        }
    }
}

/* The median of the blocks in the last steps; NAN: none is measured. */
static double measured(const struct timeline *t)
{
    struct alarm_window window = {0};
    uint32_t groups = t->n_blocks + 1;
    guint last = t->steps->len - 1;

    for (guint first = last > 8 ? last - 8 : 0; first <= last; first++)
        for (uint32_t b = 0; b < groups; b++)
            alarm_window_add(&window, g_array_index(t->update, double, first *groups + b));
    return alarm_window_median(&window);
}

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    struct alarm first;
    struct finding *f = alarm_finding(rule, c, SEVERITY_INFO, out, &first);
    const struct timeline *t = c->timeline;
    double is, should;

    if (!f)
        return;
    is = measured(t);
    should = expected(&g_array_index(t->steps, struct step_record, t->steps->len - 1));
    f->what = g_strdup_printf("in equilibrium since step %" G_GUINT64_FORMAT
                              ": a step should turn weights by %.2g, and moves blocks by %.2g",
                              first.step, should, is);
    finding_evidence(f, "expected", should);
    finding_evidence(f, "measured", is);
}

const struct rule rule_run_equilibrium = {
    .id = "equilibrium",
    .title = "decay and learning in equilibrium",
    .meaning = "the run has lasted long enough for weight decay to undo what learning adds to the "
               "norms; from there on weights turn by about sqrt(2 rate decay) a step, whatever "
               "they were at the start",
    .advice = "nothing has to be done; to turn weights faster or slower change the rate or the "
              "decay, which count alike; blocks that move far less do not learn",
    .source = "Kosson et al. 2023, rotational equilibrium of AdamW; reached after about "
              "1 / (rate x decay) steps",
    .limits = "it holds for matrices whose scale does not matter, those before a norm, and while "
              "the rate is constant; a fine-tune of a thousand steps never comes there",
    .check = check,
    .alarms = alarms,
};
