/* c = a b, of rows as they are stored: what the gradients of x W^T are made of.
 *
 * Each element is one sum in the order of k, so that neither tiles nor threads change a bit. */
#ifndef TARE_CORE_NET_OP_PRODUCT_H
#define TARE_CORE_NET_OP_PRODUCT_H

#include "core/net/run.h"

struct op_product {
    const float *a; /* [m][k], or [k][m] where it is turned */
    size_t a_stride;
    bool turned;
    const void *b; /* [k][n] of dtype (f32, bf16, f16), packed */
    enum dtype dtype;
    float *c; /* [m][n], packed */
    bool add; /* to what c holds */
    uint32_t m, n;
    size_t k;
};

/* Floats that a thread's scratch must have, and run.packed. */
size_t op_product_scratch(void);
size_t op_product_packed(void);
void op_product(const struct net_run *run, const struct op_product *o);

#endif
