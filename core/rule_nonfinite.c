/* NaN and Inf: always wrong in weights. */
#include "core/rule.h"

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    for (uint32_t i = 0; i < c->summary.n; i++) {
        const struct pair_stats *s = &c->summary.entries[i].result.stats;
        uint64_t base = s->base.nan + s->base.inf, tuned = s->tuned.nan + s->tuned.inf;
        struct finding *f;

        if (c->summary.entries[i].state != ENTRY_DONE || base + tuned == 0)
            continue;
        f = finding_add(out, rule, SEVERITY_ERROR, comparison_tensor(c, i)->name, i);
        f->what = g_strdup_printf("%" G_GUINT64_FORMAT " NaN and %" G_GUINT64_FORMAT " infinite values%s",
                                  s->base.nan + s->tuned.nan, s->base.inf + s->tuned.inf,
                                  tuned && !base ? ", none of them in the base" : "");
        finding_evidence(f, "base_nan", (double)s->base.nan);
        finding_evidence(f, "base_inf", (double)s->base.inf);
        finding_evidence(f, "tuned_nan", (double)s->tuned.nan);
        finding_evidence(f, "tuned_inf", (double)s->tuned.inf);
    }
}

const struct rule rule_nonfinite = {
    .id = "nonfinite",
    .title = "values that are no numbers",
    .meaning = "one NaN or infinity in a weight spreads to every output it touches; the training "
               "diverged or the file is damaged",
    .advice = "go back to the last checkpoint without it; lower the learning rate, clip gradients, "
              "or keep this tensor in a wider type",
    .source = "any count above 0",
    .limits = "tells neither which step nor which batch made them",
    .check = check,
};
