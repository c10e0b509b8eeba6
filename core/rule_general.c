/* General text got worse: what a tuned model has forgotten. */
#include <math.h>
#include "core/behaviour.h"
#include "core/depth_key.h"
#include "core/rule.h"

static const enum threshold thresholds[] = {THRESHOLD_GENERAL_HARMLESS, THRESHOLD_GENERAL_HARM,
                                            THRESHOLD_COUNT};

static char *describe(const struct general_loss *g, enum general_key key)
{
    static const char *const verdicts[] = {
        [GENERAL_HARMLESS] = "not worse than before",
        [GENERAL_BETWEEN] = "the data can't tell whether it got worse: more general text would",
        [GENERAL_HARM] = "worse than before"};

    if (key == GENERAL_FEW)
        return g_strdup_printf(
            "loss on general text changed by %+.3f nats a token; of %u texts the "
            "data can't tell, %u would do",
            g->change, g->examples, CATEGORY_EXAMPLES);
    return g_strdup_printf("loss on general text changed by %+.3f nats a token [%+.3f, %+.3f]: %s",
                           g->change, g->interval.low, g->interval.high, verdicts[key]);
}

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    enum general_key key = general_key_of(c);
    const struct general_loss *g;
    struct finding *f;

    if (key == GENERAL_NONE)
        return;
    g = &c->behaviour->losses.general;
    f = finding_add(out, rule, key == GENERAL_HARM ? SEVERITY_WARNING : SEVERITY_INFO,
                    "general text", PAIR_NONE);
    f->what = describe(g, key);
    finding_lead(f, "examples", -1, -1);
    finding_evidence(f, "examples", g->examples);
    finding_evidence(f, "base_loss", g->loss[EVALUATION_BASE]);
    finding_evidence(f, "tuned_loss", g->loss[EVALUATION_TUNED]);
    finding_evidence(f, "change", g->change);
    finding_evidence(f, "change_low", g->interval.low);
    finding_evidence(f, "change_high", g->interval.high);
    finding_evidence(f, "kl_median", c->behaviour->shift.median);
    finding_threshold(f, c, THRESHOLD_GENERAL_HARMLESS);
    finding_threshold(f, c, THRESHOLD_GENERAL_HARM);
}

const struct rule rule_general = {
    .id = "general_text",
    .title = "loss on general text, before and after",
    .meaning = "text that the tuning was not about, and that the base predicts well, should stay "
               "as well predicted: a rise is what the model has forgotten",
    .advice = "tune less hot, fewer steps or only the late blocks, mix general text into the "
              "training, and look again",
    .source = "paired mean of the change of nll a token, 95 % BCa bootstrap over texts; the two "
              "bounds are defaults that no paper fixes",
    .limits = "it speaks of texts like those that were given; a style that was meant to change "
              "counts as forgetting too",
    .thresholds = thresholds,
    .check = check,
};
