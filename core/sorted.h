/* Numbers in order. Pure. */
#ifndef TARE_CORE_SORTED_H
#define TARE_CORE_SORTED_H

#include <stddef.h>
#include <stdint.h>

/* Ascending; none may be NAN. values may be NULL where n is 0. */
void sort_doubles(double *values, size_t n);
/* By linear interpolation between sorted values, as numpy.quantile does it; NAN: n is 0, or p is not
 * from 0 to 1. */
double sorted_quantile(const double *sorted, uint32_t n, double p);
/* The middle one, or the mean of the two; NAN: n is 0. */
double sorted_median(const double *sorted, size_t n);

#endif
