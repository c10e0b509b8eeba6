/* Steps that moved a block too far, or hardly. */
#include <math.h>
#include "core/train/alarm.h"

#define RATE_SHARE 0.1 /* of the highest rate so far: below it small updates are meant */

static const enum threshold thresholds[] = {THRESHOLD_RUN_UPDATE_LOW, THRESHOLD_RUN_UPDATE_HIGH,
                                            THRESHOLD_RUN_UPDATE_JUMP, THRESHOLD_COUNT};

static bool is_odd(const struct thresholds *limits, double ratio, double median, bool slow)
{
    if (!(ratio > 0)) /* frozen, or not measured */
        return false;
    return ratio > limits->value[THRESHOLD_RUN_UPDATE_HIGH] ||
           ratio > limits->value[THRESHOLD_RUN_UPDATE_JUMP] * median ||
           (ratio < limits->value[THRESHOLD_RUN_UPDATE_LOW] && !slow);
}

static void alarms(const struct comparison *c, GArray *out)
{
    const struct timeline *t = c->timeline;
    uint32_t groups = t->n_blocks + 1;
    struct alarm_window *windows = g_new0(struct alarm_window, groups);
    double highest = 0, before = 0;

    for (guint i = 0; i < t->steps->len; i++) {
        const struct step_record *s = &g_array_index(t->steps, struct step_record, i);
        bool slow; /* small updates are meant: warming up, or fading out */

        highest = fmax(highest, s->learning_rate);
        slow = s->learning_rate > before || s->learning_rate < RATE_SHARE * highest;
        before = s->learning_rate;
        for (uint32_t b = 0; b < groups; b++) {
            double ratio = g_array_index(t->update, double, i *groups + b);

            if (is_odd(&c->thresholds, ratio, alarm_window_median(&windows[b]), slow))
                alarm_add(out, s->step, (int32_t)b, ratio);
            if (ratio > 0)
                alarm_window_add(&windows[b], ratio);
        }
    }
    g_free(windows);
}

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    struct alarm first;
    struct finding *f = alarm_finding(rule, c, SEVERITY_WARNING, out, &first);
    char *steps;

    if (!f)
        return;
    steps = alarm_steps_text(f);
    f->what = g_strdup_printf("update ratio out of its band %s: up to %.2g, last %.2g", steps,
                              f->evidence[3].value, f->evidence[4].value);
    g_free(steps);
}

const struct rule rule_run_update = {
    .id = "update_ratio",
    .title = "update ratio out of its band",
    .meaning = "a step changed a block by so large a share of its weights that what it knew is "
               "overwritten, or by so small a one that it learns nothing, or all at once by ten "
               "times as much as before",
    .advice = "too large: lower the learning rate, or lengthen the warm-up; too small: raise it, "
              "or look whether gradients reach the block",
    .source = "|dW| / |W| of the step as applied, decay included; 1e-3 is a folk rule for training "
              "from scratch (CS231n, Karpathy), fine-tuning at 1e-5 has 5e-4 at most",
    .limits = "small updates count only while the learning rate does not rise and is at least a "
              "tenth of its highest; training from nothing begins with large ones",
    .thresholds = thresholds,
    .check = check,
    .alarms = alarms,
};
