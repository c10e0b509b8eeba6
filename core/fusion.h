/* Parts of a model that one framework keeps in one tensor and another apart: a row each. */
#ifndef TARE_CORE_FUSION_H
#define TARE_CORE_FUSION_H

#include "core/arch_slots.h"

#define FUSION_MOST 3 /* parts of one tensor */

/* The parts of a fused slot ("attn.qkv.bias"), in the order of the outputs, each found in an index
 * of arch_slots_index. Their number; 0: the slot is none, or NULL, or not all are there. */
unsigned fusion_parts(GHashTable *index, int32_t block, const char *slot,
                      uint32_t out[FUSION_MOST]);

#endif
