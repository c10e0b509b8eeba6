/* A family of transformers as a table: what a part is called in each framework, and its slot.
 *
 * A row matches a tensor if its words are the last parts of the name before the variable
 * ("weight", "kernel", "gamma" ...), or the last parts with it; the longest match wins. What no row
 * matches is placed by its words, as in any model.
 *
 * Slots are the same for the same part in every framework; the variable follows behind a dot:
 *   embed.tokens embed.positions embed.types (.table)  embed.norm
 *   ln_1 ln_2 ln_3 final_norm (.gain .offset): in the order of a block
 *   attn.q attn.k attn.v attn.qkv attn.out, cross.* to another stack, attn.q_norm attn.k_norm
 *   mlp.up mlp.gate mlp.gate_up mlp.down, pooler, head (.kernel .bias) */
#ifndef TARE_CORE_ARCH_FAMILY_H
#define TARE_CORE_ARCH_FAMILY_H

#include "core/arch.h"

struct arch_row {
    const char *parts; /* "attn.c_attn" */
    const char *slot;
    enum role role;
    /* How "weight" lies where it is not torch's Linear; ORIENTATION_NONE: as that. */
    enum orientation weight;
};

struct arch_family {
    const char *const *types;      /* parts of model_config.type, lower case; NULL-terminated */
    const struct arch_row *inside; /* of blocks; ends with parts NULL */
    const struct arch_row *outside;
    const char *const *marks; /* slots of which one must be in a block; NULL-terminated */
    bool interleaved;         /* fused q, k, v lie side by side per head */
};

/* 0 if no block has one of the marks; otherwise by the share of the blocks' weights that a row
 * matches, and more if the configuration names the family. */
int arch_family_score(const struct arch_family *f, const struct source *s,
                      const struct arch_blocks *blocks);
void arch_family_map(const struct arch_family *f, const struct source *s,
                     const struct arch_blocks *blocks, struct place *places);

#endif
