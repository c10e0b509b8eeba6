/* Blocks whose weights grew. */
#include <math.h>
#include "core/rule.h"

static const enum threshold thresholds[] = {THRESHOLD_NORM_GROWTH, THRESHOLD_COUNT};

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    double limit = c->thresholds.value[THRESHOLD_NORM_GROWTH];

    for (uint32_t g = 0; g < c->n_groups; g++) {
        struct rollup r;
        struct finding *f;

        comparison_group_rollup(c, g, &r);
        if (!r.has_delta || r.n_finished < r.n_entries || !(r.tuned_l2 > limit * r.base_l2) ||
            r.base_l2 <= 0)
            continue;
        f = finding_add(out, rule, SEVERITY_INFO, c->groups[g].label, c->groups[g].entries[0]);
        f->what = g_strdup_printf("its norm grew by %.1f %%", (r.tuned_l2 / r.base_l2 - 1) * 100);
        finding_evidence(f, "base_l2", r.base_l2);
        finding_evidence(f, "tuned_l2", r.tuned_l2);
        finding_threshold(f, c, THRESHOLD_NORM_GROWTH);
        finding_lead(f, "overview", c->groups[g].block, -1);
    }
}

const struct rule rule_norm_growth = {
    .id = "norm_growth",
    .title = "weights that grew",
    .meaning = "growing norms go with a high learning rate or no weight decay; in a normalised "
               "network they are no proof of overfitting",
    .advice = "compare training and held-out loss before acting; only a growing gap makes this an "
              "alarm",
    .source = "tuned over base norm of the group's matrices; van Laarhoven 2017",
    .limits = "in networks with normalisation layers the scale of weights has no effect of its own",
    .thresholds = thresholds,
    .check = check,
};
