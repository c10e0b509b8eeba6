/* A step that was stopped: NaN or Inf. */
#include <math.h>
#include "core/escape.h"
#include "core/train/alarm.h"

static bool is_stopped(const struct step_record *s)
{
    return s->nonfinite != UINT32_MAX || (isnan(s->loss) && s->targets);
}

static void alarms(const struct comparison *c, GArray *out)
{
    const struct timeline *t = c->timeline;

    for (guint i = 0; i < t->steps->len; i++) {
        const struct step_record *s = &g_array_index(t->steps, struct step_record, i);

        if (is_stopped(s))
            alarm_add(out, s->step, -1, NAN);
    }
}

/* Where the first of them met it; UINT32_MAX: not known. */
static uint32_t first_tensor(const struct timeline *t)
{
    for (guint i = 0; i < t->steps->len; i++) {
        const struct step_record *s = &g_array_index(t->steps, struct step_record, i);

        if (is_stopped(s))
            return s->nonfinite;
    }
    return UINT32_MAX;
}

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    struct alarm first;
    struct finding *f = alarm_finding(rule, c, SEVERITY_ERROR, out, &first);
    uint32_t tensor;
    char *steps, *safe;

    if (!f)
        return;
    steps = alarm_steps_text(f);
    tensor = first_tensor(c->timeline);
    safe = tensor < c->base->source->n_tensors
               ? escape_text(checkpoint_tensor(c->base, tensor)->name)
               : g_strdup("a tensor");
    f->what = g_strdup_printf("NaN or Inf %s, first met in %s: not applied", steps, safe);
    g_free(safe);
    g_free(steps);
}

const struct rule rule_run_nonfinite = {
    .id = "run_nonfinite",
    .title = "a step with NaN or Inf",
    .meaning = "the loss, a gradient or a weight was no finite number: applied, the step would "
               "have spread it over the model, so it was not",
    .advice = "put the run back to a step before, lower the learning rate or clip gradients, and "
              "look at the batch and at the tensor that is named",
    .source = "every number of a step is looked at before anything is changed",
    .limits = "where it was met first is in the order of tensors, which need not be its cause",
    .check = check,
    .alarms = alarms,
};
