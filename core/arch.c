#include "core/arch.h"

extern const struct arch arch_gpt2, arch_llama, arch_bert, arch_t5, arch_neox, arch_keras, arch_lora,
    arch_generic;

const struct arch *const arch_table[] = {
    &arch_gpt2, &arch_llama, &arch_bert, &arch_t5,
    &arch_neox, &arch_keras, &arch_lora, &arch_generic,
    NULL,
};

/* The row with the highest score, the first of equals; never NULL. */
static const struct arch *find(const struct source *s, const struct arch_blocks *blocks)
{
    const struct arch *best = arch_table[0];
    int best_score = 0;

    for (size_t i = 0; arch_table[i]; i++) {
        int score = arch_table[i]->score(s, blocks);

        if (score > best_score) {
            best = arch_table[i];
            best_score = score;
        }
    }
    return best;
}

uint32_t arch_map(const struct source *s, const struct arch **row, struct place *places)
{
    struct arch_blocks *blocks = arch_blocks_find(s);
    uint32_t n = arch_blocks_count(blocks);

    if (!*row)
        *row = find(s, blocks);
    (*row)->map(s, blocks, places);
    arch_blocks_destroy(blocks);
    return n;
}
