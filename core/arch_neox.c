/* GPT-NeoX and Pythia: query, key and value of a head side by side in one matrix. */
#include <stddef.h>
#include "core/arch_family.h"

static const struct arch_row inside[] = {
    {"attention.query_key_value", "attn.qkv", ROLE_QKV, 0},
    {"attention.dense", "attn.out", ROLE_ATTN_OUTPUT, 0},
    {"mlp.dense_h_to_4h", "mlp.up", ROLE_UP, 0},
    {"mlp.dense_4h_to_h", "mlp.down", ROLE_DOWN, 0},
    {"input_layernorm", "ln_1", ROLE_NORM, 0},
    {"post_attention_layernorm", "ln_2", ROLE_NORM, 0},
    {NULL, NULL, ROLE_UNKNOWN, 0},
};

static const struct arch_row outside[] = {
    {"embed_in", "embed.tokens", ROLE_EMBEDDING, 0},
    {"final_layer_norm", "final_norm", ROLE_NORM, 0},
    {"embed_out", "head", ROLE_HEAD, 0},
    {"lm_head", "head", ROLE_HEAD, 0},
    {NULL, NULL, ROLE_UNKNOWN, 0},
};

static const char *const types[] = {"neox", NULL};
static const char *const marks[] = {"attn.qkv", NULL};
static const struct arch_family family = {types, inside, outside, marks, true};

static int score(const struct source *s, const struct arch_blocks *blocks)
{
    return arch_family_score(&family, s, blocks);
}

static void map(const struct source *s, const struct arch_blocks *blocks, struct place *places)
{
    arch_family_map(&family, s, blocks, places);
}

const struct arch arch_neox = {.name = "gpt_neox", .score = score, .map = map};
