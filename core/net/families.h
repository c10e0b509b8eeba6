/* The choices that families of transformers made, a row each: what a configuration leaves unsaid,
 * as the classes of transformers and KerasHub have it. Private to core/net. */
#ifndef TARE_CORE_NET_FAMILIES_H
#define TARE_CORE_NET_FAMILIES_H

#include "core/net/spec.h"

struct net_family {
    const char *arch; /* the row of the architecture table that maps its names */
    bool causal, pre_norm;
    bool is_tied;  /* unless told otherwise */
    bool is_fixed; /* the class has no setting for the activation and for epsilon */
    enum net_norm norm;
    enum net_positions position;
    enum net_activation activation;
    double norm_epsilon, norm_offset, rope_base;
    bool scales_embedding;
    uint32_t first_position;
};

/* type: model_config.type, whatever its case; "": none is told. False: not known. */
bool net_family_find(const char *arch, const char *type, struct net_family *out);

/* "gpt2, llama, ..." for messages. */
extern const char net_family_types[];

/* transformers' and Keras's names; false: not known. */
bool net_activation_named(const char *name, enum net_activation *out);

#endif
