/* How far a mean could be off, by drawing the examples again with replacement (Efron 1979).
 *
 * 95 % intervals; the same numbers everywhere, for a seed is fixed by the caller. Pure functions;
 * their time is resamples times values. */
#ifndef TARE_CORE_BOOTSTRAP_H
#define TARE_CORE_BOOTSTRAP_H

#include <stdbool.h>
#include <stdint.h>

#define BOOTSTRAP_RESAMPLES 10000u
/* Fewer are made of many values, so that no more than that many are drawn, but never fewer than
 * BOOTSTRAP_LEAST. */
#define BOOTSTRAP_DRAWS 200000000u
#define BOOTSTRAP_LEAST 1000u

struct interval {
    double low, high; /* NAN: not defined */
};

/* A category's values, borrowed. */
struct sample {
    const double *values; /* [n] */
    uint32_t n;
};

double mean_of(const double *values, uint32_t n); /* NAN: n is 0 */
/* Resamples of that many values. */
uint32_t bootstrap_resamples(uint64_t values);
/* The percentile interval of sorted resamples; NAN: n is 0. */
struct interval sorted_interval(const double *sorted, uint32_t n);

/* Of the mean: bias-corrected and accelerated (Efron 1987), as scipy.stats.bootstrap(method='BCa')
 * makes it. Of equal values that value; NAN below 2. */
struct interval bootstrap_mean(const double *values, uint32_t n, uint64_t seed);
/* Of the mean, percentile. */
struct interval bootstrap_mean_percentile(const double *values, uint32_t n, uint64_t seed);

/* Of the mean of a's categories' means less that of b's, percentile: examples are drawn within each
 * category. categories_too: before that the categories themselves, within a and within b, so that
 * it holds for categories like these; of few it is coarse (4 give 35 different draws). NAN if
 * either has no category, or a category no value. */
struct interval bootstrap_contrast(const struct sample *a, uint32_t n_a, const struct sample *b,
                                   uint32_t n_b, bool categories_too, uint64_t seed);
/* What two models make of a category's examples: before[i] and after[i] are of the same one. */
struct paired_sample {
    const double *before, *after; /* [n] */
    uint32_t n;
};

/* Of the contrast after over the contrast before, percentile, examples drawn within each category
 * with both their values: what is left of a difference. NAN as above, and where a resample has no
 * difference before (0 or less). */
struct interval bootstrap_contrast_left(const struct paired_sample *a, uint32_t n_a,
                                        const struct paired_sample *b, uint32_t n_b, uint64_t seed);
/* Means of all categories in each resample (within categories): [*resamples][n], owned by the
 * caller; 0 where a category has no value. */
double *bootstrap_means(const struct sample *s, uint32_t n, uint64_t seed, uint32_t *resamples);
/* The mean of the categories' means. */
double mean_of_means(const struct sample *s, uint32_t n);

/* Holm 1979: p values adjusted for there being n of them; NAN stays and is not counted. */
void holm_adjust(const double *p, uint32_t n, double *adjusted);

#endif
