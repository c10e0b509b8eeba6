/* The tuned side is a low-rank adapter on the base, not weights of its own. */
#include <string.h>
#include "core/adapter.h"
#include "core/rule.h"

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    const struct adapter *a = c->tuned ? c->tuned->source->applied : NULL;
    struct finding *f;
    char *text;
    bool guess;

    if (!a)
        return;
    text = adapter_text(a);
    /* KerasHub's own default is the rank, PEFT's is not. */
    guess = a->alpha_assumed && strcmp(a->family, "KerasHub") != 0;
    f = finding_add(out, rule, guess ? SEVERITY_WARNING : SEVERITY_INFO, "tuned", PAIR_NONE);
    f->what = g_strdup_printf("%s adapter applied to the base: %s%s%s", a->family, text,
                              adapter_warning(a) ? "; " : "",
                              adapter_warning(a) ? adapter_warning(a) : "");
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
