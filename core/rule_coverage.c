/* Categories that the tuned model serves worse than others, and whether the training covered them.
 */
#include <math.h>
#include "core/behaviour.h"
#include "core/rule.h"

static const enum threshold thresholds[] = {THRESHOLD_GAP_MARGIN, THRESHOLD_COUNT};

#define NAMES_MOST 6 /* more are counted */

/* What a gap between uncovered and covered categories comes to. */
enum verdict { GAP_FEW, GAP_OPEN, GAP_SMALL, GAP_CLOSED, GAP_BEFORE, GAP_UNTOLD };

static enum verdict judge(const struct category_losses *l, double margin)
{
    const struct category_gap *g = &l->gap;

    if (l->few || isnan(g->gap_within.low))
        return GAP_FEW;
    if (g->gap_within.high < margin)
        return GAP_CLOSED;
    if (g->gap_within.low <= 0)
        return GAP_UNTOLD;
    if (l->sides > 1 && !(g->did_within.low > 0))
        return GAP_BEFORE;
    return g->gap < margin ? GAP_SMALL : GAP_OPEN;
}

static const char *verdict_text(enum verdict v)
{
    static const char *const texts[] = {
        [GAP_FEW] = "the data can't tell: a category has fewer than 30 examples",
        [GAP_OPEN] = "add 50 to 75 examples to each",
        [GAP_SMALL] = "behind by less than what matters",
        [GAP_CLOSED] = "no gap, or a closed one",
        [GAP_BEFORE] = "the data can't tell whether the tuning did it: they were harder before it",
        [GAP_UNTOLD] = "the data can't tell: the interval holds 0",
    };

    return texts[v];
}

static bool is_uncovered(const struct category_loss *c)
{
    return c->cover == COVER_UNCOVERED && c->examples > 0;
}

static bool is_worse(const struct category_loss *c)
{
    return c->worse;
}

static void append_names(GString *s, const struct behaviour *b,
                         bool (*wanted)(const struct category_loss *))
{
    uint32_t n = 0;

    for (uint32_t c = 0; c < b->losses.n; c++) {
        if (!wanted(&b->losses.categories[c]))
            continue;
        if (n++ < NAMES_MOST)
            g_string_append_printf(s, "%s%s", n > 1 ? ", " : "",
                                   examples_category_name(b->examples, c));
    }
    if (n > NAMES_MOST)
        g_string_append_printf(s, " and %u more", n - NAMES_MOST);
}

static void append_interval(GString *s, struct interval i)
{
    if (!isnan(i.low))
        g_string_append_printf(s, " [%.2f, %.2f]", i.low, i.high);
}

static char *describe_gap(const struct behaviour *b, enum verdict v)
{
    const struct category_gap *g = &b->losses.gap;
    GString *s = g_string_new(NULL);

    g_string_append_printf(s, "%u uncovered categor%s, ", g->uncovered,
                           g->uncovered == 1 ? "y" : "ies");
    append_names(s, b, is_uncovered);
    g_string_append_printf(s, ": loss %+.2f nats a token against the covered %u", g->gap,
                           g->covered);
    append_interval(s, g->gap_within);
    if (!isnan(g->did)) {
        g_string_append_printf(s, ", %+.2f since the base", g->did);
        append_interval(s, g->did_within);
    }
    g_string_append_printf(s, ": %s", verdict_text(v));
    return g_string_free(s, FALSE);
}

static uint32_t count_worse(const struct category_losses *l)
{
    uint32_t n = 0;

    for (uint32_t c = 0; c < l->n; c++)
        n += l->categories[c].worse;
    return n;
}

static void add_evidence(struct finding *f, const struct comparison *c)
{
    const struct category_losses *l = &c->behaviour->losses;
    const struct category_gap *g = &l->gap;

    finding_evidence(f, "uncovered", g->uncovered);
    finding_evidence(f, "covered", g->covered);
    finding_evidence(f, "worse", count_worse(l));
    finding_evidence(f, "gap", g->gap);
    finding_evidence(f, "gap_low", g->gap_within.low);
    finding_evidence(f, "gap_high", g->gap_within.high);
    finding_evidence(f, "gap_low_categories", g->gap_categories.low);
    finding_evidence(f, "gap_high_categories", g->gap_categories.high);
    finding_evidence(f, "gap_did", g->did);
    finding_evidence(f, "gap_did_low", g->did_within.low);
    finding_evidence(f, "gap_did_high", g->did_within.high);
    finding_evidence(f, "effective_categories", c->behaviour->coverage.effective);
    finding_evidence(f, "rank_correlation", l->rho);
    finding_threshold(f, c, THRESHOLD_GAP_MARGIN);
}

/* To the category that is furthest behind the others. */
static void lead(struct finding *f, const struct category_losses *l)
{
    uint32_t at = UINT32_MAX;

    for (uint32_t i = 0; i < l->n; i++) {
        double excess = l->categories[i].excess;

        if (!isnan(excess) && (at == UINT32_MAX || excess > l->categories[at].excess))
            at = i;
    }
    finding_lead(f, "categories", -1, -1);
    finding_flow(f, UINT32_MAX, at);
}

static void report_gap(const struct rule *rule, const struct comparison *c, GArray *out)
{
    enum verdict v = judge(&c->behaviour->losses, c->thresholds.value[THRESHOLD_GAP_MARGIN]);
    struct finding *f = finding_add(out, rule, v == GAP_OPEN ? SEVERITY_WARNING : SEVERITY_INFO,
                                    "categories", PAIR_NONE);

    f->what = describe_gap(c->behaviour, v);
    lead(f, &c->behaviour->losses);
    add_evidence(f, c);
}

/* No two groups to compare: each category against the others. */
static void report_worse(const struct rule *rule, const struct comparison *c, GArray *out)
{
    const struct behaviour *b = c->behaviour;
    uint32_t n = count_worse(&b->losses);
    GString *s = g_string_new(NULL);
    struct finding *f = finding_add(out, rule, SEVERITY_WARNING, "categories", PAIR_NONE);

    append_names(s, b, is_worse);
    g_string_append_printf(s, ": %s %s than the other categories; %s", n == 1 ? "it" : "they",
                           b->sides > 1 ? "gained less" : "are served worse",
                           b->losses.cover_known
                               ? "the training covered them, so look at what its examples say"
                               : "whether the training covered them is not known (train examples "
                                 "would tell)");
    f->what = g_string_free(s, FALSE);
    lead(f, &b->losses);
    add_evidence(f, c);
}

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    const struct category_losses *l = c->behaviour ? &c->behaviour->losses : NULL;

    if (l && l->gap.uncovered && l->gap.covered)
        report_gap(rule, c, out);
    else if (l && count_worse(l))
        report_worse(rule, c, out);
}

const struct rule rule_coverage = {
    .id = "uncovered_categories",
    .title = "categories that the training hardly covered",
    .meaning = "the tuned model does worse in categories that its training held few or no examples "
               "of: the settings are not at fault where the covered ones are served well",
    .advice = "add 50 to 75 examples to each of them, tune the same base again with the same "
              "settings and steps, and compare again; that range closed such a gap in one measured "
              "case and is no law: losses after 10, 25 and 50 give your own curve",
    .source = "mean loss of uncovered less covered categories, bootstrap over examples within "
              "categories; difference in differences takes off what was there before; each "
              "category against the covered mean by bootstrap, Holm 1979",
    .limits = "loss is of the texts that were held out: it does not rate style; with few "
              "categories the intervals over categories are coarse; more covered examples cost "
              "the others a little at the same number of steps",
    .thresholds = thresholds,
    .check = check,
};
