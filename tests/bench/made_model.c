#include "tests/bench/made_model.h"

#include <string.h>

const struct net_spec made_gpt2 = {.layers = 12,
                                   .hidden = 768,
                                   .heads = 12,
                                   .kv_heads = 12,
                                   .head_dim = 64,
                                   .intermediate = 3072,
                                   .vocabulary = 50257,
                                   .positions = 1024,
                                   .causal = true,
                                   .pre_norm = true,
                                   .tied = true,
                                   .norm = NET_NORM_LAYER,
                                   .position = NET_POSITIONS_LEARNED,
                                   .activation = NET_GELU_TANH,
                                   .norm_epsilon = 1e-5,
                                   .embed_scale = 1};
const struct net_spec made_smollm2 = {.layers = 30,
                                      .hidden = 576,
                                      .heads = 9,
                                      .kv_heads = 3,
                                      .head_dim = 64,
                                      .intermediate = 1536,
                                      .vocabulary = 49152,
                                      .positions = 8192,
                                      .causal = true,
                                      .pre_norm = true,
                                      .gated = true,
                                      .tied = true,
                                      .norm = NET_NORM_RMS,
                                      .position = NET_POSITIONS_ROPE,
                                      .activation = NET_SILU,
                                      .norm_epsilon = 1e-5,
                                      .embed_scale = 1,
                                      .rope_base = 100000};

float *made_floats(uint32_t n, float about)
{
    static uint32_t state = 1;
    float *x = g_new(float, n);

    for (uint32_t i = 0; i < n; i++) {
        state = state * 1664525 + 1013904223;
        x[i] = about + 0.07f * ((float)(state >> 8) * 0x1p-24f - 0.5f);
    }
    return x;
}

static float *vector(struct net_weights *w, uint32_t n, float about)
{
    w->bytes += n * sizeof(float);
    return made_floats(n, about);
}

static struct net_matrix matrix(struct net_weights *w, uint32_t out, uint32_t in, enum dtype dtype)
{
    gsize bytes = dtype_info(dtype)->bytes;
    struct net_matrix m = {g_malloc((gsize)out * in * bytes), dtype, out, in};

    for (uint32_t i = 0; i < out; i++) {
        float *row = made_floats(in, 0);

        for (uint32_t j = 0; j < in; j++)
            memcpy((char *)m.values + ((gsize)i * in + j) * bytes,
                   (char *)(row + j) + sizeof *row - bytes, bytes);
        g_free(row);
    }
    w->bytes += (gsize)out * in * bytes;
    return m;
}

static struct net_block block(struct net_weights *w, enum dtype dtype)
{
    const struct net_spec *s = &w->spec;
    uint32_t qkv = (s->heads + 2 * s->kv_heads) * s->head_dim, heads = s->heads * s->head_dim;
    bool biased = s->norm == NET_NORM_LAYER;

    return (struct net_block){
        .norm_1 = vector(w, s->hidden, 1),
        .norm_1_bias = biased ? vector(w, s->hidden, 0) : NULL,
        .qkv = matrix(w, qkv, s->hidden, dtype),
        .qkv_bias = biased ? vector(w, qkv, 0) : NULL,
        .out = matrix(w, s->hidden, heads, dtype),
        .out_bias = biased ? vector(w, s->hidden, 0) : NULL,
        .norm_2 = vector(w, s->hidden, 1),
        .norm_2_bias = biased ? vector(w, s->hidden, 0) : NULL,
        .gate = s->gated ? matrix(w, s->intermediate, s->hidden, dtype) : (struct net_matrix){0},
        .up = matrix(w, s->intermediate, s->hidden, dtype),
        .up_bias = biased ? vector(w, s->intermediate, 0) : NULL,
        .down = matrix(w, s->hidden, s->intermediate, dtype),
        .down_bias = biased ? vector(w, s->hidden, 0) : NULL,
    };
}

struct net_weights made_model(const struct net_spec *s, enum dtype dtype)
{
    struct net_weights w = {.spec = *s};

    w.final_norm = vector(&w, s->hidden, 1);
    w.tokens = w.head = matrix(&w, s->vocabulary, s->hidden, dtype);
    if (s->position == NET_POSITIONS_LEARNED)
        w.position = matrix(&w, s->positions, s->hidden, dtype);
    w.blocks = g_new(struct net_block, s->layers);
    for (uint32_t i = 0; i < s->layers; i++)
        w.blocks[i] = block(&w, dtype);
    return w;
}

struct net_batch made_texts(const struct net_spec *s, uint32_t sequences, uint32_t length)
{
    struct net_sequence *q = g_new(struct net_sequence, sequences);
    uint32_t *ids = g_new(uint32_t, sequences * length);

    for (uint32_t i = 0; i < sequences * length; i++)
        ids[i] = i * 2654435761U % s->vocabulary;
    for (uint32_t i = 0; i < sequences; i++)
        q[i] = (struct net_sequence){.ids = ids + i * length, .n = length};
    return (struct net_batch){.sequences = q, .n = sequences};
}

double made_flops(const struct net_spec *s, uint32_t sequences, uint32_t length)
{
    double heads = (double)s->heads * s->head_dim, kv = 2.0 * s->kv_heads * s->head_dim;
    double block = s->hidden * (2 * heads + kv) +
                   (s->gated ? 3.0 : 2.0) * s->hidden * s->intermediate + heads * (length + 1.0);

    return 2.0 * sequences * length * (s->layers * block + (double)s->hidden * s->vocabulary);
}
