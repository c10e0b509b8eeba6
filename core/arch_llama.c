/* Llama and its like: Mistral, Gemma, Qwen, Phi-3, SmolLM in Hugging Face's names; Llama, Mistral
 * and Gemma in KerasHub's. */
#include <stddef.h>
#include "core/arch_family.h"

static const struct arch_row inside[] = {
    {"input_layernorm", "ln_1", ROLE_NORM, 0},
    {"self_attention_layernorm", "ln_1", ROLE_NORM, 0},
    {"pre_attention_norm", "ln_1", ROLE_NORM, 0},
    {"pre_attention_layernorm", "ln_1", ROLE_NORM, 0},
    {"post_attention_layernorm", "ln_2", ROLE_NORM, 0},
    {"feedforward_layernorm", "ln_2", ROLE_NORM, 0},
    {"pre_ffw_norm", "ln_2", ROLE_NORM, 0},
    {"pre_feedforward_layernorm", "ln_3", ROLE_NORM, 0},
    {"post_feedforward_layernorm", "ln_4", ROLE_NORM, 0},
    {"self_attn.q_proj", "attn.q", ROLE_QUERY, 0},
    {"self_attn.k_proj", "attn.k", ROLE_KEY, 0},
    {"self_attn.v_proj", "attn.v", ROLE_VALUE, 0},
    {"self_attn.qkv_proj", "attn.qkv", ROLE_QKV, 0},
    {"self_attn.o_proj", "attn.out", ROLE_ATTN_OUTPUT, 0},
    {"self_attn.q_norm", "attn.q_norm", ROLE_NORM, 0},
    {"self_attn.k_norm", "attn.k_norm", ROLE_NORM, 0},
    {"query_dense_layernorm", "attn.q_norm", ROLE_NORM, 0},
    {"key_dense_layernorm", "attn.k_norm", ROLE_NORM, 0},
    {"self_attention.query", "attn.q", ROLE_QUERY, 0},
    {"self_attention.key", "attn.k", ROLE_KEY, 0},
    {"self_attention.value", "attn.v", ROLE_VALUE, 0},
    {"self_attention.attention_output", "attn.out", ROLE_ATTN_OUTPUT, 0},
    {"attention.query", "attn.q", ROLE_QUERY, 0},
    {"attention.key", "attn.k", ROLE_KEY, 0},
    {"attention.value", "attn.v", ROLE_VALUE, 0},
    {"attention.attention_output", "attn.out", ROLE_ATTN_OUTPUT, 0},
    {"mlp.gate_proj", "mlp.gate", ROLE_GATE, 0},
    {"mlp.up_proj", "mlp.up", ROLE_UP, 0},
    {"mlp.gate_up_proj", "mlp.gate_up", ROLE_UP, 0},
    {"mlp.down_proj", "mlp.down", ROLE_DOWN, 0},
    {"feedforward_gate_dense", "mlp.gate", ROLE_GATE, 0},
    {"feedforward_intermediate_dense", "mlp.up", ROLE_UP, 0},
    {"feedforward_output_dense", "mlp.down", ROLE_DOWN, 0},
    {"ffw_gating", "mlp.gate", ROLE_GATE, 0},
    {"gating_ffw", "mlp.gate", ROLE_GATE, 0},
    {"gating_ffw_2", "mlp.up", ROLE_UP, 0},
    {"ffw_linear", "mlp.down", ROLE_DOWN, 0},
    {NULL, NULL, ROLE_UNKNOWN, 0},
};

static const struct arch_row outside[] = {
    {"embed_tokens", "embed.tokens", ROLE_EMBEDDING, 0},
    {"token_embedding", "embed.tokens", ROLE_EMBEDDING, 0},
    {"norm", "final_norm", ROLE_NORM, 0},
    {"sequence_output_layernorm", "final_norm", ROLE_NORM, 0},
    {"final_normalization", "final_norm", ROLE_NORM, 0},
    {"lm_head", "head", ROLE_HEAD, 0},
    {"reverse_embeddings", "head", ROLE_HEAD, 0},
    {NULL, NULL, ROLE_UNKNOWN, 0},
};

static const char *const types[] = {"llama", "mistral", "gemma", "qwen", "phi3", "smollm", NULL};
static const char *const marks[] = {"mlp.gate", "mlp.gate_up", NULL};
static const struct arch_family family = {types, inside, outside, marks, false};

static int score(const struct source *s, const struct arch_blocks *blocks)
{
    return arch_family_score(&family, s, blocks);
}

static void map(const struct source *s, const struct arch_blocks *blocks, struct place *places)
{
    arch_family_map(&family, s, blocks, places);
}

const struct arch arch_llama = {.name = "llama", .score = score, .map = map};
