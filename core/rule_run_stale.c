/* Gradients that AdamW's second moment did not expect. */
#include <math.h>
#include "core/escape.h"
#include "core/train/alarm.h"

static const enum threshold thresholds[] = {THRESHOLD_RUN_STALENESS, THRESHOLD_COUNT};

static void alarms(const struct comparison *c, GArray *out)
{
    const struct timeline *t = c->timeline;

    for (guint i = 0; i < t->steps->len; i++) {
        const struct step_record *s = &g_array_index(t->steps, struct step_record, i);

        if (s->staleness >= c->thresholds.value[THRESHOLD_RUN_STALENESS])
            alarm_add(out, s->step, -1, s->staleness);
    }
}

/* Of the first of its steps. */
static uint32_t tensor_at(const struct timeline *t, uint64_t step)
{
    for (guint i = 0; i < t->steps->len; i++) {
        const struct step_record *s = &g_array_index(t->steps, struct step_record, i);

        if (s->step == step)
            return s->staleness_tensor;
    }
    return UINT32_MAX;
}

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    struct alarm first;
    struct finding *f = alarm_finding(rule, c, SEVERITY_INFO, out, &first);
    char *steps, *safe;
    uint32_t tensor;

    if (!f)
        return;
    tensor = tensor_at(c->timeline, first.step);
    safe = tensor < c->base->source->n_tensors
               ? escape_text(checkpoint_tensor(c->base, tensor)->name)
               : g_strdup("a tensor");
    steps = alarm_steps_text(f);
    f->what = g_strdup_printf("gradients up to %.1f times what the second moment expects %s, first "
                              "in %s",
                              f->evidence[3].value, steps, safe);
    g_free(steps);
    g_free(safe);
}

const struct rule rule_run_stale = {
    .id = "stale_moment",
    .title = "stale second moments",
    .meaning = "gradients of a tensor grew faster than the average that AdamW divides them by: its "
               "updates are larger than meant, and a loss spike often follows a few steps later",
    .advice = "lower beta 2 or the learning rate, clip updates, or only watch the loss of the next "
              "steps",
    .source = "sqrt(mean((g / (sqrt(v) + eps))^2)) of the tensor where it is largest; 2.3 and more "
              "precede spikes by 1 to 8 steps: Wortsman et al. 2023",
    .limits = "rare tokens make rows of an embedding stand out without harm; with clipping the "
              "ratio is that of clipped gradients",
    .thresholds = thresholds,
    .check = check,
    .alarms = alarms,
};
