#include "core/fusion.h"

#include <string.h>

/* Slots without their variable. */
static const struct {
    const char *fused;
    const char *parts[FUSION_MOST + 1];
} fusions[] = {
    {"attn.qkv", {"attn.q", "attn.k", "attn.v", NULL}},
    {"cross.qkv", {"cross.q", "cross.k", "cross.v", NULL}},
    {"mlp.gate_up", {"mlp.gate", "mlp.up", NULL}},
};

/* The slot "attn.qkv.bias" of a row "attn.qkv" gives ".bias"; NULL: not of that row. */
static const char *variable_of(const char *slot, const char *fused)
{
    size_t n = strlen(fused);

    return slot && strncmp(slot, fused, n) == 0 && slot[n] == '.' ? slot + n : NULL;
}

unsigned fusion_parts(GHashTable *index, int32_t block, const char *slot, uint32_t out[FUSION_MOST])
{
    for (size_t i = 0; i < G_N_ELEMENTS(fusions); i++) {
        const char *variable = variable_of(slot, fusions[i].fused);
        unsigned n = 0;

        if (!variable)
            continue;
        for (; fusions[i].parts[n]; n++) {
            char *part = g_strconcat(fusions[i].parts[n], variable, NULL);

            out[n] = arch_slots_find(index, block, part);
            g_free(part);
            if (out[n] == UINT32_MAX)
                return 0;
        }
        return n;
    }
    return 0;
}
