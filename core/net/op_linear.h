/* x W^T + bias, on tiles whose size does not depend on the number of threads. An element has the
 * same bits whatever rows stand beside it.
 * Backward will need: x; dW = dout^T x, dx = dout W. */
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

#endif
