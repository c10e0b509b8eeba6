/* The weights of a transformer, laid out for running it: one form for every framework's.
 *
 * Matrices are [out][in], row-major, f32, or bf16/f16 as the file has them. Query, key and value
 * are one matrix whatever the file does: rows of all query heads, then of the key heads, then of
 * the value heads. Owned by struct net_weights; once loaded only its owner writes them (a trainer,
 * a blend), and then nobody runs. */
#ifndef TARE_CORE_NET_WEIGHTS_H
#define TARE_CORE_NET_WEIGHTS_H

#include "core/checkpoint.h"
#include "core/net/spec.h"

struct net_matrix {
    void *values; /* [out][in] of dtype; NULL: the model has none */
    enum dtype dtype;
    uint32_t out, in;
};

/* Where a row begins; the row behind the last one is where the matrix ends. */
static inline void *net_matrix_row(const struct net_matrix *m, size_t row)
{
    return (char *)m->values + row * m->in * dtype_info(m->dtype)->bytes;
}

struct net_block {
    float *norm_1, *norm_1_bias; /* [hidden]; NULL: none */
    struct net_matrix qkv;       /* [(heads + 2 kv_heads) head_dim][hidden] */
    float *qkv_bias;
    float *query_norm, *key_norm; /* [head_dim] */
    struct net_matrix out;        /* [hidden][heads head_dim] */
    float *out_bias;
    float *norm_2, *norm_2_bias;
    /* [intermediate][hidden]; of one type, and up's rows stand behind gate's: [2 intermediate] */
    struct net_matrix gate, up;
    float *gate_bias, *up_bias; /* the same */
    struct net_matrix down; /* [hidden][intermediate] */
    float *down_bias;
    float *norm_after_attention, *norm_after_mlp; /* Gemma 2 and 3 */
};

struct net_weights {
    struct net_spec spec;
    char *assumed;                /* of it, what no file said: core/net/spec.h; NULL: nothing */
    struct net_matrix tokens;     /* [vocabulary][hidden] */
    struct net_matrix position;   /* [first_position + positions][hidden], learned */
    float *type_0;                /* BERT: the row of segment 0, added to each token */
    float *embed_norm, *embed_norm_bias;
    struct net_block *blocks;     /* [layers] */
    float *final_norm, *final_norm_bias;
    struct net_matrix head_dense; /* BERT's transform before the head */
    float *head_dense_bias, *head_norm, *head_norm_bias;
    /* [vocabulary][hidden]; values == tokens.values when tied, NULL: an encoder without a head */
    struct net_matrix head;
    float *head_bias;
    uint64_t bytes;               /* of all of it; a tied head once */
};

/* Reads every tensor once. Of a side of a comparison, what that cut to the rows of the vocabulary that
 * both sides have is read whole. False: one is missing, has another shape or can't be read (the message
 * names it), memory is short, or *cancelled became true. Takes its time: not for the UI's thread. */
gboolean net_weights_load(struct net_weights *w, const struct checkpoint *c, const gint *cancelled,
                          GError **error);
void net_weights_finish(struct net_weights *w);
/* Reads every tensor into weights that are there already, loaded from this checkpoint or of the same
 * shapes. Fails as net_weights_load; what was read until then is in w. */
gboolean net_weights_fill(struct net_weights *w, const struct checkpoint *c, const gint *cancelled,
                          GError **error);

/* Where a tensor's values went, so that what changes in a file's terms (a block, a role, a head of
 * a tensor: what-if, freezing, saving) finds them: row r of the tensor in [out][in] form stands in
 * row first + r of *matrix (a fused gate and up in gate, and on into up), or vector[r] holds it.
 * False: it is not part of the forward pass. */
struct net_weight_at {
    struct net_matrix *matrix; /* NULL: a vector */
    float *vector;             /* of a tensor's own first value */
    uint32_t first, rows, columns; /* a vector: columns 1; of BERT's segments only row 0 is there */
    bool transposed; /* the file has it [in][out] */
};
gboolean net_weights_find(struct net_weights *w, const struct checkpoint *c, uint32_t tensor,
                          struct net_weight_at *out);

/* Of the same shapes and all f32, every value 0: a gradient, moments, weights to train. A tied head
 * is tied there too, and net_weights_find gives the same place. False: no memory. */
gboolean net_weights_like(struct net_weights *out, const struct net_weights *w, GError **error);
void net_weights_clear(struct net_weights *w);
/* Makes halves floats, the same values, for training. False: no memory; some may be floats then. */
gboolean net_weights_widen(struct net_weights *w, GError **error);

/* Everything there is to train, once: a tied head is none of its own. Of a clone the same arrays in
 * the same order. */
struct net_array {
    void *values;
    enum dtype dtype;
    uint64_t n;
    bool is_matrix;
    int32_t block; /* -1: outside the blocks */
};
/* Of struct net_array; the caller's. */
GArray *net_weights_arrays(const struct net_weights *w);
/* The same arrays as w's, but NULL for those that are not kept: a gradient of some alone. Its blocks
 * alone are its own: g_free(out->blocks) is all that ends it. */
void net_weights_some(struct net_weights *out, const struct net_weights *w,
                      bool (*keep)(const void *data, const float *values, uint64_t n),
                      const void *data);

#endif
