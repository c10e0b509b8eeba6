/* Two weights of one file that hold the same values: tied, but stored twice. */
#include "core/copies.h"
#include "core/rule.h"

static const char *name_on(const struct comparison *c, uint32_t i, bool tuned)
{
    const struct pair_entry *e = &c->pairing.entries[i];

    return tuned ? checkpoint_tensor(c->tuned, e->tuned)->name
                 : checkpoint_tensor(c->base, e->base)->name;
}

static void report_copy(const struct rule *rule, const struct comparison *c, uint32_t copy,
                        uint32_t first, bool tuned, const char *where, GArray *out)
{
    bool merged = comparison_copy_of(c, copy) == first;
    struct finding *f = finding_add(out, rule, merged ? SEVERITY_INFO : SEVERITY_WARNING,
                                    name_on(c, copy, tuned), copy);

    f->what = g_strdup_printf("holds the same values as %s%s%s", name_on(c, first, tuned), where,
                              merged ? "; compared one by one, counted once" : "");
    finding_evidence(f, "elements", (double)comparison_tensor(c, copy)->elems);
}

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    uint32_t *in_base = copies_find(c, COPIES_BASE), *in_tuned = copies_find(c, COPIES_TUNED);

    for (uint32_t i = 0; i < c->summary.n; i++) {
        bool both = in_base[i] == in_tuned[i];

        if (in_base[i] != PAIR_NONE)
            report_copy(rule, c, i, in_base[i], false,
                        both       ? ", in both files"
                        : c->tuned ? ", in the base only"
                                   : "",
                        out);
        if (in_tuned[i] != PAIR_NONE && !both)
            report_copy(rule, c, i, in_tuned[i], true, ", in the tuned file only", out);
    }
    g_free(in_base);
    g_free(in_tuned);
}

const struct rule rule_copy = {
    .id = "copy",
    .title = "the same weights twice",
    .meaning = "tied weights that were saved as two arrays, or a layer copied from another; both "
               "are counted in every sum unless they are tied here",
    .advice = "if the model ties these weights, count them once: ':tie' in the viewer (':untie' "
              "takes it back), --tie when starting; if it does not, check why two layers are equal",
    .source = "same shape, type, sums, extremes and sketch, to the last bit",
    .limits = "until they are tied, which compares every value, a permutation of them with the "
              "same extremes in place would pass",
    .check = check,
};
