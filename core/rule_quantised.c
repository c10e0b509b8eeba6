/* One side, or both, hold codes instead of weights. */
#include "core/rule.h"

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    uint32_t first, n = comparison_quantised(c, &first);
    struct finding *f;

    if (n == 0)
        return;
    f = finding_add(out, rule, SEVERITY_INFO, comparison_tensor(c, first)->name, first);
    f->what = g_strdup_printf("%u tensors are quantised codes or their scales: shown as stored, in no "
                              "sum, and no verdict on what changed is given",
                              n);
    finding_evidence(f, "tensors", n);
    finding_lead(f, "pairs", -1, -1);
}

const struct rule rule_quantised = {
    .id = "quantised",
    .title = "quantised weights",
    .meaning = "codes differ wherever a value crosses the edge of a bin and scales move all of "
               "theirs at once: a difference of them is no difference of weights",
    .advice = "compare the checkpoints from before quantisation; to judge the quantisation itself, "
              "compare losses",
    .source = "codes and scales as the file's layers name them",
    .limits = "tensors that were quantised and expanded again look like plain weights",
    .check = check,
};
