#include "core/hub_classes.h"

#include <string.h>

static const struct hub_class rows[] = {
    {{"transformer_decoder", "gpt_neo_x_decoder"},
     {"self_attention_layer", "self_attention_layer_norm", "cross_attention_layer",
      "cross_attention_layer_norm", "feedforward_intermediate_dense", "feedforward_output_dense",
      "feedforward_layer_norm"},
     true},
    {{"transformer_encoder"},
     {"self_attention_layer", "self_attention_layer_norm", "feedforward_layer_norm",
      "feedforward_intermediate_dense", "feedforward_output_dense"},
     true},
    {{"llama_transformer_decoder", "mistral_transformer_decoder", "qwen_transformer_decoder",
      "qwen3_transformer_decoder"},
     {"self_attention_layer", "self_attention_layernorm", "feedforward_intermediate_dense",
      "feedforward_gate_dense", "feedforward_output_dense", "feedforward_layernorm"},
     true},
    {{"mixtral_transformer_decoder"},
     {"self_attention_layer", "self_attention_layernorm", "sparse_moe_block",
      "feedforward_layernorm"},
     true},
    {{"qwen_moe_transformer_decoder"},
     {"self_attention_layer", "self_attention_layernorm", "mlp", "feedforward_layernorm"},
     true},
    {{"gemma_decoder_block", "gemma3_decoder_block"},
     {"pre_attention_norm", "post_attention_norm", "attention", "pre_ffw_norm", "post_ffw_norm",
      "gating_ffw", "gating_ffw_2", "ffw_linear"},
     true},
    {{"phi3_decoder"},
     {"pre_attention_layernorm", "attention", "post_attention_layernorm",
      "feedforward_intermediate_dense", "feedforward_gate_dense", "feedforward_output_dense"},
     true},
    {{"falcon_transformer_decoder"},
     {"input_layernorm", "attention_layer", "post_attention_layernorm", "dense_h_to_4h",
      "dense_4h_to_h"},
     true},
    {{"bloom_decoder"},
     {"pre_attention_layernorm", "self_attention_layer", "post_attention_layernorm",
      "mlp_intermediate_dense", "mlp_output_dense"},
     true},
    {{"self_attention_layer", "cross_attention_layer", "attention", "attention_layer"},
     {"qkv_dense", "query_dense", "query_dense_layer_norm", "key_dense", "key_dense_layer_norm",
      "gate_dense", "value_dense", "query_norm", "key_norm", "output_dense"},
     false},
    {{"sparse_moe_block", "mlp"},
     {"sparse_feedforward_gate_dense", "expert_bank", "shared_expert_dense",
      "shared_expert_gate_dense", "feedforward_intermediate_dense", "feedforward_gate_dense",
      "feedforward_output_dense"},
     false},
    {{"shared_expert_dense"},
     {"feedforward_intermediate_dense", "feedforward_gate_dense", "feedforward_output_dense"},
     false},
    {{"token_and_position_embedding"}, {"token_embedding", "position_embedding"}, false},
};

gsize hub_class_length(const char *name)
{
    gsize n = strlen(name), digits = n;

    while (digits > 0 && g_ascii_isdigit(name[digits - 1]))
        digits--;
    return digits < n && digits > 1 && name[digits - 1] == '_' ? digits - 1 : n;
}

const struct hub_class *hub_class_of(const char *name, bool numbered)
{
    gsize n;

    name += name[0] == '_';
    n = numbered ? hub_class_length(name) : strlen(name);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        for (size_t k = 0; k < G_N_ELEMENTS(rows[i].names) && rows[i].names[k]; k++)
            if (strlen(rows[i].names[k]) == n && memcmp(rows[i].names[k], name, n) == 0)
                return &rows[i];
    return NULL;
}

int hub_class_sublayer(const struct hub_class *of, const char *name)
{
    name += name[0] == '_';
    for (int i = 0; i < (int)G_N_ELEMENTS(of->sublayers) && of->sublayers[i]; i++)
        if (strcmp(of->sublayers[i], name) == 0)
            return i;
    return -1;
}
