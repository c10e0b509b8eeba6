/* The factors that a run with low-rank adapters has learned, as PEFT names them:
 * base_model.model.TARGET.lora_A.weight [rank][in] and lora_B.weight [out][rank], float32.
 *
 * B holds the scale too, so that alpha is the rank, as for every adapter of which nothing is said.
 */
#ifndef TARE_CORE_TRAIN_ADAPTER_SOURCE_H
#define TARE_CORE_TRAIN_ADAPTER_SOURCE_H

#include "core/train/training.h"

/* Copies the factors; path: what it is called. NULL: the run has none. */
struct source *adapter_source_create(const struct training *t, const char *path);

#endif
