/* A category whose activations changed where the others' did not. */
#include <math.h>
#include "core/activity_effect.h"
#include "core/rule.h"

static const enum threshold thresholds[] = {THRESHOLD_SHIFT_EFFECT, THRESHOLD_SHIFT_RATE,
                                            THRESHOLD_COUNT};

static bool is_large(const struct activity_effects *e, uint32_t category, uint32_t layer,
                     const double *limit)
{
    const struct activity_effect *cell = activity_effect(e, category, layer);

    return fabs(cell->effect) >= limit[THRESHOLD_SHIFT_EFFECT] && fabs(cell->effect) > e->null_99 &&
           cell->q < limit[THRESHOLD_SHIFT_RATE];
}

/* The layer where a category's change is the largest; ACTIVITY_NONE: nowhere large and sure. */
static uint32_t strongest(const struct category_shifts *e, uint32_t category, const double *limit,
                          uint32_t *n_layers)
{
    uint32_t first = e->alone->first_layer, at = ACTIVITY_NONE;
    double most = 0;

    *n_layers = 0;
    for (uint32_t i = first; i < first + e->alone->n_layers; i++) {
        double alone = activity_effect(e->alone, category, i)->effect;
        double against = activity_effect(e->against, category, i)->effect;

        if (!is_large(e->alone, category, i, limit) || !is_large(e->against, category, i, limit) ||
            alone * against < 0)
            continue;
        ++*n_layers;
        if (fabs(against) > most) {
            most = fabs(against);
            at = i;
        }
    }
    return at;
}

static void report(const struct rule *rule, const struct comparison *c, const struct category_shifts *e,
                   uint32_t category, uint32_t layer, uint32_t n_layers, GArray *out)
{
    const struct activity *a = c->activity;
    const struct activity_effect *alone = activity_effect(e->alone, category, layer);
    const struct activity_effect *against = activity_effect(e->against, category, layer);
    struct finding *f = finding_add(out, rule, SEVERITY_INFO, a->categories[category], PAIR_NONE);

    f->what = g_strdup_printf("mean activation at %s moved by %+.2f sd, %+.2f against the other "
                              "categories; beyond chance in %u of %u layers",
                              a->layers[layer].name, alone->effect, against->effect, n_layers,
                              e->alone->n_layers);
    finding_evidence(f, "block", a->layers[layer].block);
    finding_evidence(f, "effect", alone->effect);
    finding_evidence(f, "against_others", against->effect);
    finding_evidence(f, "q", against->q);
    finding_evidence(f, "null_99", e->against->null_99);
    finding_evidence(f, "examples", alone->n);
    finding_evidence(f, "layers", n_layers);
    finding_threshold(f, c, THRESHOLD_SHIFT_EFFECT);
    finding_threshold(f, c, THRESHOLD_SHIFT_RATE);
    finding_lead(f, "categories", a->layers[layer].block, -1);
    finding_flow(f, layer, category);
}

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    const struct category_shifts *e = c->shifts;

    for (uint32_t i = 0; e && i < e->alone->n_categories; i++) {
        uint32_t n_layers, layer = strongest(e, i, c->thresholds.value, &n_layers);

        if (layer != ACTIVITY_NONE)
            report(rule, c, e, i, layer, n_layers, out);
    }
}

const struct rule rule_category_shift = {
    .id = "category_shift",
    .title = "a category that changed by itself",
    .meaning = "the training changed how the model sees this category, and not, or otherwise, how "
               "it sees the rest: a local change, wanted or not",
    .advice = "compare the category's losses before and after, and look at its strongest units; if "
              "it was not meant, add examples of it to the training data",
    .source = "Glass's delta of the examples' mean |activation| less the other categories' mean "
              "change; Welch's t, false discovery rate (Benjamini and Hochberg 1995), beyond 99 % "
              "of shuffled labels; 0.8 is Cohen's \"large\"",
    .limits = "a change of activations is no change of quality: covered and uncovered categories "
              "can move alike; of fewer than 30 examples nothing is said",
    .thresholds = thresholds,
    .check = check,
};
