/* Blocks that no step moves, and units that a run put to sleep. */
#include <math.h>
#include "core/train/alarm.h"

static const enum threshold thresholds[] = {THRESHOLD_RUN_STILL, THRESHOLD_COUNT};
static const enum threshold dead_thresholds[] = {THRESHOLD_RUN_NEWLY_DEAD, THRESHOLD_COUNT};

static bool moves(const struct timeline *t, guint step)
{
    for (uint32_t b = 0; b <= t->n_blocks; b++)
        if (g_array_index(t->update, double, step *(t->n_blocks + 1) + b) > 0)
            return true;
    return false;
}

/* At the step where a stretch of stillness is long enough. */
static void block_alarms(const struct comparison *c, uint32_t block, GArray *out)
{
    const struct timeline *t = c->timeline;
    double still = 0;

    for (guint i = 0; i < t->steps->len; i++) {
        double update = g_array_index(t->update, double, i *(t->n_blocks + 1) + block);

        if (update == 0 && moves(t, i))
            still++;
        else
            still = 0;
        if (still == c->thresholds.value[THRESHOLD_RUN_STILL])
            alarm_add(out, g_array_index(t->steps, struct step_record, i).step, (int32_t)block,
                      still);
    }
}

static gint by_step(gconstpointer a, gconstpointer b)
{
    const struct alarm *x = a, *y = b;

    return x->step != y->step ? (x->step > y->step) - (x->step < y->step)
                              : (x->block > y->block) - (x->block < y->block);
}

static void alarms(const struct comparison *c, GArray *out)
{
    for (uint32_t b = 0; b < c->timeline->n_blocks; b++)
        block_alarms(c, b, out);
    g_array_sort(out, by_step);
}

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    struct alarm first;
    struct finding *f = alarm_finding(rule, c, SEVERITY_INFO, out, &first);
    char *steps;

    if (!f)
        return;
    steps = alarm_steps_text(f);
    f->what = g_strdup_printf("no step moved it for %.0f steps while others moved, %s: frozen on "
                              "purpose?",
                              first.value, steps);
    g_free(steps);
}

const struct rule rule_run_still = {
    .id = "still_blocks",
    .title = "blocks that no step moves",
    .meaning = "the steps leave the block as it is: it is frozen, or no gradient reaches it",
    .advice = "if it was not frozen on purpose, look at the factors of the learning rate and at "
              "the gradients of its tensors",
    .source = "|dW| of the applied step is exactly 0, for some steps in a row, elsewhere it is not",
    .limits = "float32 can't hold a change far below its weight: a rate that is too small looks "
              "the same",
    .thresholds = thresholds,
    .check = check,
    .alarms = alarms,
};

static void dead_alarms(const struct comparison *c, GArray *out)
{
    const struct timeline *t = c->timeline;

    for (guint i = 1; i < t->looks->len; i++)
        for (uint32_t b = 0; b < t->n_blocks; b++) {
            double more = g_array_index(t->block_dead, double, i * t->n_blocks + b) -
                          g_array_index(t->block_dead, double, b);

            if (more >= c->thresholds.value[THRESHOLD_RUN_NEWLY_DEAD])
                alarm_add(out, g_array_index(t->looks, struct look_record, i).step, (int32_t)b,
                          more);
        }
}

static void dead_check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    struct alarm first;
    struct finding *f = alarm_finding(rule, c, SEVERITY_WARNING, out, &first);

    if (!f)
        return;
    f->what = g_strdup_printf("up to %.0f MLP units of a block fell silent since the start, first "
                              "seen at step %" G_GUINT64_FORMAT,
                              f->evidence[3].value, first.step);
}

const struct rule rule_run_dead = {
    .id = "newly_dead",
    .title = "units that the run put to sleep",
    .meaning = "units of a block's MLP that answered before the run answer no token any more: a "
               "part of the model is lost to it",
    .advice = "lower the learning rate, or lengthen the warm-up; look at the neurons view",
    .source = "units that no token of the looks' sample woke, against step 0; dead neurons: Voita "
              "et al. 2023",
    .limits = "another text may wake them; the sample is a small one",
    .thresholds = dead_thresholds,
    .check = dead_check,
    .alarms = dead_alarms,
};
