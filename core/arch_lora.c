/* Adapters: factors of an update, in PEFT's names and KerasHub's. */
#include "core/arch_generic.h"

static int score(const struct source *s, const struct arch_blocks *blocks)
{
    uint32_t factors = 0;

    (void)blocks;
    for (uint32_t i = 0; i < s->n_tensors; i++) {
        if (s->tensors[i].kind != TENSOR_WEIGHT)
            continue;
        if (role_of(&s->tensors[i]) != ROLE_LORA)
            return 0;
        factors++;
    }
    return factors > 0 ? 200 : 0;
}

const struct arch arch_lora = {.name = "lora", .score = score, .map = arch_generic_map};
