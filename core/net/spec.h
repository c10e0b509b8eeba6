/* What has to be known of a transformer to run it: its shape, and the choices its family made.
 *
 * Read off a checkpoint's shapes and its model_config; what neither says falls to the family's
 * habit, and `assumed` names it, so that a screen can say so. Values; any thread. */
#ifndef TARE_CORE_NET_SPEC_H
#define TARE_CORE_NET_SPEC_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct checkpoint;

enum net_norm {
    NET_NORM_LAYER, /* (x - mean) / sqrt(var + eps) * gain + bias: Ba et al. 2016 */
    NET_NORM_RMS    /* x / sqrt(mean x^2 + eps) * gain: Zhang and Sennrich 2019 */
};

enum net_positions {
    NET_POSITIONS_LEARNED, /* a table, added to the embedding */
    NET_POSITIONS_ROPE     /* rotary: Su et al. 2021, halves rotated as transformers does */
};

enum net_activation {
    NET_GELU_TANH, /* 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) */
    NET_GELU_ERF,  /* 0.5 x (1 + erf(x / sqrt 2)) */
    NET_SILU,      /* x sigmoid(x) */
    NET_RELU
};

/* Llama 3's stretch of the rotary wavelengths (transformers, _compute_llama3_parameters);
 * factor 0: none. linear: factor alone, others 0. */
struct net_rope_scaling {
    double factor, low, high;
    uint32_t original; /* positions the model was first trained on */
};

struct net_spec {
    uint32_t layers, hidden, heads, kv_heads, head_dim, intermediate;
    uint32_t vocabulary; /* rows of the token table */
    uint32_t positions;  /* the longest sequence; 0: no limit is known */
    uint32_t first_position; /* the row of a learned table that the first token gets (RoBERTa: 2) */
    bool causal;         /* each token sees those before it; false: an encoder */
    bool pre_norm;       /* norms stand before what they feed (GPT-2, Llama); false: behind (BERT) */
    bool gated;          /* down(act(gate x) * up x) in place of down(act(up x)) */
    bool tied;           /* the head is the token table */
    enum net_norm norm;
    enum net_positions position;
    enum net_activation activation;
    double norm_epsilon;
    double norm_offset;  /* added to every gain: 1 for Gemma */
    double embed_scale;  /* of token rows: sqrt(hidden) for Gemma, else 1 */
    double rope_base;
    struct net_rope_scaling rope_scaling;
    uint32_t window;     /* a token sees at most so many back, itself included; 0: all (Mistral) */
};

/* False with TARE_ERROR_INPUT: an architecture that can't be run, or shapes that don't fit each
 * other; the message names the tensor or the field. Whatever is inside a block must be understood: a
 * weight of no known part is refused. *assumed (may be NULL): a list such as "rope_base,
 * norm_epsilon" of what no file said, in a string the caller frees; NULL: nothing. */
gboolean net_spec_of(const struct checkpoint *c, struct net_spec *out, char **assumed,
                     GError **error);

#endif
