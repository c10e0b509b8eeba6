/* Attention that collapsed during the run. */
#include <math.h>
#include "core/train/alarm.h"

static const enum threshold thresholds[] = {THRESHOLD_RUN_ENTROPY_FALL, THRESHOLD_COUNT};

static void alarms(const struct comparison *c, GArray *out)
{
    const struct timeline *t = c->timeline;

    for (guint i = 1; i < t->looks->len; i++)
        for (uint32_t b = 0; b < t->n_blocks; b++) {
            double now = g_array_index(t->entropy, double, i * t->n_blocks + b);
            double start = g_array_index(t->entropy, double, b);
            double fall = start > 0 ? 1 - now / start : NAN;

            if (fall > c->thresholds.value[THRESHOLD_RUN_ENTROPY_FALL])
                alarm_add(out, g_array_index(t->looks, struct look_record, i).step, (int32_t)b,
                          fall);
        }
}

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    struct alarm first;
    struct finding *f = alarm_finding(rule, c, SEVERITY_INFO, out, &first);

    if (!f)
        return;
    f->what = g_strdup_printf("attention lost up to %.0f %% of its entropy since the start, first "
                              "seen at step %" G_GUINT64_FORMAT,
                              100 * f->evidence[3].value, first.step);
}

const struct rule rule_run_entropy = {
    .id = "attention_collapse",
    .title = "collapsing attention",
    .meaning = "the heads of a block look at far fewer tokens than before the run: they may have "
               "stopped to read",
    .advice = "look at the attention view before and after; a lower learning rate for attention "
              "keeps heads in place",
    .source = "mean entropy of the block's heads over the looks' sample, against step 0; collapse "
              "goes with unstable training: Zhai et al. 2023",
    .limits = "sharper attention can be what was to be learned",
    .thresholds = thresholds,
    .check = check,
    .alarms = alarms,
};
