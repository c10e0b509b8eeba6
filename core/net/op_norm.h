/* Layer and root-mean-square norms of rows, or of each of the parts that rows fall into, and what x
 * and gain have of the result's gradient. */
#ifndef TARE_CORE_NET_OP_NORM_H
#define TARE_CORE_NET_OP_NORM_H

#include "core/net/run.h"

struct op_norm {
    enum net_norm kind;
    uint32_t n;               /* elements that are normed together */
    uint32_t parts;           /* of a row: heads for a norm by head, else 1 */
    const float *gain, *bias; /* [n]; bias NULL: 0 */
    double offset;            /* added to the gain */
    double epsilon;
    struct net_rows x;
    float *out; /* may be x.values; rows out_stride apart */
    size_t out_stride;
    float *means, *scales; /* [x.n][parts]: the mean (0 for RMS), 1 / deviation; NULL: not kept */
};

void op_norm(const struct net_run *run, const struct op_norm *o);

/* The way back: means and scales of `of` are made again from its x; its out and bias are not read.
 */
struct op_norm_backward {
    struct op_norm of; /* means and scales: room for them */
    const float *dout; /* rows dout_stride apart */
    size_t dout_stride;
    float *dx; /* rows of x's length, dx_stride apart; may be dout */
    size_t dx_stride;
    bool add;             /* to what dx holds */
    float *dgain, *dbias; /* [n], added to; NULL: not wanted */
};

void op_norm_backward(const struct net_run *run, const struct op_norm_backward *o);

#endif
