/* Parts that are one tensor on one side and several on the other: private to core/align*.c. */
#ifndef TARE_CORE_ALIGN_FUSED_H
#define TARE_CORE_ALIGN_FUSED_H

#include "core/align_view.h"

/* (block, slot) to tensor; the caller's. */
GHashTable *align_parts(const struct checkpoint *c);
/* PAIR_NONE: there is none; slot may be NULL. */
uint32_t align_part_find(GHashTable *parts, int32_t block, const char *slot);

/* Recipes for fused tensors of either side whose parts are all on the other, unmatched, of one
 * type, and add up. */
void align_fused(struct matching *m, struct align *a, GHashTable *in_base, GHashTable *in_tuned);

#endif
