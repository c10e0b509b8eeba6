/* Parts that are one tensor on one side and several on the other: private to core/align*.c. */
#ifndef TARE_CORE_ALIGN_FUSED_H
#define TARE_CORE_ALIGN_FUSED_H

#include "core/align_view.h"

/* Recipes for fused tensors of either side whose parts are all on the other, unmatched, of one
 * type, and add up. in_base, in_tuned: arch_slots_index of the two. */
void align_fused(struct matching *m, struct align *a, GHashTable *in_base, GHashTable *in_tuned);

#endif
