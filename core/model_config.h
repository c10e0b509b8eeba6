/* What a model's configuration says of its shape, in the same words whatever framework wrote it.
 *
 * io fills it from config.json beside the file, from a configuration inside it, or from attributes;
 * everything in it is a claim of the file: checked against shapes before it is believed. Values, any
 * thread. */
#ifndef TARE_CORE_MODEL_CONFIG_H
#define TARE_CORE_MODEL_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#define MODEL_TYPE_BYTES 48
#define MODEL_WORD_BYTES 32
#define MODEL_ODD_BYTES 96

enum tied { TIED_UNKNOWN, TIED_NO, TIED_YES };

/* Rotary positions. */
struct model_rope {
    char scaling[MODEL_WORD_BYTES]; /* "linear", "llama3" ... as written; "" or "default": none */
    double base, factor, low, high;
    uint32_t original; /* positions before it was stretched */
};

/* 0 or "": not said. */
struct model_config {
    char type[MODEL_TYPE_BYTES]; /* "gpt2", "llama", "GPT2Backbone" ... as written; "" if none */
    uint32_t layers, hidden, heads, kv_heads, head_dim, intermediate, vocabulary;
    uint32_t positions; /* the longest sequence */
    uint32_t window;    /* a token sees at most so many back, itself included */
    bool window_in_some; /* but not in every block */
    enum tied tied; /* input embedding and output head are one */
    char activation[MODEL_WORD_BYTES]; /* "gelu_new" ... as written */
    double norm_epsilon;
    struct model_rope rope;
    /* The first setting that is no model's number, or that changes what the model computes in a way
     * that only few know: "scale_attn_weights false". */
    char odd[MODEL_ODD_BYTES];
};

#endif
