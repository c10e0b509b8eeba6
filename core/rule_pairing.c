/* What the pairing itself says: tensors without a partner, and two files that are no pair. */
#include <math.h>
#include "core/metric.h"
#include "core/rule.h"

static const enum threshold thresholds[] = {THRESHOLD_MISMATCH_RELATIVE, THRESHOLD_MISMATCH_COSINE,
                                            THRESHOLD_COUNT};

/* Optimizer slots come and go with the way a file was saved: only the model counts. */
static void check_unmatched(const struct rule *rule, const struct comparison *c, GArray *out)
{
    uint32_t n[PAIR_TUNED_ONLY + 1] = {0};
    struct finding *f;

    for (uint32_t i = 0; i < c->pairing.n_entries; i++)
        if (comparison_tensor(c, i)->kind <= TENSOR_STATE)
            n[c->pairing.entries[i].state]++;
    if (!c->tuned || n[PAIR_BASE_ONLY] + n[PAIR_TUNED_ONLY] + n[PAIR_DIFFERENT] == 0)
        return;
    f = finding_add(out, rule, SEVERITY_WARNING, "pairs", PAIR_NONE);
    f->what = g_strdup_printf(
        "not compared: %u only in the base, %u only in the tuned, %u of another shape or type",
        n[PAIR_BASE_ONLY], n[PAIR_TUNED_ONLY], n[PAIR_DIFFERENT]);
    finding_evidence(f, "paired", n[PAIR_MATCHED]);
    finding_evidence(f, "base_only", n[PAIR_BASE_ONLY]);
    finding_evidence(f, "tuned_only", n[PAIR_TUNED_ONLY]);
    finding_evidence(f, "different", n[PAIR_DIFFERENT]);
    finding_lead(f, "pairs", -1, -1);
}

static void check_comparable(const struct rule *rule, const struct comparison *c, GArray *out)
{
    struct rollup r;
    struct finding *f;
    const double *limit = c->thresholds.value;
    double relative, cosine;

    if (!c->tuned || c->summary.n_finished < c->summary.n)
        return;
    comparison_model_rollup(c, &r);
    relative = rollup_relative(&r);
    cosine = 1 - metric_cosine.of_rollup(&r);
    if (!(relative > limit[THRESHOLD_MISMATCH_RELATIVE]) &&
        !(cosine < limit[THRESHOLD_MISMATCH_COSINE]))
        return;
    f = finding_add(out, rule, SEVERITY_WARNING, "model", PAIR_NONE);
    f->what = g_strdup_printf("the update is %.0f %% of the base's norm, cosine %.3g",
                              relative * 100, cosine);
    finding_evidence(f, "relative", relative);
    finding_evidence(f, "cosine", cosine);
    finding_threshold(f, c, THRESHOLD_MISMATCH_RELATIVE);
    finding_threshold(f, c, THRESHOLD_MISMATCH_COSINE);
    finding_lead(f, "pairs", -1, -1);
}

const struct rule rule_unmatched = {
    .id = "unmatched",
    .title = "tensors without a partner",
    .meaning = "what is not paired is in no delta and no ratio; a new head or adapter is usual, a "
               "missing block is not",
    .advice = "read the list of pairs; a new head or a removed layer explains itself, a renamed "
              "one must be "
              "renamed back to be compared",
    .source = "pairing counts",
    .limits = "names are matched by rules: a tensor under a new name looks like two without a "
              "partner",
    .check = check_unmatched,
};

const struct rule rule_not_comparable = {
    .id = "not_comparable",
    .title = "probably not a fine-tune of this base",
    .meaning = "fine-tunes move weights by a few percent; a delta of this size is what two "
               "independently trained models show",
    .advice = "check that the base is the one the training started from, and that both files hold "
              "the same number format",
    .source = "relative delta and cosine of all paired matrices as one vector",
    .limits = "long trainings from a small base move as far; symmetries (permuted neurons) make "
              "equal models look unrelated",
    .thresholds = thresholds,
    .check = check_comparable,
};
