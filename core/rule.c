#include "core/rule.h"

#include <string.h>

extern const struct rule rule_adapter, rule_nonfinite, rule_not_comparable, rule_quantised, rule_unmatched,
    rule_depth, rule_large, rule_row_outlier, rule_dead, rule_untouched, rule_head_outlier,
    rule_norm_growth, rule_low_rank, rule_copy, rule_frozen, rule_decayed, rule_below_floor, rule_coverage,
    rule_general, rule_head_sink, rule_dead_units, rule_category_shift,
    rule_run_nonfinite, rule_run_spike, rule_run_gradient, rule_run_update, rule_run_stale, rule_run_overfit,
    rule_run_norm, rule_run_forgetting, rule_run_gap, rule_run_still, rule_run_dead, rule_run_entropy,
    rule_run_equilibrium;

const struct rule *const rule_table[] = {
    &rule_nonfinite,
    &rule_not_comparable,
    &rule_quantised,
    &rule_adapter,
    &rule_unmatched,
    &rule_depth,
    &rule_general,
    &rule_coverage,
    &rule_large,
    &rule_row_outlier,
    &rule_dead,
    &rule_untouched,
    &rule_head_outlier,
    &rule_head_sink,
    &rule_dead_units,
    &rule_category_shift,
    &rule_norm_growth,
    &rule_low_rank,
    &rule_copy,
    &rule_frozen,
    &rule_decayed,
    &rule_below_floor,
    &rule_run_nonfinite,
    &rule_run_spike,
    &rule_run_gradient,
    &rule_run_update,
    &rule_run_stale,
    &rule_run_overfit,
    &rule_run_norm,
    &rule_run_forgetting,
    &rule_run_gap,
    &rule_run_still,
    &rule_run_dead,
    &rule_run_entropy,
    &rule_run_equilibrium,
    NULL,
};

guint rule_count(void)
{
    return G_N_ELEMENTS(rule_table) - 1;
}

const struct rule *rule_find(const char *id)
{
    for (size_t i = 0; rule_table[i]; i++)
        if (strcmp(rule_table[i]->id, id) == 0)
            return rule_table[i];
    return NULL;
}

const char *severity_name(enum severity s)
{
    static const char *const names[] = {"info", "warning", "error"};

    return names[s];
}

struct finding *finding_add(GArray *out, const struct rule *rule, enum severity severity,
                            const char *where, uint32_t entry)
{
    struct finding f = {.rule = rule,
                        .severity = severity,
                        .where = g_strdup(where),
                        .view = entry == PAIR_NONE ? NULL : "tensor",
                        .entry = entry,
                        .block = -1,
                        .head = -1,
                        .layer = UINT32_MAX,
                        .category = UINT32_MAX};

    g_array_append_val(out, f);
    return &g_array_index(out, struct finding, out->len - 1);
}

void finding_evidence(struct finding *f, const char *name, double value)
{
    f->evidence = g_renew(struct evidence, f->evidence, f->n_evidence + 1);
    f->evidence[f->n_evidence++] = (struct evidence){name, value};
}

void finding_threshold(struct finding *f, const struct comparison *c, enum threshold which)
{
    finding_evidence(f, threshold_table[which].name, c->thresholds.value[which]);
}

void finding_lead(struct finding *f, const char *view, int32_t block, int32_t head)
{
    f->view = view;
    f->block = block;
    f->head = head;
}

void finding_flow(struct finding *f, uint32_t layer, uint32_t category)
{
    f->layer = layer;
    f->category = category;
}

GArray *rules_check(const struct comparison *c)
{
    GArray *out = g_array_new(FALSE, TRUE, sizeof(struct finding));

    for (size_t i = 0; rule_table[i]; i++)
        rule_table[i]->check(rule_table[i], c, out);
    return out;
}

void findings_free(GArray *findings)
{
    if (!findings)
        return;
    for (guint i = 0; i < findings->len; i++) {
        struct finding *f = &g_array_index(findings, struct finding, i);

        g_free(f->where);
        g_free(f->what);
        g_free(f->evidence);
    }
    g_array_free(findings, TRUE);
}
