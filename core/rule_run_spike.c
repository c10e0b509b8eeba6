/* Steps whose loss stands out. */
#include <math.h>
#include "core/train/alarm.h"

static const enum threshold thresholds[] = {THRESHOLD_RUN_SPIKE, THRESHOLD_COUNT};

static void alarms(const struct comparison *c, GArray *out)
{
    const struct timeline *t = c->timeline;
    struct alarm_window w = {0};

    for (guint i = 0; i < t->steps->len; i++) {
        const struct step_record *s = &g_array_index(t->steps, struct step_record, i);
        double z = alarm_window_z(&w, s->loss);

        if (z > c->thresholds.value[THRESHOLD_RUN_SPIKE])
            alarm_add(out, s->step, -1, z);
        alarm_window_add(&w, s->loss);
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
    f->what =
        g_strdup_printf("the loss stood out %s: robust z up to %.1f", steps, f->evidence[3].value);
    g_free(steps);
}

const struct rule rule_run_spike = {
    .id = "loss_spike",
    .title = "loss spikes",
    .meaning = "a batch was far worse than those before it: odd examples, or an update before it "
               "that went too far",
    .advice = "look at the gradient norm and the update ratios of the steps before; if the loss "
              "does not come back, put the run back and lower the learning rate",
    .source = "z = (x - median) / (1.4826 MAD) over the 64 steps before x, from 8 on, MAD at least "
              "0.001 median; skipping such steps: llm.c, PaLM",
    .limits = "small batches are noisy, and a long example alone can stand out",
    .thresholds = thresholds,
    .check = check,
    .alarms = alarms,
};
