/* How attention heads lie in the matrices of a model. */
#ifndef TARE_CORE_ARCH_HEADS_H
#define TARE_CORE_ARCH_HEADS_H

#include "core/arch.h"

/* Fills heads, kv_heads, head_dim and where they lie, for every attention matrix: from shapes of
 * three dimensions, else from the configuration where it agrees with the shapes; otherwise all stay
 * 0. places[s->n_tensors] with block, role, orientation, row_axes and slot. */
void arch_heads_fill(const struct source *s, struct place *places);

/* Of the first attention that is known, query heads and key/value heads; 0: none. */
void arch_heads_of_model(const struct place *places, uint32_t n, uint32_t *heads,
                         uint32_t *kv_heads);

#endif
