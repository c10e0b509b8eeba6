/* BERT and its like: RoBERTa, MiniLM, DistilBERT in Hugging Face's names (torch and TF), BERT in
 * KerasHub's. Norms stand behind what they normalise: ln_1 is the attention's. */
#include <stddef.h>
#include "core/arch_family.h"

static const struct arch_row inside[] = {
    {"attention.self.query", "attn.q", ROLE_QUERY, 0},
    {"attention.self.key", "attn.k", ROLE_KEY, 0},
    {"attention.self.value", "attn.v", ROLE_VALUE, 0},
    {"attention.output.dense", "attn.out", ROLE_ATTN_OUTPUT, 0},
    {"attention.output.LayerNorm", "ln_1", ROLE_NORM, 0},
    {"intermediate.dense", "mlp.up", ROLE_UP, 0},
    {"output.dense", "mlp.down", ROLE_DOWN, 0},
    {"output.LayerNorm", "ln_2", ROLE_NORM, 0},
    {"attention.q_lin", "attn.q", ROLE_QUERY, 0},
    {"attention.k_lin", "attn.k", ROLE_KEY, 0},
    {"attention.v_lin", "attn.v", ROLE_VALUE, 0},
    {"attention.out_lin", "attn.out", ROLE_ATTN_OUTPUT, 0},
    {"sa_layer_norm", "ln_1", ROLE_NORM, 0},
    {"ffn.lin1", "mlp.up", ROLE_UP, 0},
    {"ffn.lin2", "mlp.down", ROLE_DOWN, 0},
    {"output_layer_norm", "ln_2", ROLE_NORM, 0},
    {"self_attention_layer.query", "attn.q", ROLE_QUERY, 0},
    {"self_attention_layer.key", "attn.k", ROLE_KEY, 0},
    {"self_attention_layer.value", "attn.v", ROLE_VALUE, 0},
    {"self_attention_layer.attention_output", "attn.out", ROLE_ATTN_OUTPUT, 0},
    {"self_attention_layer_norm", "ln_1", ROLE_NORM, 0},
    {"feedforward_intermediate_dense", "mlp.up", ROLE_UP, 0},
    {"feedforward_output_dense", "mlp.down", ROLE_DOWN, 0},
    {"feedforward_layer_norm", "ln_2", ROLE_NORM, 0},
    {NULL, NULL, ROLE_UNKNOWN, 0},
};

static const struct arch_row outside[] = {
    {"word_embeddings", "embed.tokens", ROLE_EMBEDDING, 0},
    {"token_embedding", "embed.tokens", ROLE_EMBEDDING, 0},
    {"position_embeddings", "embed.positions", ROLE_POSITION, 0},
    {"position_embedding", "embed.positions", ROLE_POSITION, 0},
    {"token_type_embeddings", "embed.types", ROLE_EMBEDDING, 0},
    {"segment_embedding", "embed.types", ROLE_EMBEDDING, 0},
    {"embeddings.LayerNorm", "embed.norm", ROLE_NORM, 0},
    {"embeddings_layer_norm", "embed.norm", ROLE_NORM, 0},
    {"pooler.dense", "pooler", ROLE_DENSE, 0},
    {"pooled_dense", "pooler", ROLE_DENSE, 0},
    {"classifier", "classifier", ROLE_HEAD, 0},
    {"predictions.transform.dense", "head.dense", ROLE_DENSE, 0},
    {"predictions.transform.LayerNorm", "head.norm", ROLE_NORM, 0},
    {"predictions.decoder", "head", ROLE_HEAD, 0},
    {"predictions", "head", ROLE_HEAD, 0},
    {"lm_head.dense", "head.dense", ROLE_DENSE, 0},
    {"lm_head.layer_norm", "head.norm", ROLE_NORM, 0},
    {"lm_head.decoder", "head", ROLE_HEAD, 0},
    {"lm_head", "head", ROLE_HEAD, 0},
    {"vocab_transform", "head.dense", ROLE_DENSE, 0},
    {"vocab_layer_norm", "head.norm", ROLE_NORM, 0},
    {"vocab_projector", "head", ROLE_HEAD, 0},
    {NULL, NULL, ROLE_UNKNOWN, 0},
};

static const char *const types[] = {"bert", NULL};
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

const struct arch arch_bert = {.name = "bert", .score = score, .map = map};
