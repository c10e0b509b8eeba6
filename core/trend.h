/* Does a sequence rise or fall? Rank correlation, its significance, and a robust slope.
 *
 * Pure functions; the shuffles have a fixed seed, so the same numbers come out everywhere. */
#ifndef TARE_CORE_TREND_H
#define TARE_CORE_TREND_H

#include <stdbool.h>
#include <stdint.h>

/* Spearman's rho of y against its index (core/ranks.h). */
double trend_rho(const double *y, uint32_t n);
/* Its two-sided p. */
double trend_p(const double *y, uint32_t n);
/* Theil and Sen: the median of the slopes of all pairs, over those where both x and y are finite
 * and x differs; NAN if there are none. */
double trend_slope(const double *x, const double *y, uint32_t n);

#endif
