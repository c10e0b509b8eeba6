/* Layer and root-mean-square norms of rows, or of each of the parts that rows fall into.
 * Backward will need: x, means and scales. */
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
    float *means,
        *scales; /* [x.n][parts] for backward: the mean (0 for RMS), 1 / deviation; NULL */
};

void op_norm(const struct net_run *run, const struct op_norm *o);

#endif
