/* The map that needs no table: numbered blocks in any names, roles by their words. Rows of the
 * architecture table that know more start from it. */
#ifndef TARE_CORE_ARCH_GENERIC_H
#define TARE_CORE_ARCH_GENERIC_H

#include "core/arch.h"

void arch_generic_map(const struct source *s, const struct arch_blocks *blocks,
                      struct place *places);

#endif
