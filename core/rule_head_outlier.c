/* Attention heads that changed far more than the others of the model. */
#include <math.h>
#include "core/heads.h"
#include "core/rule.h"
#include "core/sorted.h"

#define FEWEST 8 /* heads, for a spread to be one */
#define MOST 8   /* findings, the largest ones */

static const enum threshold thresholds[] = {THRESHOLD_HEAD_OUTLIER, THRESHOLD_HEAD_SPREAD,
                                            THRESHOLD_COUNT};

struct scored {
    struct head head;
    double z;
};

static int by_score(const void *a, const void *b)
{
    double x = ((const struct scored *)a)->z, y = ((const struct scored *)b)->z;

    return (x < y) - (x > y);
}

static double median_of(double *values, guint n)
{
    sort_doubles(values, n);
    return sorted_median(values, n);
}

static GArray *all_heads(const struct comparison *c)
{
    GArray *heads = g_array_new(FALSE, TRUE, sizeof(struct scored));

    for (uint32_t a = 0; a < c->attentions.n; a++)
        for (uint32_t k = 0; k < c->attentions.items[a].heads; k++) {
            struct scored s = {.z = 0};

            head_of(c, a, k, &s.head);
            if (isfinite(s.head.relative))
                g_array_append_val(heads, s);
        }
    return heads;
}

/* The modified z score; where more than half are equal, by the mean deviation (both Iglewicz and
 * Hoaglin 1993). Returns the median. */
static double score(GArray *heads)
{
    double *values = g_new(double, heads->len), median, spread, sum = 0;

    for (guint i = 0; i < heads->len; i++)
        values[i] = g_array_index(heads, struct scored, i).head.relative;
    median = median_of(values, heads->len);
    for (guint i = 0; i < heads->len; i++) {
        values[i] = fabs(g_array_index(heads, struct scored, i).head.relative - median);
        sum += values[i];
    }
    spread = median_of(values, heads->len) / 0.6745;
    if (!(spread > 0))
        spread = 1.253314 * sum / heads->len;
    for (guint i = 0; i < heads->len; i++) {
        struct scored *s = &g_array_index(heads, struct scored, i);

        s->z = spread > 0 ? (s->head.relative - median) / spread : 0;
    }
    g_free(values);
    return median;
}

/* A matrix of the head's. */
static uint32_t entry_of(const struct attention *a)
{
    unsigned part = 0;

    while (part + 1 < HEAD_PARTS && a->entry[part] == PAIR_NONE)
        part++;
    return a->entry[part];
}

static void report(const struct rule *rule, const struct comparison *c, const struct scored *s,
                   double median, GArray *out)
{
    const struct attention *a = &c->attentions.items[s->head.attention];
    char *where = head_label(c, &s->head);
    struct finding *f = finding_add(out, rule, SEVERITY_INFO, where, entry_of(a));

    f->what = g_strdup_printf("moved by %.3g %%, the median head by %.3g %% (score %.3g)",
                              s->head.relative * 100, median * 100, s->z);
    if (a->block >= 0)
        finding_evidence(f, "block", a->block);
    finding_evidence(f, "head", s->head.head);
    finding_evidence(f, "relative", s->head.relative);
    finding_evidence(f, "median", median);
    finding_evidence(f, "score", s->z);
    finding_threshold(f, c, THRESHOLD_HEAD_OUTLIER);
    finding_threshold(f, c, THRESHOLD_HEAD_SPREAD);
    finding_lead(f, "heads", a->block, (int32_t)s->head.head);
    g_free(where);
}

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    const double *limit = c->thresholds.value;
    GArray *heads;
    double median;

    /* Half a model has another median. */
    if (!c->tuned || c->summary.n_finished < c->summary.n)
        return;
    heads = all_heads(c);
    if (heads->len >= FEWEST) {
        median = score(heads);
        g_array_sort(heads, by_score);
        for (guint i = 0; i < MIN(heads->len, MOST); i++) {
            const struct scored *s = &g_array_index(heads, struct scored, i);

            if (s->z > limit[THRESHOLD_HEAD_OUTLIER] &&
                s->head.relative > limit[THRESHOLD_HEAD_SPREAD] * median)
                report(rule, c, s, median, out);
        }
    }
    g_array_free(heads, TRUE);
}

const struct rule rule_head_outlier = {
    .id = "head_outlier",
    .title = "attention heads that stand out",
    .meaning = "the training worked on these heads far more than on the others: they may have "
               "taken up the new behaviour, or broken",
    .advice = "look at the head's parts, and at its attention before and after on a few prompts; "
              "compare losses with this head's weights set back",
    .source = "modified z score of the head's relative change over all heads of the model",
    .limits = "a steep depth profile makes all late heads stand out; at most the eight that stand "
              "out most are named",
    .thresholds = thresholds,
    .check = check,
};
