/* Neurons with nothing leading in, or nothing leading out. */
#include "core/neurons.h"
#include "core/rule.h"

static const enum threshold thresholds[] = {THRESHOLD_DEAD_NORM, THRESHOLD_DEAD_SHARE,
                                            THRESHOLD_COUNT};

static void report(const struct rule *rule, const struct comparison *c,
                   const struct neuron_group *n, GArray *out)
{
    const struct group *group = &c->groups[n->group];
    uint32_t dead = c->tuned ? n->n_dead_tuned : n->n_dead_base;
    struct finding *f = finding_add(out, rule, n->n_newly_dead ? SEVERITY_WARNING : SEVERITY_INFO,
                                    group->label, group->entries[0]);

    if (n->n_newly_dead)
        f->what = g_strdup_printf("%u of %u neurons died: they were alive in the base",
                                  n->n_newly_dead, n->units);
    else
        f->what = g_strdup_printf("%u of %u neurons are dead", dead, n->units);
    finding_evidence(f, "neurons", n->units);
    finding_evidence(f, "dead", dead);
    finding_evidence(f, "newly_dead", n->n_newly_dead);
    finding_threshold(f, c, THRESHOLD_DEAD_NORM);
    finding_threshold(f, c, THRESHOLD_DEAD_SHARE);
    finding_lead(f, "neurons", group->block, -1);
}

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    GArray *groups = neuron_groups(c);

    for (guint i = 0; i < groups->len; i++) {
        const struct neuron_group *n = &g_array_index(groups, struct neuron_group, i);
        uint32_t dead = c->tuned ? n->n_dead_tuned : n->n_dead_base;

        if (n->n_newly_dead ||
            (dead && dead >= c->thresholds.value[THRESHOLD_DEAD_SHARE] * n->units))
            report(rule, c, n, out);
    }
    g_array_free(groups, TRUE);
}

const struct rule rule_dead = {
    .id = "dead_neurons",
    .title = "dead neurons",
    .meaning = "a neuron whose weights in or out are gone adds nothing: capacity that is paid for "
               "and not used; newly dead ones were killed by this training or by pruning",
    .advice = "fine if the model was pruned; if not, lower the learning rate or the weight decay, "
              "and look at what happened to that layer early in the run",
    .source = "norm of all weights in, or out, over the median neuron's",
    .limits = "a neuron can be dead with healthy weights, if its input never makes it fire: that "
              "takes activations to see",
    .thresholds = thresholds,
    .check = check,
};
