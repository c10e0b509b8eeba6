/* General text got worse during the run. */
#include <math.h>
#include "core/train/alarm.h"

static const enum threshold thresholds[] = {THRESHOLD_GENERAL_HARM, THRESHOLD_COUNT};

static void alarms(const struct comparison *c, GArray *out)
{
    const struct timeline *t = c->timeline;

    for (guint i = 0; i < t->looks->len; i++) {
        const struct look_record *l = &g_array_index(t->looks, struct look_record, i);

        if (l->general_low > c->thresholds.value[THRESHOLD_GENERAL_HARM])
            alarm_add(out, l->step, -1,
                      l->general - g_array_index(t->looks, struct look_record, 0).general);
    }
}

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    struct alarm first;
    struct finding *f = alarm_finding(rule, c, SEVERITY_WARNING, out, &first);

    if (!f)
        return;
    f->what = g_strdup_printf("general text is %.3f nats a token worse than before the run, beyond "
                              "chance since step %" G_GUINT64_FORMAT,
                              f->evidence[4].value, first.step);
}

const struct rule rule_run_forgetting = {
    .id = "forgetting",
    .title = "forgetting",
    .meaning = "the run costs what the base knew beside its subject",
    .advice = "put the run back to before that step; a lower learning rate, layer-wise rates, or "
              "general text mixed into the examples keep it",
    .source = "paired change of the loss on general text since step 0, lower end of its 95 % "
              "bootstrap interval; most of it comes in the first steps: Zheng et al. 2025",
    .limits = "it speaks of texts like those given with split general",
    .thresholds = thresholds,
    .check = check,
    .alarms = alarms,
};
