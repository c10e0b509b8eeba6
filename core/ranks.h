/* Rank correlation, and how often chance alone gives as much. Pure functions; shuffles have a fixed
 * seed. */
#ifndef TARE_CORE_RANKS_H
#define TARE_CORE_RANKS_H

#include <stdint.h>

/* Up to that many values all orders are tried, beyond it RANKS_SHUFFLES random ones. */
#define RANKS_EXACT 8
#define RANKS_SHUFFLES 10000

/* Spearman's rho: Pearson's r of the ranks, ties sharing their mean rank. NAN if n < 2, a value is
 * NAN, or all of x or of y are equal. */
double rank_correlation(const double *x, const double *y, uint32_t n);
/* Two-sided: the share of orders of y whose |rho| is at least that of this one; of shuffles (k + 1)
 * / (RANKS_SHUFFLES + 1) (Phipson and Smyth 2010). NAN where rho is. */
double rank_correlation_p(const double *x, const double *y, uint32_t n);

#endif
