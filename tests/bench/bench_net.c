/* A forward pass of a model's shape with random weights over packed sequences, logits of every
 * token included. Prints seconds of the fastest pass without probes, and with all sites but
 * attention read (a sum of squares a row); bytes of the weights and of the process at most; GFLOP
 * of the products of a pass; GFLOP/s of OpenBLAS alone on as many threads.
 * usage: bench_net gpt2|smollm2 float32|bfloat16 SEQUENCES LENGTH THREADS ROUNDS */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "core/net/kernels.h"
#include "core/net/net.h"
#include "core/net/sgemm.h"
#include "core/team.h"

static const struct net_spec gpt2 = {.layers = 12,
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
static const struct net_spec smollm2 = {.layers = 30,
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

static uint64_t weight_bytes;

/* Values within 0.035 of one. */
static float *floats(uint32_t n, float about)
{
    static uint32_t state = 1;
    float *x = g_new(float, n);

    for (uint32_t i = 0; i < n; i++) {
        state = state * 1664525 + 1013904223;
        x[i] = about + 0.07f * ((float)(state >> 8) * 0x1p-24f - 0.5f);
    }
    return x;
}

static float *vector(uint32_t n, float about)
{
    weight_bytes += n * sizeof(float);
    return floats(n, about);
}

static struct net_matrix matrix(uint32_t out, uint32_t in, enum dtype dtype)
{
    gsize bytes = dtype_info(dtype)->bytes;
    struct net_matrix m = {g_malloc((gsize)out * in * bytes), dtype, out, in};

    for (uint32_t i = 0; i < out; i++) {
        float *row = floats(in, 0);

        for (uint32_t j = 0; j < in; j++)
            memcpy((char *)m.values + ((gsize)i * in + j) * bytes,
                   (char *)(row + j) + sizeof *row - bytes, bytes);
        g_free(row);
    }
    weight_bytes += (gsize)out * in * bytes;
    return m;
}

static struct net_block block(const struct net_spec *s, enum dtype dtype)
{
    uint32_t qkv = (s->heads + 2 * s->kv_heads) * s->head_dim, heads = s->heads * s->head_dim;
    bool biased = s->norm == NET_NORM_LAYER;

    return (struct net_block){
        .norm_1 = vector(s->hidden, 1),
        .norm_1_bias = biased ? vector(s->hidden, 0) : NULL,
        .qkv = matrix(qkv, s->hidden, dtype),
        .qkv_bias = biased ? vector(qkv, 0) : NULL,
        .out = matrix(s->hidden, heads, dtype),
        .out_bias = biased ? vector(s->hidden, 0) : NULL,
        .norm_2 = vector(s->hidden, 1),
        .norm_2_bias = biased ? vector(s->hidden, 0) : NULL,
        .gate = s->gated ? matrix(s->intermediate, s->hidden, dtype) : (struct net_matrix){0},
        .up = matrix(s->intermediate, s->hidden, dtype),
        .up_bias = biased ? vector(s->intermediate, 0) : NULL,
        .down = matrix(s->hidden, s->intermediate, dtype),
        .down_bias = biased ? vector(s->hidden, 0) : NULL,
    };
}

static struct net_weights model(const struct net_spec *s, enum dtype dtype)
{
    struct net_weights w = {.spec = *s, .final_norm = vector(s->hidden, 1)};

    w.tokens = w.head = matrix(s->vocabulary, s->hidden, dtype);
    if (s->position == NET_POSITIONS_LEARNED)
        w.position = matrix(s->positions, s->hidden, dtype);
    w.blocks = g_new(struct net_block, s->layers);
    for (uint32_t i = 0; i < s->layers; i++)
        w.blocks[i] = block(s, dtype);
    return w;
}

/* Multiplications and additions of the products, attention without what the mask hides. */
static double flops(const struct net_spec *s, uint32_t sequences, uint32_t length)
{
    double heads = (double)s->heads * s->head_dim, kv = 2.0 * s->kv_heads * s->head_dim;
    double block = s->hidden * (2 * heads + kv) +
                   (s->gated ? 3.0 : 2.0) * s->hidden * s->intermediate + heads * (length + 1.0);

    return 2.0 * sequences * length * (s->layers * block + (double)s->hidden * s->vocabulary);
}

static void read_rows(void *data, const struct net_seen *seen)
{
    const struct net_kernels *k = net_kernels_choose(NULL);

    for (uint32_t i = 0; i < seen->rows; i++)
        *(double *)data +=
            (double)k->squares(seen->values + (gsize)i * seen->columns, seen->columns, 0);
}

static void read_nothing(void *data, const struct net_seen *seen)
{
    (void)data;
    (void)seen;
}

static double seconds_of(struct net *n, const struct net_batch *b, const struct net_probe *probe)
{
    gint64 from = g_get_monotonic_time();

    if (!net_forward(n, b, probe, NULL, NULL))
        abort();
    return (double)(g_get_monotonic_time() - from) / 1e6;
}

#define SIDE 768
#define PRODUCTS 12

static void multiply(void *data, guint item, guint thread)
{
    float *x = data;
    struct sgemm_operand a = {x, SIDE}, b = {x + SIDE * SIDE, SIDE};

    (void)thread;
    sgemm_by_rows(SIDE, SIDE, SIDE, 1, a, b, false, x + (gsize)(2 + item) * SIDE * SIDE, SIDE);
}

/* GFLOP/s of the product alone. */
static double product_rate(struct team *t, float *x)
{
    gint64 from = g_get_monotonic_time();

    team_run(t, PRODUCTS, multiply, x);
    return 2.0 * SIDE * SIDE * SIDE * PRODUCTS / (double)(g_get_monotonic_time() - from) * 1e-3;
}

static struct net_batch texts(const struct net_spec *s, uint32_t sequences, uint32_t length)
{
    struct net_sequence *q = g_new(struct net_sequence, sequences);
    uint32_t *ids = g_new(uint32_t, sequences * length);

    for (uint32_t i = 0; i < sequences * length; i++)
        ids[i] = i * 2654435761U % s->vocabulary;
    for (uint32_t i = 0; i < sequences; i++)
        q[i] = (struct net_sequence){.ids = ids + i * length, .n = length};
    return (struct net_batch){.sequences = q, .n = sequences};
}

int main(int argc, char **argv)
{
    const struct net_spec *s = argc == 7 && strcmp(argv[1], "smollm2") == 0 ? &smollm2 : &gpt2;
    const struct net_probe none = {1U << NET_LOGITS, read_nothing, NULL};
    double sum = 0, plain = 1e9, probed = 1e9, rate = 0;
    const struct net_probe all = {((1U << NET_SITES) - 1) & ~(1U << NET_ATTENTION), read_rows,
                                  &sum};
    struct net_weights w;
    struct net_batch b;
    struct rusage usage;
    struct team *t;
    struct net *n;
    float *x;

    if (argc != 7)
        return EXIT_FAILURE;
    w = model(s, strcmp(argv[2], "bfloat16") == 0 ? DTYPE_BF16 : DTYPE_F32);
    b = texts(s, (uint32_t)atoi(argv[3]), (uint32_t)atoi(argv[4]));
    n = net_create(&w, (guint)atoi(argv[5]), NULL);
    t = team_create((guint)atoi(argv[5]));
    x = floats((2 + PRODUCTS) * SIDE * SIDE, 0);
    for (int i = 0; i < atoi(argv[6]); i++) {
        plain = MIN(plain, seconds_of(n, &b, &none));
        probed = MIN(probed, seconds_of(n, &b, &all));
        rate = MAX(rate, product_rate(t, x));
    }
    getrusage(RUSAGE_SELF, &usage);
    printf("%.4f %.4f %.0f %.0f %.1f %.1f\n", plain, probed, (double)weight_bytes,
           (double)usage.ru_maxrss * 1024 - (2.0 + PRODUCTS) * SIDE * SIDE * sizeof *x,
           flops(s, b.n, b.sequences[0].n) * 1e-9, rate);
    g_free(x);
    team_destroy(t);
    net_destroy(n);
    return EXIT_SUCCESS;
}
