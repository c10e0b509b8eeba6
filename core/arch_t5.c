/* T5: encoder blocks, then decoder blocks, in Hugging Face's names (torch and TF). */
#include <stddef.h>
#include "core/arch_family.h"

static const struct arch_row inside[] = {
    {"SelfAttention.q", "attn.q", ROLE_QUERY, 0},
    {"SelfAttention.k", "attn.k", ROLE_KEY, 0},
    {"SelfAttention.v", "attn.v", ROLE_VALUE, 0},
    {"SelfAttention.o", "attn.out", ROLE_ATTN_OUTPUT, 0},
    {"SelfAttention.relative_attention_bias", "attn.distances", ROLE_POSITION, 0},
    {"EncDecAttention.q", "cross.q", ROLE_QUERY, 0},
    {"EncDecAttention.k", "cross.k", ROLE_KEY, 0},
    {"EncDecAttention.v", "cross.v", ROLE_VALUE, 0},
    {"EncDecAttention.o", "cross.out", ROLE_ATTN_OUTPUT, 0},
    {"DenseReluDense.wi", "mlp.up", ROLE_UP, 0},
    {"DenseReluDense.wi_0", "mlp.gate", ROLE_GATE, 0},
    {"DenseReluDense.wi_1", "mlp.up", ROLE_UP, 0},
    {"DenseReluDense.wo", "mlp.down", ROLE_DOWN, 0},
    {"layer.0.layer_norm", "ln_1", ROLE_NORM, 0},
    {"layer.1.layer_norm", "ln_2", ROLE_NORM, 0},
    {"layer.2.layer_norm", "ln_3", ROLE_NORM, 0},
    {NULL, NULL, ROLE_UNKNOWN, 0},
};

static const struct arch_row outside[] = {
    {"shared", "embed.tokens", ROLE_EMBEDDING, 0},
    {"encoder.embed_tokens", "encoder.tokens", ROLE_EMBEDDING, 0},
    {"decoder.embed_tokens", "decoder.tokens", ROLE_EMBEDDING, 0},
    {"encoder.final_layer_norm", "encoder.final_norm", ROLE_NORM, 0},
    {"decoder.final_layer_norm", "final_norm", ROLE_NORM, 0},
    {"lm_head", "head", ROLE_HEAD, 0},
    {NULL, NULL, ROLE_UNKNOWN, 0},
};

static const char *const types[] = {"t5", NULL};
static const char *const marks[] = {"attn.q", NULL};
static const struct arch_family family = {types, inside, outside, marks, false};

static int score(const struct source *s, const struct arch_blocks *blocks)
{
    return arch_family_score(&family, s, blocks);
}

static void map(const struct source *s, const struct arch_blocks *blocks, struct place *places)
{
    arch_family_map(&family, s, blocks, places);
}

const struct arch arch_t5 = {.name = "t5", .score = score, .map = map};
