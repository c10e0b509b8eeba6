#include "core/arch_generic.h"

#include "core/arch_form.h"
#include "core/arch_heads.h"

static int score(const struct source *s, const struct arch_blocks *blocks)
{
    (void)s;
    (void)blocks;
    return 1;
}

void arch_generic_map(const struct source *s, const struct arch_blocks *blocks,
                      struct place *places)
{
    for (uint32_t i = 0; i < s->n_tensors; i++) {
        const char *rest;

        places[i] = (struct place){.block = arch_blocks_of(blocks, i, &rest)};
        arch_form_fill(&s->tensors[i], &places[i]);
    }
    arch_heads_fill(s, places);
}

const struct arch arch_generic = {.name = "generic", .score = score, .map = arch_generic_map};
