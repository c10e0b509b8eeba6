/* The tuned side is a low-rank adapter on the base, not weights of its own. */
#include "core/adapter.h"
#include "core/rule.h"

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    const struct adapter *a = c->tuned ? c->tuned->source->applied : NULL;
    struct finding *f;
    char *text;

    if (!a)
        return;
    text = adapter_text(a);
    f = finding_add(out, rule, SEVERITY_INFO, "tuned", PAIR_NONE);
    f->what = g_strdup_printf("%s adapter applied to the base: %s", a->family, text);
    finding_evidence(f, "rank", a->rank_most);
    finding_evidence(f, "alpha", a->alpha_most);
    finding_evidence(f, "tensors", a->n_low_rank);
    finding_evidence(f, "replaced", a->n_updates - a->n_low_rank);
    finding_lead(f, "pairs", -1, -1);
    g_free(text);
}

const struct rule rule_adapter = {
    .id = "adapter",
    .title = "an adapter on the base",
    .meaning = "the delta of an adapted tensor is alpha / rank times the product of two factors, "
               "of no higher rank than they have; every other tensor is the base's own",
    .advice = "check that alpha is the one the training used: where no configuration lies beside "
              "the file it is taken for the rank, --lora-alpha sets it",
    .source = "W + (alpha / r) B A, Hu et al. 2021, arXiv:2106.09685",
    .limits = "what merging rounds is not in it; KerasHub trains the biases of adapted layers too "
              "and does not save them with the factors",
    .check = check,
};
