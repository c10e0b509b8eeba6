/* The configuration that frameworks write into or beside a weight file, in the program's words. */
#ifndef TARE_IO_MODEL_CONFIG_H
#define TARE_IO_MODEL_CONFIG_H

#include "core/model_config.h"
#include "io/listing.h"

/* From JSON text (Hugging Face's config.json, or KerasHub's with its "config" object); NULL or not
 * JSON: nothing is said. */
void model_config_from_json(const char *text, struct model_config *out);

/* What `out` does not know yet, from attributes of the file's root ("n_head", "num_heads" ...). */
void model_config_from_attributes(const struct listing *l, struct model_config *out);

#endif
