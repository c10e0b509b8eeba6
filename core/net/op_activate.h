/* The MLP's nonlinearity, with its gate. Backward will need: x and up. */
#ifndef TARE_CORE_NET_OP_ACTIVATE_H
#define TARE_CORE_NET_OP_ACTIVATE_H

#include "core/net/run.h"

/* out = f(x), times up; out may be x or up. All [rows][n], packed. */
struct op_activate {
    enum net_activation kind;
    uint32_t rows, n;
    const float *x, *up; /* up NULL: not gated */
    float *out;
};

void op_activate(const struct net_run *run, const struct op_activate *o);

#endif
