/* Token ids to rows, and what the tables have of the rows' gradient. */
#ifndef TARE_CORE_NET_OP_EMBED_H
#define TARE_CORE_NET_OP_EMBED_H

#include "core/net/run.h"
#include "core/net/weights.h"

/* out[i] = tokens[ids[i]] * scale + table[first_position + positions[i]] + extra. */
struct op_embed {
    const struct net_matrix *tokens, *table; /* table->values NULL: none */
    const float *extra;                      /* [hidden]; NULL: none */
    float scale;
    uint32_t first_position;
    const uint32_t *ids, *positions; /* [out.n] */
    struct net_rows out;
};

void op_embed(const struct net_run *run, const struct op_embed *e);

/* Added to the tables' gradients, row after row: a token may stand in many. */
struct op_embed_backward {
    const struct op_embed *of;        /* its tables are not read, its out is the rows' gradient */
    float *dtokens, *dtable, *dextra; /* f32, of the tables' shapes; NULL: not wanted */
};

void op_embed_backward(const struct net_run *run, const struct op_embed_backward *o);

#endif
