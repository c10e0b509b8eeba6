#include "core/rule.h"

extern const struct rule rule_nonfinite, rule_not_comparable, rule_unmatched, rule_frozen,
    rule_below_floor, rule_norm_growth, rule_copy, rule_low_rank;

const struct rule *const rule_table[] = {
    &rule_nonfinite, &rule_not_comparable, &rule_unmatched, &rule_norm_growth,
    &rule_copy,      &rule_frozen,         &rule_below_floor, &rule_low_rank,
    NULL,
};

const char *severity_name(enum severity s)
{
    static const char *const names[] = {"info", "warning", "error"};

    return names[s];
}

struct finding *finding_add(GArray *out, const struct rule *rule, enum severity severity,
                            const char *where, uint32_t entry)
{
    struct finding f = {
        .rule = rule, .severity = severity, .where = g_strdup(where), .entry = entry};

    g_array_append_val(out, f);
    return &g_array_index(out, struct finding, out->len - 1);
}

void finding_evidence(struct finding *f, const char *name, double value)
{
    g_assert(f->n_evidence < FINDING_EVIDENCE);
    f->evidence[f->n_evidence++] = (struct evidence){name, value};
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
    }
    g_array_free(findings, TRUE);
}
