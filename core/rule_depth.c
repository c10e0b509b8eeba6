/* Where in the depth of the model the change sits, by the rule of core/depth.h. */
#include <math.h>
#include "core/behaviour.h"
#include "core/depth_key.h"
#include "core/rule.h"

static const enum threshold thresholds[] = {
    THRESHOLD_DEPTH_BAND,        THRESHOLD_DEPTH_CONTRAST,
    THRESHOLD_DEPTH_HEAVY,       THRESHOLD_DEPTH_MIDDLE,
    THRESHOLD_DEPTH_EARLY_MOVED, THRESHOLD_MISMATCH_RELATIVE,
    THRESHOLD_MISMATCH_COSINE,   THRESHOLD_GENERAL_HARMLESS,
    THRESHOLD_GENERAL_HARM,      THRESHOLD_COUNT};

static enum severity severity_of(const struct comparison *c, const struct depth *d)
{
    enum general_key key = general_key_of(c);

    if (depth_key_alarms(d->verdict.class, key))
        return SEVERITY_WARNING;
    if (key == GENERAL_HARMLESS)
        return SEVERITY_INFO;
    if (d->verdict.class == DEPTH_HEAVY_ALL)
        return SEVERITY_WARNING;
    if (d->verdict.class == DEPTH_EARLY_HEAVY && d->early_moved)
        return SEVERITY_WARNING;
    return SEVERITY_INFO;
}

/* What follows for a reader, where something does. */
static const char *next_step(const struct comparison *c, const struct depth *d)
{
    if (depth_key_alarms(d->verdict.class, general_key_of(c)))
        return "";
    if (d->verdict.class == DEPTH_LATE_HEAVY || d->verdict.class == DEPTH_FLAT)
        return "; expected pattern, so look at the categories";
    return "";
}

/* What the models do with general text, where that is known. */
static char *confirm(const struct comparison *c, const struct depth *d)
{
    const char *text = depth_key_text(d->verdict.class, general_key_of(c));

    if (!text)
        return g_strdup("not confirmed by behaviour");
    return g_strdup_printf("loss on general text %+.3f nats a token: %s",
                           c->behaviour->losses.general.change, text);
}

static char *describe(const struct comparison *c, const struct depth *d)
{
    const struct depth_verdict *v = &d->verdict;
    bool confirmed = depth_key_text(v->class, general_key_of(c)) != NULL;
    char *confirmation, *text;

    if (v->class == DEPTH_NOT_COMPARABLE)
        return g_strdup_printf("no verdict on the depth profile: %s", d->reason);
    if (v->class == DEPTH_UNCHANGED)
        return g_strdup_printf("pattern only: UNCHANGED, %s", depth_class_text(d));
    confirmation = confirm(c, d);
    text = g_strdup_printf("%s%s, early %.3g %%, late %.3g %%, C %s%.3g: %s; %s%s%s%s",
                           confirmed ? "" : "pattern only: ", depth_class_name(v->class),
                           v->band[DEPTH_EARLY].mean * 100, v->band[DEPTH_LATE].mean * 100,
                           v->contrast_is_bound ? ">= " : "", v->contrast, depth_class_text(d),
                           confirmation, next_step(c, d),
                           d->stable ? "" : "; not stable against other bands",
                           d->low_resolution ? "; low resolution, few blocks" : "");
    g_free(confirmation);
    return text;
}

static void add_bands(struct finding *f, const struct depth_verdict *v)
{
    static const char *const names[DEPTH_PARTS][3] = {
        {"early_blocks", "early_mean", "early_pooled"},
        {"middle_blocks", "middle_mean", "middle_pooled"},
        {"late_blocks", "late_mean", "late_pooled"}};

    for (int part = 0; part < DEPTH_PARTS; part++) {
        finding_evidence(f, names[part][0], v->band[part].n);
        finding_evidence(f, names[part][1], v->band[part].mean);
        finding_evidence(f, names[part][2], v->band[part].pooled);
    }
}

static void add_evidence(struct finding *f, const struct comparison *c, const struct depth *d)
{
    finding_evidence(f, "blocks", d->n);
    finding_evidence(f, "floor", d->floor);
    add_bands(f, &d->verdict);
    finding_evidence(f, "contrast", d->verdict.contrast);
    finding_evidence(f, "contrast_is_bound", d->verdict.contrast_is_bound);
    finding_evidence(f, "rho", d->rho);
    finding_evidence(f, "p", d->p);
    finding_evidence(f, "slope", d->slope);
    finding_evidence(f, "stable", d->stable);
    finding_evidence(f, "model_relative", d->model_relative);
    finding_evidence(f, "model_cosine", d->model_cosine);
    for (int i = 0; thresholds[i] != THRESHOLD_COUNT; i++)
        finding_threshold(f, c, thresholds[i]);
}

static uint32_t entry_of_block(const struct comparison *c, uint32_t block)
{
    for (uint32_t g = 0; g < c->n_groups; g++)
        if (c->groups[g].block == (int32_t)block)
            return c->groups[g].entries[0];
    return PAIR_NONE;
}

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    for (uint32_t stack = 0; c->tuned && stack < depth_stacks(c); stack++) {
        const char *name = depth_stack_name(c, stack);
        struct finding *f;
        struct depth d;

        depth_of(c, stack, &d);
        if (d.verdict.class != DEPTH_NONE) {
            uint32_t block = d.block[d.left_out].block;

            f = finding_add(out, rule, severity_of(c, &d), name ? name : "blocks",
                            entry_of_block(c, block));
            f->what = describe(c, &d);
            finding_lead(f, "overview", (int32_t)block, -1);
            add_evidence(f, c, &d);
        }
        depth_finish(&d);
    }
}

const struct rule rule_depth = {
    .id = "depth_profile",
    .title = "where in the depth the change sits",
    .meaning = "late blocks moving most is the usual profile of a fine-tune, all alike that of one "
               "learning rate under AdamW; early blocks moving most is what new languages, formats "
               "or domains do, and what hurts general ability",
    .advice = "confirm with loss on general text before and after; where the pattern is the "
              "expected one, look at the categories the training covered instead",
    .source = "late over early band means of the blocks' pooled ratios; Merchant et al. 2020, Lee et "
              "al. 2023, Zheng et al. 2025",
    .limits = "weights alone can't tell whether the model got worse: the recipe (learning rate per "
              "layer, freezing, optimizer) makes the profile, and late-heavy models forget too",
    .thresholds = thresholds,
    .check = check,
};
