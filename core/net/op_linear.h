/* x W^T + bias, on tiles whose size does not depend on the number of threads. An element has the
 * same bits whatever rows stand beside it. And what x, W and bias have of the result's gradient:
 * dx = dout W, dW = dout^T x, the sums of dout's columns. */
#ifndef TARE_CORE_NET_OP_LINEAR_H
#define TARE_CORE_NET_OP_LINEAR_H

#include "core/net/run.h"
#include "core/net/weights.h"

struct op_linear {
    const struct net_matrix *w; /* [out][in] */
    const float *bias;          /* [out]; NULL: 0 */
    const float *x;             /* [rows][in], rows x_stride apart */
    size_t x_stride;
    uint32_t rows;
    float *out; /* [rows][w->out], packed */
    bool add;   /* to what out holds */
};

/* Floats that a thread's scratch must have, and run.packed for w. */
size_t op_linear_scratch(void);
size_t op_linear_packed(const struct net_matrix *w);
void op_linear(const struct net_run *run, const struct op_linear *o);

/* All packed. Needs what op_product does. */
struct op_linear_backward {
    const struct net_matrix *w;
    const float *x;    /* [rows][in] */
    const float *dout; /* [rows][out] */
    uint32_t rows;
    float *dx;    /* [rows][in]; NULL: not wanted */
    bool add;     /* to what dx holds */
    float *dw;    /* [out][in], added to; NULL: not wanted */
    float *dbias; /* [out], added to, row after row; NULL: not wanted */
};

void op_linear_backward(const struct net_run *run, const struct op_linear_backward *o);

#endif
