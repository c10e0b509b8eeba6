/* Inner loops of the way back over a row of floats, a table for each width of vectors; all tables
 * give the same bits. Rows need no alignment. Any thread. */
#ifndef TARE_CORE_NET_BACKWARD_KERNELS_H
#define TARE_CORE_NET_BACKWARD_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include "core/net/spec.h"

/* A row that was normed, x^ = (x - mean) scale. */
struct normed_row {
    const float *x;
    size_t n;
    float mean, scale;
    bool centred; /* the mean came from x: a layer norm */
};

struct backward_kernels {
    /* f(x), and its slope, which is 0 for a rectifier at 0; by enum net_activation */
    void (*activate[NET_RELU + 1])(float *value, float *slope, const float *x, size_t n);
    /* dx = plus + scale (g - sum g / n - x^ sum g x^ / n), g = dout (gain + offset), the first sum
     * only where it is centred: what a norm's input has of its output's gradient. plus NULL: 0;
     * dx may be dout or plus. */
    void (*norm)(float *dx, const float *plus, const struct normed_row *r, const float *dout,
                 const float *gain, float offset);
    /* Of columns: to += dout x^ */
    void (*norm_gain)(float *to, const struct normed_row *r, const float *dout);
    float (*dot)(const float *a, const float *b, size_t n);
    /* x = by exp(x - about) */
    void (*exponentials)(float *x, size_t n, float about, float by);
    /* x = by weight (x - mean): a softmax's input of its output's gradient, mean = sum weight x */
    void (*softmax)(float *x, const float *weight, size_t n, float mean, float by);
};

#endif
