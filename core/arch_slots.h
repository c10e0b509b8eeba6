/* Tensors by the part of the model they are: (block, slot) to index. One thread. */
#ifndef TARE_CORE_ARCH_SLOTS_H
#define TARE_CORE_ARCH_SLOTS_H

#include <glib.h>
#include "core/arch.h"

/* Of places[n], which must outlive it and stay as they are; the first where several are one part.
 * The caller's. */
GHashTable *arch_slots_index(const struct place *places, uint32_t n);
/* UINT32_MAX: there is none; slot may be NULL. */
uint32_t arch_slots_find(GHashTable *index, int32_t block, const char *slot);

/* Two tensors of a block can't be the same part: what comes second loses its slot. */
void arch_slots_drop_twins(struct place *places, uint32_t n);

#endif
