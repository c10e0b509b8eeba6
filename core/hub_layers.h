/* KerasHub's count of layers: a .lora.h5 names its targets by their index in the flattened list of
 * the backbone's layers that have weights (keras_hub/src/models/backbone.py save_lora_weights).
 *
 * The list is Layer._flatten_layers of Keras: a layer, then its sublayers from the last made to the
 * first. A file does not say in which order a layer made its sublayers: that is known per class, a
 * row each, as the classes' sources have it. One thread. */
#ifndef TARE_CORE_HUB_LAYERS_H
#define TARE_CORE_HUB_LAYERS_H

#include "core/source.h"

struct hub_layer {
    char *path;      /* "/layers/transformer_decoder/_self_attention_layer/query_dense"; owned */
    uint32_t kernel; /* its first variable; PAIR_NONE: it has none of its own */
};

struct hub_layers {
    struct hub_layer *layers;
    uint32_t n;
};

/* NULL and the reason, without the file's name, where the order can't be known. */
struct hub_layers *hub_layers_create(const struct source *s, GError **error);
void hub_layers_destroy(struct hub_layers *l);

#endif
