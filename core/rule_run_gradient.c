/* Steps whose gradient exploded. */
#include <math.h>
#include "core/train/alarm.h"

static const enum threshold thresholds[] = {THRESHOLD_RUN_SPIKE, THRESHOLD_RUN_GRADIENT,
                                            THRESHOLD_COUNT};

/* log is monotone: the median of logs is the log of the median. */
static void alarms(const struct comparison *c, GArray *out)
{
    const struct timeline *t = c->timeline;
    struct alarm_window w = {0};

    for (guint i = 0; i < t->steps->len; i++) {
        const struct step_record *s = &g_array_index(t->steps, struct step_record, i);
        double x = s->gradient_norm > 0 ? log(s->gradient_norm) : NAN;
        double times = exp(x - alarm_window_median(&w));

        if (alarm_window_z(&w, x) > c->thresholds.value[THRESHOLD_RUN_SPIKE] &&
            times > c->thresholds.value[THRESHOLD_RUN_GRADIENT])
            alarm_add(out, s->step, -1, times);
        alarm_window_add(&w, x);
    }
}

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    struct alarm first;
    struct finding *f = alarm_finding(rule, c, SEVERITY_WARNING, out, &first);
    char *steps;

    if (!f)
        return;
    steps = alarm_steps_text(f);
    f->what = g_strdup_printf("the gradient exploded %s: up to %.0f times its median", steps,
                              f->evidence[3].value);
    g_free(steps);
}

const struct rule rule_run_gradient = {
    .id = "gradient_explosion",
    .title = "exploding gradients",
    .meaning = "the gradient of a step was far larger than those before it: unclipped, the step "
               "throws the weights out of their place",
    .advice = "clip gradients (a norm of 1 is common), look at the batch of that step, lower the "
              "learning rate",
    .source = "robust z of the log of the norm before clipping among the 64 steps before, and the "
              "norm over their median; clipping: Pascanu et al. 2013",
    .limits = "with clipping the step itself did little harm; that it happens is the message",
    .thresholds = thresholds,
    .check = check,
    .alarms = alarms,
};
