/* Numbered blocks in tensor names: "model.layers.10.mlp.up_proj" is of block 10.
 *
 * Where no name has a word for such parts ("layers", "blocks" ...), numbers whose names are alike
 * (core/arch_likeness.h) make them. A stack is all names with the same text before the number;
 * stacks follow each other (encoder, decoder), so a block's number is its stack's first plus the
 * number in the name. Names are read once; the source must outlive this. Immutable once found: any
 * thread. */
#ifndef TARE_CORE_ARCH_BLOCKS_H
#define TARE_CORE_ARCH_BLOCKS_H

#include "core/source.h"

/* Numbers beyond so many blocks are counters of something else. */
#define ARCH_MOST_BLOCKS 100000

struct arch_blocks;

struct arch_blocks *arch_blocks_find(const struct source *s);
void arch_blocks_destroy(struct arch_blocks *b);
uint32_t arch_blocks_count(const struct arch_blocks *b);
/* The block of a tensor, -1 if it is of none (optimizer state never is); *rest: what follows the
 * block's part of the name, the whole name outside the blocks. */
int32_t arch_blocks_of(const struct arch_blocks *b, uint32_t tensor, const char **rest);

#endif
