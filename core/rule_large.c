/* Weights that stand out of their tensor, or that grew: what exploding looks like. */
#include <math.h>
#include "core/rule.h"

static const enum threshold thresholds[] = {THRESHOLD_LARGE_WEIGHT_RMS,
                                            THRESHOLD_LARGE_WEIGHT_GROWTH, THRESHOLD_COUNT};

/* Of the tuned side, or of the only one. */
struct largest {
    double max, rms, growth; /* growth NAN: there is no base to grow from */
};

static bool largest_of(const struct comparison *c, uint32_t i, struct largest *out)
{
    const struct scan_result *r = &c->summary.entries[i].result;
    const struct stats *s = r->has_tuned ? &r->stats.tuned : &r->stats.base;

    if (c->summary.entries[i].state != ENTRY_DONE || !comparison_place(c, i)->matrix ||
        comparison_tensor(c, i)->kind != TENSOR_WEIGHT || comparison_holds_codes(c, i))
        return false;
    *out = (struct largest){stats_max_abs(s), stats_rms(s), NAN};
    if (r->has_base && r->has_tuned && stats_max_abs(&r->stats.base) > 0)
        out->growth = out->max / stats_max_abs(&r->stats.base);
    return out->rms > 0;
}

static void report(const struct rule *rule, const struct comparison *c, uint32_t i,
                   const struct largest *l, bool grew, GArray *out)
{
    struct finding *f = finding_add(out, rule, grew ? SEVERITY_WARNING : SEVERITY_INFO,
                                    comparison_tensor(c, i)->name, i);

    if (grew)
        f->what = g_strdup_printf("its largest weight grew %.3g times, to %.4g", l->growth, l->max);
    else
        f->what = g_strdup_printf("its largest weight, %.4g, is %.4g times the rms", l->max,
                                  l->max / l->rms);
    finding_evidence(f, "max_abs", l->max);
    finding_evidence(f, "rms", l->rms);
    finding_evidence(f, "growth", l->growth);
    finding_threshold(f, c, THRESHOLD_LARGE_WEIGHT_RMS);
    finding_threshold(f, c, THRESHOLD_LARGE_WEIGHT_GROWTH);
}

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    const double *limit = c->thresholds.value;

    for (uint32_t i = 0; i < c->summary.n; i++) {
        struct largest l;
        bool grew;

        if (!largest_of(c, i, &l))
            continue;
        grew = l.growth > limit[THRESHOLD_LARGE_WEIGHT_GROWTH];
        if (grew || l.max > limit[THRESHOLD_LARGE_WEIGHT_RMS] * l.rms)
            report(rule, c, i, &l, grew, out);
    }
}

const struct rule rule_large = {
    .id = "large_weight",
    .title = "very large weights",
    .meaning = "a weight far beyond its tensor's scale dominates what it feeds and overflows or "
               "rounds away the others in narrow types; growing ones go with a diverging run",
    .advice = "look at the tensor's largest weights and at the training's gradient norms; clip "
              "gradients or lower the learning rate if they grew in this run",
    .source = "largest weight over rms, and tuned over base; defaults",
    .limits = "large transformers hold outlier weights that work: only what is new in the tuned "
              "side speaks of this training",
    .thresholds = thresholds,
    .check = check,
};
