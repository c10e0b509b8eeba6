/* Units that no example makes fire any more. */
#include "core/activity.h"
#include "core/rule.h"

static const enum threshold thresholds[] = {THRESHOLD_SILENT_SHARE, THRESHOLD_SILENT_TOKENS,
                                            THRESHOLD_COUNT};

static char *name_of(const struct activity_layer *l)
{
    return l->kind == ACTIVITY_RECORDED ? g_strdup(l->name) : g_strdup_printf("%s MLP", l->name);
}

static void report(const struct rule *rule, const struct comparison *c, uint32_t layer,
                   const struct activity_dead *d, GArray *out)
{
    const struct activity *a = c->activity;
    uint64_t tokens = activity_cell(a, layer, ACTIVITY_ALL)->tokens;
    char *where = name_of(&a->layers[layer]);
    struct finding *f = finding_add(out, rule, SEVERITY_WARNING, where, PAIR_NONE);

    f->what = g_strdup_printf("%u of %u units fell silent: they fired in the base, and on none of "
                              "%" G_GUINT64_FORMAT " tokens now",
                              d->newly_dead, d->units, tokens);
    finding_evidence(f, "units", d->units);
    finding_evidence(f, "base_dead", d->dead[ACTIVITY_BASE]);
    finding_evidence(f, "tuned_dead", d->dead[ACTIVITY_TUNED]);
    finding_evidence(f, "newly_dead", d->newly_dead);
    finding_evidence(f, "revived", d->revived);
    finding_evidence(f, "tokens", (double)tokens);
    finding_threshold(f, c, THRESHOLD_SILENT_SHARE);
    finding_threshold(f, c, THRESHOLD_SILENT_TOKENS);
    finding_lead(f, "units", a->layers[layer].block, -1);
    finding_flow(f, layer, UINT32_MAX);
    g_free(where);
}

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    const double *limit = c->thresholds.value;
    const struct activity *a = c->activity;

    for (uint32_t i = 0; a && a->pair && i < a->n_layers; i++) {
        struct activity_dead d;
        bool counts =
            a->layers[i].kind == ACTIVITY_HIDDEN || a->layers[i].kind == ACTIVITY_RECORDED;

        if (!counts ||
            (double)activity_cell(a, i, ACTIVITY_ALL)->tokens < limit[THRESHOLD_SILENT_TOKENS])
            continue;
        activity_dead(a, i, &d);
        if (d.newly_dead && d.newly_dead >= limit[THRESHOLD_SILENT_SHARE] * d.units)
            report(rule, c, i, &d, out);
    }
}

const struct rule rule_dead_units = {
    .id = "silent_units",
    .title = "units that fell silent",
    .meaning = "these units fired on the same examples before the training and never do now: what "
               "they stood for is lost, and the capacity with it",
    .advice = "lower the learning rate or shorten the run; if they served a category that was not "
              "in the training data, add examples of it",
    .source = "of a ReLU a <= 0 on every token; else max |a| below 0.001 of the layer's rms; "
              "counted as newly dead, since base models have dead units too (Voita et al. 2023)",
    .limits = "on other examples they may still fire; no definition is agreed on for smooth "
              "activations",
    .thresholds = thresholds,
    .check = check,
};
