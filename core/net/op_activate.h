/* The MLP's nonlinearity, with its gate, and what x and up have of the result's gradient. */
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

/* The way back makes the result again: what follows needs it, and it costs next to nothing here. */
struct op_activate_backward {
    struct op_activate of; /* out: not x, not up */
    const float *dout;
    float *dx, *dup; /* either may be dout; dup NULL as up is */
};

void op_activate_backward(const struct net_run *run, const struct op_activate_backward *o);

#endif
