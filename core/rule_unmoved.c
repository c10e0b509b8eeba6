/* Tensors that the training did not change, or by less than their storage can tell. */
#include <math.h>
#include "core/rule.h"

static bool is_candidate(const struct comparison *c, uint32_t i)
{
    return c->summary.entries[i].state == ENTRY_DONE && c->summary.entries[i].result.has_delta &&
           comparison_tensor(c, i)->kind == TENSOR_WEIGHT &&
           c->summary.entries[i].result.stats.base.elems > 0;
}

static bool is_frozen(const struct pair_stats *s)
{
    return s->unchanged == s->base.elems;
}

/* One finding for all of them: a frozen model has as many as tensors. */
static void check_frozen(const struct rule *rule, const struct comparison *c, GArray *out)
{
    uint32_t n = 0, of = 0, first = PAIR_NONE;
    struct finding *f;

    for (uint32_t i = 0; i < c->summary.n; i++) {
        if (!is_candidate(c, i))
            continue;
        of++;
        if (!is_frozen(&c->summary.entries[i].result.stats))
            continue;
        n++;
        if (first == PAIR_NONE)
            first = i;
    }
    /* What an adapter leaves alone is the base's own. */
    if (n == 0 || (c->tuned->source->applied && n < of))
        return;
    f = finding_add(out, rule, n == of ? SEVERITY_WARNING : SEVERITY_INFO, "model", first);
    f->what = g_strdup_printf("%u of %u weight tensors %s exactly equal on both sides, %s%s", n, of,
                              n == 1 ? "is" : "are", n == 1 ? "" : "the first ",
                              comparison_tensor(c, first)->name);
    finding_evidence(f, "unchanged_tensors", n);
    finding_evidence(f, "tensors", of);
}

static void check_floor(const struct rule *rule, const struct comparison *c, GArray *out)
{
    uint32_t n = 0, first = PAIR_NONE;
    struct finding *f;

    for (uint32_t i = 0; i < c->summary.n; i++) {
        double relative;

        if (!is_candidate(c, i) || is_frozen(&c->summary.entries[i].result.stats))
            continue;
        relative = pair_relative(&c->summary.entries[i].result.stats);
        if (!(relative < comparison_floor(c, i)))
            continue;
        n++;
        if (first == PAIR_NONE)
            first = i;
    }
    if (n == 0)
        return;
    f = finding_add(out, rule, SEVERITY_INFO, "model", first);
    f->what = g_strdup_printf("%u tensor%s moved by less than the stored type can resolve, %s%s", n,
                              n == 1 ? "" : "s", n == 1 ? "" : "the first ",
                              comparison_tensor(c, first)->name);
    finding_evidence(f, "tensors", n);
    finding_evidence(f, "floor", comparison_floor(c, first));
}

const struct rule rule_frozen = {
    .id = "frozen",
    .title = "tensors that did not change",
    .meaning = "they were frozen, got no gradient, or the tuned file is the base",
    .advice = "fine if you froze them; if not, check requires_grad / trainable and that the "
              "optimizer was given these parameters",
    .source = "every element equal",
    .limits = "with narrow types a small learning rate rounds away: equal then says too small, not "
              "untrained",
    .check = check_frozen,
};

const struct rule rule_below_floor = {
    .id = "below_floor",
    .title = "deltas below the storage floor",
    .meaning = "rounding to the stored type alone makes a delta of this size: the number says "
               "nothing about the training",
    .advice = "read the share of unchanged elements instead, or compare float32 checkpoints",
    .source = "one-sided rounding noise: bf16 1.66e-3, f16 2.08e-4, f32 2.5e-8",
    .limits = "the floor is that of normally distributed weights; a few large changes may hide in "
              "a small norm",
    .check = check_floor,
};
