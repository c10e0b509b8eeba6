#include "core/net/families.h"

#include <string.h>

const char net_family_types[] = "gpt2, llama, mistral, qwen2, qwen3, gemma, phi3, bert, roberta, "
                                "distilbert, electra and KerasHub's backbones of these";

/* By the architecture. */
static const struct net_family bases[] = {
    {.arch = "gpt2",
     .causal = true,
     .pre_norm = true,
     .is_tied = true,
     .norm = NET_NORM_LAYER,
     .position = NET_POSITIONS_LEARNED,
     .activation = NET_GELU_TANH,
     .norm_epsilon = 1e-5},
    {.arch = "llama",
     .causal = true,
     .pre_norm = true,
     .norm = NET_NORM_RMS,
     .position = NET_POSITIONS_ROPE,
     .activation = NET_SILU,
     .norm_epsilon = 1e-6,
     .rope_base = 10000},
    {.arch = "bert",
     .is_tied = true,
     .norm = NET_NORM_LAYER,
     .position = NET_POSITIONS_LEARNED,
     .activation = NET_GELU_ERF,
     .norm_epsilon = 1e-12},
};

enum difference {
    FIXED = 1,    /* no setting for the activation, or for epsilon */
    TANH = 2,     /* GELU by its tanh */
    OFFSET_2 = 4, /* positions count from the padding token's id on */
    ROUGH = 8,    /* epsilon 1e-5 */
    GEMMA = 16    /* gains count from 1, the embedding is scaled, tied */
};

static const struct {
    const char *arch, *type;
    unsigned differences;
} types[] = {
    {"gpt2", "", 0},
    {"gpt2", "gpt2", 0},
    {"gpt2", "gpt2backbone", FIXED},
    {"llama", "", 0},
    {"llama", "llama", 0},
    {"llama", "mistral", 0},
    {"llama", "qwen2", 0},
    {"llama", "qwen3", 0},
    {"llama", "phi3", ROUGH},
    {"llama", "gemma", GEMMA | TANH},
    {"llama", "llamabackbone", FIXED},
    {"llama", "llama3backbone", FIXED},
    {"llama", "mistralbackbone", FIXED},
    {"llama", "qwenbackbone", FIXED},
    {"llama", "qwen3backbone", FIXED},
    {"llama", "phi3backbone", FIXED},
    {"llama", "gemmabackbone", FIXED | GEMMA | TANH},
    {"bert", "", 0},
    {"bert", "bert", 0},
    {"bert", "roberta", OFFSET_2},
    {"bert", "xlm-roberta", OFFSET_2},
    {"bert", "camembert", OFFSET_2},
    {"bert", "distilbert", FIXED},
    {"bert", "electra", 0},
    {"bert", "bertbackbone", FIXED | TANH},
    {"bert", "robertabackbone", FIXED | ROUGH},
    {"bert", "xlmrobertabackbone", FIXED | ROUGH},
    {"bert", "distilbertbackbone", FIXED},
    {"bert", "electrabackbone", FIXED | TANH},
};

static void apply(unsigned differences, struct net_family *f)
{
    f->is_fixed = differences & FIXED;
    if (differences & TANH)
        f->activation = NET_GELU_TANH;
    if (differences & OFFSET_2)
        f->first_position = 2;
    if (differences & ROUGH)
        f->norm_epsilon = 1e-5;
    if (differences & GEMMA) {
        f->norm_offset = 1;
        f->scales_embedding = true;
        f->is_tied = true;
    }
}

bool net_family_find(const char *arch, const char *type, struct net_family *out)
{
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        if (strcmp(types[i].arch, arch) != 0 || g_ascii_strcasecmp(types[i].type, type) != 0)
            continue;
        for (size_t k = 0; k < G_N_ELEMENTS(bases); k++)
            if (strcmp(bases[k].arch, arch) == 0)
                *out = bases[k];
        apply(types[i].differences, out);
        return true;
    }
    return false;
}

bool net_activation_named(const char *name, enum net_activation *out)
{
    static const struct {
        const char *name;
        enum net_activation activation;
    } names[] = {
        {"gelu", NET_GELU_ERF},
        {"gelu_python", NET_GELU_ERF},
        {"gelu_new", NET_GELU_TANH},
        {"gelu_fast", NET_GELU_TANH},
        {"gelu_pytorch_tanh", NET_GELU_TANH},
        {"gelu_python_tanh", NET_GELU_TANH},
        {"gelu_approximate", NET_GELU_TANH},
        {"silu", NET_SILU},
        {"swish", NET_SILU},
        {"relu", NET_RELU},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(names[i].name, name) == 0) {
            *out = names[i].activation;
            return true;
        }
    return false;
}
