/* Does a sequence rise or fall? Rank correlation, its significance, and a robust slope.
 *
 * Pure functions; the shuffles have a fixed seed, so the same numbers come out everywhere. */
#ifndef TARE_CORE_TREND_H
#define TARE_CORE_TREND_H

#include <stdbool.h>
#include <stdint.h>

/* Up to that many all permutations are tried, beyond it TREND_SHUFFLES random ones. */
#define TREND_EXACT 8
#define TREND_SHUFFLES 10000

/* Spearman's rho of y against its index: Pearson's r of the ranks, ties sharing their mean rank.
 * NAN if n < 2, a value is no number, or all are equal. */
double trend_rho(const double *y, uint32_t n);
/* Two-sided: the share of orders whose |rho| is at least that of this one; of shuffles (k + 1) /
 * (TREND_SHUFFLES + 1) (Phipson and Smyth 2010). NAN where rho is. */
double trend_p(const double *y, uint32_t n);
/* Theil and Sen: the median of the slopes of all pairs, over those where both x and y are finite
 * and x differs; NAN if there are none. */
double trend_slope(const double *x, const double *y, uint32_t n);

#endif
