/* Blocks whose weights grew. */
#include <math.h>
#include "core/rule.h"

#define MOST_GROWTH 1.05 /* a default: no threshold is agreed on */

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    for (uint32_t g = 0; g < c->n_groups; g++) {
        struct rollup r;
        struct finding *f;

        comparison_group_rollup(c, g, &r);
        if (!r.has_delta || r.n_finished < r.n_entries || !(r.tuned_l2 > MOST_GROWTH * r.base_l2) ||
            r.base_l2 <= 0)
            continue;
        f = finding_add(out, rule, SEVERITY_INFO, c->groups[g].label, c->groups[g].entries[0]);
        f->what = g_strdup_printf("its norm grew by %.1f %%", (r.tuned_l2 / r.base_l2 - 1) * 100);
        finding_evidence(f, "base_l2", r.base_l2);
        finding_evidence(f, "tuned_l2", r.tuned_l2);
        finding_evidence(f, "threshold", MOST_GROWTH);
    }
}

const struct rule rule_norm_growth = {
    .id = "norm_growth",
    .title = "weights that grew",
    .meaning = "growing norms go with a high learning rate or no weight decay; in a normalised "
               "network they are no proof of overfitting",
    .advice = "compare training and held-out loss before acting; only a growing gap makes this an "
              "alarm",
    .source = "norm ratio above 1.05, a default: no threshold is agreed on; van Laarhoven 2017",
    .check = check,
};
