/* Softmax attention of every head of every sequence: softmax(q k^T / sqrt(head_dim)) v. Scores are
 * made for a tile of queries at once, so memory grows with the keys, not with their square; the way
 * back makes them again from the log sums (Dao et al. 2022, FlashAttention). */
#ifndef TARE_CORE_NET_OP_ATTENTION_H
#define TARE_CORE_NET_OP_ATTENTION_H

#include "core/net/run.h"

/* Queries and what they look at, as rows of the operands: the last query stands at the place of the
 * last key. */
struct attention_span {
    uint32_t query, queries;
    uint32_t key, keys;
};

struct op_attention {
    uint32_t heads, kv_heads, head_dim;
    bool causal;
    uint32_t window; /* keys that a query sees at most, itself included; 0: all */
    const float *q;  /* head h of row i: q + i * q_stride + h * head_dim */
    size_t q_stride;
    const float *k, *v; /* by kv head, likewise */
    size_t kv_stride;
    const struct attention_span *spans;
    uint32_t n_spans;
    float *out; /* as q, rows of heads * head_dim, packed */
    /* Of the only span: [heads][queries][keys], 0 where nothing is seen; NULL: not kept. */
    float *weights;
    float *log_sums; /* [query rows][heads], of the scores' exponentials; NULL: not kept */
};

/* Floats that a thread's scratch must have for spans of at most `keys`, head_dim elements each. */
size_t op_attention_scratch(uint32_t keys, uint32_t head_dim);
void op_attention(const struct net_run *run, const struct op_attention *o);

/* What q, k and v have of out's gradient. Spans are whole sequences: queries == keys. */
struct op_attention_backward {
    struct op_attention of; /* out and log_sums as the way there left them; weights is not read */
    const float *dout;      /* as out */
    float *dq, *dk, *dv;    /* as q, k, v, with their strides */
};

size_t op_attention_backward_scratch(uint32_t keys, uint32_t head_dim);
void op_attention_backward(const struct net_run *run, const struct op_attention_backward *o);

#endif
