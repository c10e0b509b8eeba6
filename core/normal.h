/* The normal distribution. */
#ifndef TARE_CORE_NORMAL_H
#define TARE_CORE_NORMAL_H

/* P(Z <= z) */
double normal_cdf(double z);
/* Its inverse: -INFINITY at 0, INFINITY at 1; NAN outside. Relative error about 1e-16 (Wichura
 * 1988, algorithm AS 241, PPND16). */
double normal_quantile(double p);

#endif
