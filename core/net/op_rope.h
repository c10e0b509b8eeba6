/* Rotary positions. The gradient is turned back by the same angles. */
#ifndef TARE_CORE_NET_OP_ROPE_H
#define TARE_CORE_NET_OP_ROPE_H

#include "core/net/run.h"

/* cosine, sine [positions][head_dim / 2] of position times frequency; frequencies and angles are
 * rounded to float32 as in training (transformers, modeling_rope_utils.py). */
void op_rope_tables(const struct net_spec *spec, uint32_t positions, float *cosine, float *sine);

/* Turns the first `heads` heads of each row, in place, or back. */
struct op_rope {
    struct net_rows x;
    uint32_t heads, head_dim;
    const float *cosine, *sine;
    const uint32_t *positions; /* [x.n] */
    bool back;
};

void op_rope(const struct net_run *run, const struct op_rope *o);

#endif
