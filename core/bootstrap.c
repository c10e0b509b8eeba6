#include "core/bootstrap.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include "core/normal.h"
#include "core/random.h"
#include "core/sorted.h"

#define TAIL 0.025

double mean_of(const double *values, uint32_t n)
{
    double sum = 0;

    for (uint32_t i = 0; i < n; i++)
        sum += values[i];
    return n ? sum / n : NAN;
}

uint32_t bootstrap_resamples(uint64_t values)
{
    uint64_t most = BOOTSTRAP_DRAWS / MAX(values, 1);

    return (uint32_t)CLAMP(most, BOOTSTRAP_LEAST, BOOTSTRAP_RESAMPLES);
}

static double drawn_mean(const double *values, uint32_t n, uint64_t *state)
{
    double sum = 0;

    for (uint32_t i = 0; i < n; i++)
        sum += values[random_below(state, n)];
    return sum / n;
}

/* Sorted; owned by the caller. */
static double *means_of_resamples(const double *values, uint32_t n, uint32_t resamples,
                                  uint64_t seed)
{
    double *means = g_new(double, resamples);

    for (uint32_t b = 0; b < resamples; b++)
        means[b] = drawn_mean(values, n, &seed);
    sort_doubles(means, resamples);
    return means;
}

/* Skewness of the mean's jackknife over 6 root n; 0 of equal values. */
static double acceleration(const double *values, uint32_t n)
{
    double mean = mean_of(values, n), squares = 0, cubes = 0;

    for (uint32_t i = 0; i < n; i++) {
        double u = values[i] - mean;

        squares += u * u;
        cubes += u * u * u;
    }
    return squares > 0 ? cubes / (6 * squares * sqrt(squares)) : 0;
}

/* Share of resamples below, those equal counted half. */
static double share_below(const double *sorted, uint32_t n, double value)
{
    uint64_t below = 0, equal = 0;

    for (uint32_t i = 0; i < n && sorted[i] <= value; i++) {
        below += sorted[i] < value;
        equal += sorted[i] == value;
    }
    return (below + equal / 2.0) / n;
}

static double corrected(double bias, double acceleration, double tail)
{
    double z = bias + normal_quantile(tail);

    return normal_cdf(bias + z / (1 - acceleration * z));
}

struct interval bootstrap_mean(const double *values, uint32_t n, uint64_t seed)
{
    uint32_t resamples = bootstrap_resamples(n);
    double *means, bias, a;
    struct interval out = {NAN, NAN};

    if (n < 2)
        return out;
    means = means_of_resamples(values, n, resamples, seed);
    bias = normal_quantile(share_below(means, resamples, mean_of(values, n)));
    a = acceleration(values, n);
    if (isfinite(bias)) {
        out.low = sorted_quantile(means, resamples, corrected(bias, a, TAIL));
        out.high = sorted_quantile(means, resamples, corrected(bias, a, 1 - TAIL));
    } else if (means[0] == means[resamples - 1]) {
        out = (struct interval){means[0], means[0]};
    }
    g_free(means);
    return out;
}

struct interval sorted_interval(const double *sorted, uint32_t n)
{
    return (struct interval){sorted_quantile(sorted, n, TAIL),
                             sorted_quantile(sorted, n, 1 - TAIL)};
}

struct interval bootstrap_mean_percentile(const double *values, uint32_t n, uint64_t seed)
{
    uint32_t resamples = bootstrap_resamples(n);
    struct interval out = {NAN, NAN};
    double *means;

    if (n < 2)
        return out;
    means = means_of_resamples(values, n, resamples, seed);
    out = sorted_interval(means, resamples);
    g_free(means);
    return out;
}

double mean_of_means(const struct sample *s, uint32_t n)
{
    double sum = 0;

    for (uint32_t i = 0; i < n; i++)
        sum += mean_of(s[i].values, s[i].n);
    return n ? sum / n : NAN;
}

static double drawn_mean_of_means(const struct sample *s, uint32_t n, bool categories_too,
                                  uint64_t *state)
{
    double sum = 0;

    for (uint32_t i = 0; i < n; i++) {
        const struct sample *of = &s[categories_too ? random_below(state, n) : i];

        sum += drawn_mean(of->values, of->n, state);
    }
    return sum / n;
}

static uint64_t count_values(const struct sample *s, uint32_t n, bool *empty)
{
    uint64_t sum = 0;

    *empty = n == 0;
    for (uint32_t i = 0; i < n; i++) {
        sum += s[i].n;
        *empty |= s[i].n == 0;
    }
    return sum;
}

/* Differences of the resamples, sorted, owned by the caller; NULL: there is nothing to draw from.
 */
static double *contrasts(const struct sample *a, uint32_t n_a, const struct sample *b, uint32_t n_b,
                         bool categories_too, uint64_t seed, uint32_t *resamples)
{
    bool empty_a, empty_b;
    double *out;

    *resamples =
        bootstrap_resamples(count_values(a, n_a, &empty_a) + count_values(b, n_b, &empty_b));
    if (empty_a || empty_b)
        return NULL;
    out = g_new(double, *resamples);
    for (uint32_t i = 0; i < *resamples; i++) {
        double of_a = drawn_mean_of_means(a, n_a, categories_too, &seed);

        out[i] = of_a - drawn_mean_of_means(b, n_b, categories_too, &seed);
    }
    sort_doubles(out, *resamples);
    return out;
}

struct interval bootstrap_contrast(const struct sample *a, uint32_t n_a, const struct sample *b,
                                   uint32_t n_b, bool categories_too, uint64_t seed)
{
    uint32_t resamples;
    double *differences = contrasts(a, n_a, b, n_b, categories_too, seed, &resamples);
    struct interval out = {NAN, NAN};

    if (differences)
        out = sorted_interval(differences, resamples);
    g_free(differences);
    return out;
}

/* What a resample of categories' means comes to, before and after. */
struct drawn_pair {
    double before, after;
};

static struct drawn_pair drawn_pair_of(const struct paired_sample *s, uint32_t n, uint64_t *state)
{
    struct drawn_pair mean = {0, 0};

    for (uint32_t c = 0; c < n; c++) {
        struct drawn_pair sum = {0, 0};

        for (uint32_t i = 0; i < s[c].n; i++) {
            uint64_t at = random_below(state, s[c].n);

            sum.before += s[c].before[at];
            sum.after += s[c].after[at];
        }
        mean.before += sum.before / s[c].n / n;
        mean.after += sum.after / s[c].n / n;
    }
    return mean;
}

static uint64_t count_pairs(const struct paired_sample *s, uint32_t n, bool *empty)
{
    uint64_t sum = 0;

    *empty |= n == 0;
    for (uint32_t i = 0; i < n; i++) {
        sum += s[i].n;
        *empty |= s[i].n == 0;
    }
    return sum;
}

struct interval bootstrap_contrast_left(const struct paired_sample *a, uint32_t n_a,
                                        const struct paired_sample *b, uint32_t n_b, uint64_t seed)
{
    bool none = false;
    uint64_t values = count_pairs(a, n_a, &none) + count_pairs(b, n_b, &none);
    uint32_t resamples = none ? 0 : bootstrap_resamples(values);
    double *left = g_new(double, (gsize)resamples + 1);
    struct interval out = {NAN, NAN};

    for (uint32_t i = 0; i < resamples && !none; i++) {
        struct drawn_pair of_a = drawn_pair_of(a, n_a, &seed);
        struct drawn_pair of_b = drawn_pair_of(b, n_b, &seed);

        none = of_a.before - of_b.before <= 0;
        left[i] = (of_a.after - of_b.after) / (of_a.before - of_b.before);
    }
    if (!none) {
        sort_doubles(left, resamples);
        out = sorted_interval(left, resamples);
    }
    g_free(left);
    return out;
}

double *bootstrap_means(const struct sample *s, uint32_t n, uint64_t seed, uint32_t *resamples)
{
    bool empty;
    double *means;

    *resamples = bootstrap_resamples(count_values(s, n, &empty));
    means = g_new0(double, (gsize)*resamples *n + 1);
    for (uint32_t b = 0; b < *resamples; b++)
        for (uint32_t c = 0; c < n; c++)
            if (s[c].n)
                means[(gsize)b * n + c] = drawn_mean(s[c].values, s[c].n, &seed);
    return means;
}

struct ranked {
    double p;
    uint32_t index;
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->p != y->p)
        return x->p < y->p ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

void holm_adjust(const double *p, uint32_t n, double *adjusted)
{
    struct ranked *order = g_new(struct ranked, (gsize)n + 1);
    uint32_t m = 0;
    double most = 0;

    for (uint32_t i = 0; i < n; i++) {
        adjusted[i] = NAN;
        if (!isnan(p[i]))
            order[m++] = (struct ranked){p[i], i};
    }
    qsort(order, m, sizeof *order, compare_ranked);
    for (uint32_t k = 0; k < m; k++) {
        most = fmax(most, fmin(order[k].p * (m - k), 1));
        adjusted[order[k].index] = most;
    }
    g_free(order);
}
