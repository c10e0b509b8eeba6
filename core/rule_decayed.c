/* Tensors that only weight decay touched: W1 = c W0, c < 1. */
#include <math.h>
#include "core/rule.h"

/* The tangential part is a difference of near-equal squares: below this share of the change it is
 * rounding. */
#define ROUNDING 1e-7

static const enum threshold thresholds[] = {THRESHOLD_DECAYED_RESIDUAL, THRESHOLD_DECAYED_SHARE,
                                            THRESHOLD_COUNT};

/* c of W1 = c W0 if that is all that happened, else NAN. */
static double decay_of(const struct comparison *c, uint32_t i)
{
    const struct pair_stats *s = &c->summary.entries[i].result.stats;
    double base = stats_l2(&s->base), delta = stats_l2(&s->delta), rest, factor;
    double floor, allowed;

    if (c->summary.entries[i].state != ENTRY_DONE || !c->summary.entries[i].result.has_delta ||
        comparison_tensor(c, i)->kind != TENSOR_WEIGHT || s->base.elems < 2)
        return NAN;
    floor = comparison_floor(c, i);
    rest = pair_tangential(s);
    factor = pair_decay(s);
    allowed =
        fmax(c->thresholds.value[THRESHOLD_DECAYED_RESIDUAL] * floor * base, ROUNDING * delta);
    if (!(delta > floor * base) || !(factor < 1) || !(factor >= 0) || !(rest <= allowed) ||
        rest > c->thresholds.value[THRESHOLD_DECAYED_SHARE] * delta)
        return NAN;
    return factor;
}

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    uint32_t n = 0, first = PAIR_NONE;
    struct finding *f;

    for (uint32_t i = 0; i < c->summary.n; i++) {
        if (isnan(decay_of(c, i)))
            continue;
        n++;
        if (first == PAIR_NONE)
            first = i;
    }
    if (n == 0)
        return;
    f = finding_add(out, rule, SEVERITY_WARNING, comparison_tensor(c, first)->name, first);
    f->what =
        g_strdup_printf("%u tensor%s only shrank, the first by a factor of %.6g: no gradient, "
                        "only weight decay",
                        n, n == 1 ? "" : "s", decay_of(c, first));
    finding_evidence(f, "tensors", n);
    finding_evidence(f, "factor", decay_of(c, first));
    finding_threshold(f, c, THRESHOLD_DECAYED_RESIDUAL);
    finding_threshold(f, c, THRESHOLD_DECAYED_SHARE);
}

const struct rule rule_decayed = {
    .id = "decayed_only",
    .title = "tensors that only decayed",
    .meaning = "the optimizer held them and they got no gradient: the data never reached them, and "
               "decay wears them down step by step",
    .advice = "freeze them (also out of weight decay), or find out why no gradient arrives: an "
              "unused branch, a detached output",
    .source =
        "residual of the best W1 = c W0, |D|^2 - <D,W0>^2 / |W0|^2; c is the product of 1 - lr "
        "times decay over the steps",
    .limits = "a tensor of one repeated value shrinks the same way when it is trained",
    .thresholds = thresholds,
    .check = check,
};
