/* Some queries of one head of a sequence against the keys that any of them sees: the products that
 * attention and its way back are made of. Private to core/net. */
#ifndef TARE_CORE_NET_OP_ATTENTION_TILE_H
#define TARE_CORE_NET_OP_ATTENTION_TILE_H

#include "core/net/op_attention.h"

#define ATTENTION_QUERIES 64 /* of a tile */

struct attention_tile {
    const struct net_run *run;
    const struct op_attention *o;
    const struct attention_span *span;
    uint32_t head, query, queries; /* query: within the span */
    uint32_t key, keys;
    float *scores; /* [queries][keys], rows stride apart */
    size_t stride;
    float *packed; /* a panel of keys or values */
    float *spare;  /* a product of which not all columns exist */
    float *rest;   /* of the scratch: room for scores */
};

/* Rows of a matrix, one below the other. */
struct attention_rows {
    const float *values;
    size_t stride;
};

/* Floats of a thread's scratch before `rest`. */
size_t attention_tile_scratch(uint32_t head_dim);
/* Of a span from a query on; scores are not set. */
struct attention_tile attention_tile(const struct net_run *run, const struct op_attention *o,
                                     const struct attention_span *span, uint32_t head,
                                     uint32_t query, float *scratch);
uint32_t attention_tiles(const struct attention_span *s);

/* Keys from .. to - 1 of the tile's are seen by its query `row`. */
void attention_seen(const struct attention_tile *t, uint32_t row, uint32_t *from, uint32_t *to);
/* scores = queries keys^T, both with head_dim columns; what is not seen may be left out. */
void attention_score(const struct attention_tile *t, struct attention_rows queries,
                     struct attention_rows keys);
/* out[queries][head_dim] = scores values */
void attention_mix(const struct attention_tile *t, struct attention_rows values, float *out,
                   size_t out_stride);
/* out[keys][head_dim] += scores^T values; turned: room for [keys][ATTENTION_QUERIES] */
void attention_spread(const struct attention_tile *t, struct attention_rows values, float *turned,
                      float *out, size_t out_stride);

#endif
