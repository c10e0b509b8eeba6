/* The power law that fits the tail of eigenvalues best: alpha of Clauset, Shalizi & Newman 2009, as
 * powerlaw.Fit and weightwatcher fit it. */
#ifndef TARE_CORE_SPECTRUM_TAIL_H
#define TARE_CORE_SPECTRUM_TAIL_H

#include <stdint.h>

struct spectrum_tail {
    double alpha;    /* density ~ lambda^-alpha above xmin; NAN: fewer than two eigenvalues */
    double xmin;     /* smallest eigenvalue of the tail */
    double distance; /* one-sided Kolmogorov-Smirnov distance of tail and fit */
    uint32_t n;      /* eigenvalues in the tail */
};

/* lambda[n] positive, descending. For each xmin among them alpha = 1 + m / sum ln(x / xmin); the
 * one with the least max |1 - (x / xmin)^(1 - alpha) - i / m| is taken. */
void spectrum_tail_fit(const double *lambda, uint32_t n, struct spectrum_tail *out);

#endif
