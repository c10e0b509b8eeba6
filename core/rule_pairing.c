/* What the pairing itself says: tensors without a partner, and two files that are no pair. */
#include <math.h>
#include "core/rule.h"

/* Beyond this the tuned side is probably no fine-tune of this base. */
#define MOST_RELATIVE 0.5

static void check_unmatched(const struct rule *rule, const struct comparison *c, GArray *out)
{
    const struct pairing *p = &c->pairing;
    uint32_t n = p->n_base_only + p->n_tuned_only;
    struct finding *f;

    if (!c->tuned || n + p->n_different == 0)
        return;
    f = finding_add(out, rule, SEVERITY_WARNING, "pairs", PAIR_NONE);
    f->what = g_strdup_printf("%u tensors only in the base, %u only in the tuned, %u that differ",
                              p->n_base_only, p->n_tuned_only, p->n_different);
    finding_evidence(f, "paired", p->n_matched);
    finding_evidence(f, "base_only", p->n_base_only);
    finding_evidence(f, "tuned_only", p->n_tuned_only);
    finding_evidence(f, "different", p->n_different);
}

static void check_comparable(const struct rule *rule, const struct comparison *c, GArray *out)
{
    struct rollup r;
    struct finding *f;
    double relative;

    if (!c->tuned || c->summary.n_finished < c->summary.n)
        return;
    comparison_model_rollup(c, &r);
    relative = rollup_relative(&r);
    if (!(relative > MOST_RELATIVE))
        return;
    f = finding_add(out, rule, SEVERITY_WARNING, "model", PAIR_NONE);
    f->what = g_strdup_printf("the update is %.0f %% of the base's norm", relative * 100);
    finding_evidence(f, "relative", relative);
    finding_evidence(f, "threshold", MOST_RELATIVE);
}

const struct rule rule_unmatched = {
    .id = "unmatched",
    .title = "tensors without a partner",
    .meaning = "what is not paired is in no delta and no ratio; a new head or adapter is usual, a "
               "missing block is not",
    .advice = "look at the pairs view; if names differ only by a wrapper, a rule pairs them",
    .source = "pairing counts",
    .check = check_unmatched,
};

const struct rule rule_not_comparable = {
    .id = "not_comparable",
    .title = "probably not a fine-tune of this base",
    .meaning = "fine-tunes move weights by a few percent; a delta of this size is what two "
               "independently trained models show",
    .advice = "check that the base is the one the training started from, and that both files hold "
              "the same number format",
    .source = "relative delta of the model above 50 %",
    .check = check_comparable,
};
