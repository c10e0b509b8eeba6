#include "core/arch_generic.h"

#include "core/arch_blocks.h"
#include "core/arch_form.h"
#include "core/arch_heads.h"

static int score(const struct source *s)
{
    (void)s;
    return 1;
}

uint32_t arch_generic_map(const struct source *s, struct place *places)
{
    struct arch_blocks *blocks = arch_blocks_find(s);
    uint32_t n = arch_blocks_count(blocks);
    const char *rest;

    for (uint32_t i = 0; i < s->n_tensors; i++) {
        const struct tensor *t = &s->tensors[i];

        places[i] = (struct place){.block = -1};
        arch_form_fill(t, &places[i]);
        if (t->kind != TENSOR_OPTIMIZER)
            places[i].block = arch_blocks_of(blocks, t->name, &rest);
    }
    arch_blocks_destroy(blocks);
    arch_heads_fill(s, places);
    return n;
}

const struct arch arch_generic = {.name = "generic", .score = score, .map = arch_generic_map};
