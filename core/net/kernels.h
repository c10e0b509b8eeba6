/* Inner loops of a pass over a row of floats, a table for each width of vectors; all
 * tables give the same bits. Rows need no alignment; out may be x. Any thread. */
#ifndef TARE_CORE_NET_KERNELS_H
#define TARE_CORE_NET_KERNELS_H

#include "core/dtype.h"
#include "core/net/backward_kernels.h"
#include "core/net/product.h"
#include "core/net/spec.h"

struct net_kernels {
    const char *name;
    /* Floats of stored weights: f32, bf16, f16; exact. */
    void (*widen)(float *to, const void *from, enum dtype dtype, size_t n);
    float (*sum)(const float *x, size_t n);
    float (*squares)(const float *x, size_t n, float about); /* sum (x_i - about)^2 */
    /* (x - mean) * scale * (gain + offset) + bias; bias NULL: 0 */
    void (*normalise)(float *out, const float *x, size_t n, float mean, float scale,
                      const float *gain, float offset, const float *bias);
    /* Within 1e-6 of the value, relative, or 1e-30; by enum net_activation. */
    void (*activate[NET_RELU + 1])(float *out, const float *x, size_t n);
    void (*add)(float *to, const float *x, size_t n);
    void (*multiply)(float *to, const float *x, size_t n);
    void (*scale)(float *to, size_t n, float by);
    /* (a, b) -> (a cos - b sin, b cos + a sin); of (b, a) it turns back */
    void (*rotate)(float *a, float *b, const float *cosine, const float *sine, size_t n);
    /* x_i = exp(x_i) / sum; returns log sum exp(x_i). */
    float (*softmax)(float *x, size_t n);
    /* log sum exp(x_i), the sum in float64 */
    double (*log_sum)(const float *x, size_t n);
    const struct product_kernels *product;
    const struct backward_kernels *backward;
};

/* For this processor, or the one that TARE_CPU names (scalar, avx2, avx512); NULL if it names none
 * that runs here. */
const struct net_kernels *net_kernels_choose(const char *tare_cpu);

#endif
