/* What a model's configuration says of its shape, in the same words whatever framework wrote it.
 *
 * io fills it from config.json beside the file, from a configuration inside it, or from attributes;
 * everything in it is a claim of the file: checked against shapes before it is believed. Values, any
 * thread. */
#ifndef TARE_CORE_MODEL_CONFIG_H
#define TARE_CORE_MODEL_CONFIG_H

#include <stdint.h>

#define MODEL_TYPE_BYTES 48

enum tied { TIED_UNKNOWN, TIED_NO, TIED_YES };

/* 0: not said. */
struct model_config {
    char type[MODEL_TYPE_BYTES]; /* "gpt2", "llama", "GPT2Backbone" ... as written; "" if none */
    uint32_t layers, hidden, heads, kv_heads, head_dim, intermediate, vocabulary;
    enum tied tied; /* input embedding and output head are one */
};

#endif
