/* Mergeable statistics of one tensor, and of a pair of tensors.
 *
 * Everything is over the finite elements. Sums are kept scaled by 2^-scale, so that squares of
 * 1e300 neither overflow nor vanish. Central moments merge by Pebay 2008 (SAND2008-6212),
 * eq. 2.1, 3.1, 1.6. Values, no ownership; any thread. */
#ifndef TARE_CORE_SCAN_STATS_H
#define TARE_CORE_SCAN_STATS_H

#include <stdbool.h>
#include <stdint.h>

struct stats {
    uint64_t elems; /* all, also the ones that are not finite */
    uint64_t nan, inf, zeros;
    int32_t scale;           /* l1 and mean in units of 2^scale, sumsq and m2 of 2^2scale, ... */
    double l1, sumsq;        /* sum |x|, sum x^2 */
    double mean, mean_low;   /* of the finite elements, as an unevaluated sum */
    double m2, m3, m4;       /* sum (x - mean)^k */
    double min, max;         /* unscaled; NAN if nothing is finite */
    uint64_t min_at, max_at; /* first index where they stand */
    /* Exact range of a 64-bit integer tensor in its own type; valid if has_exact. */
    bool has_exact;
    int64_t exact_min, exact_max; /* for an unsigned type: the same bits as uint64_t */
};

struct pair_stats {
    /* delta = (double)tuned - (double)base; where a side is not finite, delta counts as NaN. */
    struct stats base, tuned, delta;
    /* Over the elements where both sides are finite, the denominators of `relative` and cosine:
     * sums of squares in units of 2^2base_scale and 2^2tuned_scale, and of base * delta in units of
     * 2^(base_scale + delta.scale). */
    int32_t base_scale, tuned_scale;
    double base_sumsq, tuned_sumsq, base_dot_delta;
    uint64_t unchanged;  /* equal values; infinities and two NaNs too */
    uint64_t sign_flips; /* both non-zero and of opposite sign */
};

/* An empty one: merging it into anything changes nothing. */
void stats_init(struct stats *s);
void pair_stats_init(struct pair_stats *p);

/* next follows into in element order; positions of next are already absolute. */
void stats_merge(struct stats *into, const struct stats *next);
void pair_stats_merge(struct pair_stats *into, const struct pair_stats *next);

/* Finished numbers; NAN where nothing is defined, but the norms of nothing are 0. */
uint64_t stats_finite(const struct stats *s);
double stats_l1(const struct stats *s);
double stats_l2(const struct stats *s);
double stats_rms(const struct stats *s);
double stats_mean(const struct stats *s);
double stats_std(const struct stats *s);      /* population */
double stats_skewness(const struct stats *s); /* biased, m3 / m2^1.5 */
double stats_kurtosis(const struct stats *s); /* excess, biased, m4 / m2^2 - 3 */
double stats_max_abs(const struct stats *s);

double pair_relative(const struct pair_stats *p); /* |delta| / |base|, NAN if |base| is 0 */
/* 1 - cos from delta and base.delta, accurate for tiny angles; NAN if either side is 0. */
double pair_cosine_distance(const struct pair_stats *p);
/* <delta, base> / |base|, and what is left of delta at right angles to base. */
double pair_radial(const struct pair_stats *p);
double pair_tangential(const struct pair_stats *p);
/* <base, tuned> / |base|^2: the factor by which the base alone comes closest; NAN if |base| is 0. */
double pair_decay(const struct pair_stats *p);

#endif
