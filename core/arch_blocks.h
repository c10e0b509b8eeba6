/* Numbered blocks in tensor names: "model.layers.10.mlp.up_proj" is of block 10.
 *
 * A stack is all names with the same text before the number; stacks follow each other (encoder,
 * decoder), so a block's number is its stack's first plus the number in the name. One thread. */
#ifndef TARE_CORE_ARCH_BLOCKS_H
#define TARE_CORE_ARCH_BLOCKS_H

#include "core/source.h"

struct arch_blocks;

struct arch_blocks *arch_blocks_find(const struct source *s);
void arch_blocks_destroy(struct arch_blocks *b);
uint32_t arch_blocks_count(const struct arch_blocks *b);
/* The block of a name, -1 if it is of none; *rest: what follows the block's part of the name, the
 * whole name outside the blocks. */
int32_t arch_blocks_of(const struct arch_blocks *b, const char *name, const char **rest);

#endif
