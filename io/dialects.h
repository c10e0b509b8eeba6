/* The rows of the dialect table, a file each, and what the two legacy ones share. */
#ifndef TARE_IO_DIALECTS_H
#define TARE_IO_DIALECTS_H

#include "io/dialect.h"

extern const struct dialect dialect_lora, dialect_hf_tf, dialect_keras2, dialect_keras3,
    dialect_plain;

/* Group that holds the layers of a Keras 2 file: "/model_weights" or the root; LISTING_NONE if the
 * file has neither that group nor layer names. */
guint32 legacy_root(const struct claims *c);

/* Claims what layer_names and weight_names list, in their order, then what lies in the layers'
 * groups unlisted. name_of gives the canonical name of weight `weight` (a path) in layer group
 * `layer`, owned by the caller. */
void legacy_claim(struct claims *c, guint32 root,
                  char *(*name_of)(const char *layer, const char *weight));

#endif
