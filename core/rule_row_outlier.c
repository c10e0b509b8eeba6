/* Rows and columns of a matrix that came to stand far above the others. */
#include <math.h>
#include "core/rule.h"
#include "core/sorted.h"

static const enum threshold thresholds[] = {THRESHOLD_ROW_OUTLIER, THRESHOLD_COUNT};

struct outlier {
    uint64_t at, n; /* the largest, and how many there are */
    double ratio, base_ratio;
};

static double median_of(const double *values, uint64_t n)
{
    double *sorted = g_memdup2(values, n * sizeof *values), median;

    sort_doubles(sorted, n);
    median = sorted_median(sorted, n);
    g_free(sorted);
    return median;
}

/* No sorting for the many that have none: if at least half of the sums reach the largest over
 * limit^2, so does their median. */
static bool may_have_any(const double *energy, uint64_t n, double limit)
{
    double most = 0;
    uint64_t near = 0;

    for (uint64_t i = 0; i < n; i++)
        most = fmax(most, energy[i]);
    for (uint64_t i = 0; i < n; i++)
        near += energy[i] * limit * limit >= most;
    return n > 2 && most > 0 && near <= n / 2;
}

/* Those above the limit on the tuned side that were not in the base. */
static bool find_outliers(const double *base, const double *tuned, uint64_t n, double limit,
                          struct outlier *out)
{
    double median, base_median;

    *out = (struct outlier){0};
    if (!base || !tuned || !may_have_any(tuned, n, limit))
        return false;
    median = sqrt(median_of(tuned, n));
    base_median = sqrt(median_of(base, n));
    if (!(median > 0) || !(base_median > 0))
        return false;
    for (uint64_t i = 0; i < n; i++) {
        double ratio = sqrt(tuned[i]) / median, before = sqrt(base[i]) / base_median;

        if (!(ratio > limit) || before > limit)
            continue;
        out->n++;
        if (ratio > out->ratio) {
            out->at = i;
            out->ratio = ratio;
            out->base_ratio = before;
        }
    }
    return out->n > 0;
}

static void report(const struct rule *rule, const struct comparison *c, uint32_t i,
                   const char *axis, const struct outlier *o, GArray *out)
{
    struct finding *f = finding_add(out, rule, SEVERITY_WARNING, comparison_tensor(c, i)->name, i);

    f->what =
        g_strdup_printf("%s %" G_GUINT64_FORMAT " has a norm of %.3g times the median, %.3g in "
                        "the base (%" G_GUINT64_FORMAT " such %s%s)",
                        axis, o->at, o->ratio, o->base_ratio, o->n, axis, o->n == 1 ? "" : "s");
    finding_evidence(f, axis, (double)o->at);
    finding_evidence(f, "ratio", o->ratio);
    finding_evidence(f, "base_ratio", o->base_ratio);
    finding_evidence(f, "outliers", (double)o->n);
    finding_threshold(f, c, THRESHOLD_ROW_OUTLIER);
}

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    double limit = c->thresholds.value[THRESHOLD_ROW_OUTLIER];

    for (uint32_t i = 0; i < c->summary.n; i++) {
        const struct energy *e = &c->summary.entries[i].result.energy;
        const struct place *place = comparison_place(c, i);
        struct outlier o;

        if (c->summary.entries[i].state != ENTRY_DONE || !e->shape.rows || !place->matrix ||
            place->orientation == ORIENTATION_TABLE || comparison_holds_codes(c, i))
            continue;
        if (find_outliers(e->row[ENERGY_BASE], e->row[ENERGY_TUNED], e->shape.rows, limit, &o))
            report(rule, c, i, "row", &o, out);
        if (find_outliers(e->col[ENERGY_BASE], e->col[ENERGY_TUNED], e->shape.cols, limit, &o))
            report(rule, c, i, "column", &o, out);
    }
}

const struct rule rule_row_outlier = {
    .id = "row_outlier",
    .title = "rows or columns that stand out",
    .meaning = "one output or input came to carry far more than the others: a few such dimensions "
               "dominate activations and make a model hard to quantise",
    .advice = "see which unit it is and whether the training repeats one thing in most examples; "
              "compare losses with that row scaled back",
    .source = "row norm over the median row norm, new on the tuned side; Kovaleva et al. 2021",
    .limits = "outlier dimensions of large models are normal: only new ones are reported, tables "
              "of tokens are left out",
    .thresholds = thresholds,
    .check = check,
};
