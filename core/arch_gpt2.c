/* GPT-2: Hugging Face's names in torch and TF, llm.c's and nanoGPT's, KerasHub's. */
#include <glib.h>
#include "core/arch_family.h"
#include "core/arch_form.h"
#include "core/arch_heads.h"

#define CONV1D ORIENTATION_IN_OUT

static const struct arch_row inside[] = {
    {"ln_1", "ln_1", ROLE_NORM, 0},
    {"ln_2", "ln_2", ROLE_NORM, 0},
    {"attn.c_attn", "attn.qkv", ROLE_QKV, CONV1D},
    {"attn.c_proj", "attn.out", ROLE_ATTN_OUTPUT, CONV1D},
    {"mlp.c_fc", "mlp.up", ROLE_UP, CONV1D},
    {"mlp.c_proj", "mlp.down", ROLE_DOWN, CONV1D},
    {"self_attention_layer_norm", "ln_1", ROLE_NORM, 0},
    {"feedforward_layer_norm", "ln_2", ROLE_NORM, 0},
    {"self_attention.query", "attn.q", ROLE_QUERY, 0},
    {"self_attention.key", "attn.k", ROLE_KEY, 0},
    {"self_attention.value", "attn.v", ROLE_VALUE, 0},
    {"self_attention.attention_output", "attn.out", ROLE_ATTN_OUTPUT, 0},
    {"feedforward_intermediate_dense", "mlp.up", ROLE_UP, 0},
    {"feedforward_output_dense", "mlp.down", ROLE_DOWN, 0},
    {NULL, NULL, ROLE_UNKNOWN, 0},
};

static const struct arch_row outside[] = {
    {"wte", "embed.tokens", ROLE_EMBEDDING, 0},
    {"token_embedding", "embed.tokens", ROLE_EMBEDDING, 0},
    {"wpe", "embed.positions", ROLE_POSITION, 0},
    {"position_embedding", "embed.positions", ROLE_POSITION, 0},
    {"ln_f", "final_norm", ROLE_NORM, 0},
    {"layer_norm", "final_norm", ROLE_NORM, 0},
    {"lm_head", "head", ROLE_HEAD, 0},
    {"reverse_embeddings", "head", ROLE_HEAD, 0},
    {NULL, NULL, ROLE_UNKNOWN, 0},
};

static const char *const types[] = {"gpt2", NULL};
static const char *const marks[] = {"attn.qkv", "attn.q", NULL};
static const struct arch_family family = {types, inside, outside, marks, false};

static int score(const struct source *s, const struct arch_blocks *blocks)
{
    return arch_family_score(&family, s, blocks);
}

/* The other way round with torch's Linear in place of Conv1D: {3 * hidden, hidden}. */
static bool is_linear(const struct source *s, const struct place *places)
{
    for (uint32_t i = 0; i < s->n_tensors; i++)
        if (places[i].role == ROLE_QKV && s->tensors[i].rank == 2 && places[i].matrix)
            return s->tensors[i].dim[0] == 3 * s->tensors[i].dim[1];
    return false;
}

static void map(const struct source *s, const struct arch_blocks *blocks, struct place *places)
{
    arch_family_map(&family, s, blocks, places);
    if (!is_linear(s, places))
        return;
    for (uint32_t i = 0; i < s->n_tensors; i++) {
        if (places[i].orientation != ORIENTATION_IN_OUT ||
            !g_str_has_suffix(s->tensors[i].name, ".weight"))
            continue;
        places[i].orientation = ORIENTATION_OUT_IN;
        arch_form_rows(&s->tensors[i], &places[i]);
    }
    arch_heads_fill(s, places);
}

const struct arch arch_gpt2 = {.name = "gpt2", .score = score, .map = map};
