/* Student's t distribution, and what p values of many tests are worth together. */
#ifndef TARE_CORE_STUDENT_H
#define TARE_CORE_STUDENT_H

#include <stdint.h>

/* P(|T| >= |t|) with df > 0 degrees of freedom, not necessarily whole; relative error about 1e-13.
 * NAN for what is no number. */
double student_two_sided(double t, double df);

/* Benjamini and Hochberg 1995: the smallest false discovery rate at which each is a discovery. NAN
 * stays and is not counted. */
void false_discovery_rates(const double *p, uint32_t n, double *q);

#endif
