/* Inner loops of the activity, a table for each width of vectors; all tables give the same bits:
 * element i goes to lane i % 8, lanes are folded in halves, nothing is fused. Any thread. */
#ifndef TARE_CORE_ACTIVITY_KERNELS_H
#define TARE_CORE_ACTIVITY_KERNELS_H

#include <stddef.h>

struct activity_kernels {
    const char *name;
    /* sum_i += x_i, and most_i becomes the larger of it and |x_i|, with `rectified` x_i; what is
     * not finite counts as 0. */
    void (*add_units)(double *sum, float *most, const float *x, size_t n);
    void (*add_units_rectified)(double *sum, float *most, const float *x, size_t n);
    /* sum |x_i| over what is finite; *largest: of |x_i| over all that is no NaN */
    double (*magnitude)(const float *x, size_t n, float *largest);
    /* p_i = w_i / sum w_i; of a sum of 0 they stay 0. */
    void (*normalise)(double *p, const float *w, size_t n);
    /* -sum p ln p, nats; p_i is 0 or normal. */
    double (*entropy)(const double *p, size_t n);
    /* sum p_i |at - i| */
    double (*distance)(const double *p, size_t n, double at);
    /* Jensen and Shannon's divergence of two distributions, nats: to the last digits for nearly
     * equal ones. */
    double (*divergence)(const double *p, const double *q, size_t n);
    /* sum exp(x_i - top); *cross += sum exp(x_i - top) (x_i - y_i). exp within 1e-15, 0 below
     * exp(-700). x_i <= top. */
    double (*exponentials)(const float *x, const float *y, size_t n, float top, double *cross);
};

/* For this processor, or the one that TARE_CPU names (scalar, avx2, avx512); NULL if it names none
 * that runs here. */
const struct activity_kernels *activity_kernels_choose(const char *tare_cpu);

#endif
