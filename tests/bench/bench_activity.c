/* What looking costs: processor time of a pair of forward passes, of GPT-2's and SmolLM2's shapes
 * with made-up weights, without probes and with them, one after the other in the same run; and what
 * is held meanwhile. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "core/activity.h"
#include "core/random.h"

enum { SEQUENCES = 4, LONG = 64, RUNS = 3, CATEGORIES = 12, VOCABULARY = 4096 };

static const struct shape {
    const char *name;
    struct net_spec spec;
} shapes[] = {
    {"GPT-2 124M",
     {.layers = 12,
      .hidden = 768,
      .heads = 12,
      .kv_heads = 12,
      .head_dim = 64,
      .intermediate = 3072,
      .vocabulary = VOCABULARY,
      .positions = 1024,
      .causal = true,
      .pre_norm = true,
      .tied = true,
      .norm = NET_NORM_LAYER,
      .position = NET_POSITIONS_LEARNED,
      .activation = NET_GELU_TANH,
      .norm_epsilon = 1e-5,
      .embed_scale = 1}},
    {"SmolLM2 135M",
     {.layers = 30,
      .hidden = 576,
      .heads = 9,
      .kv_heads = 3,
      .head_dim = 64,
      .intermediate = 1536,
      .vocabulary = VOCABULARY,
      .positions = 2048,
      .causal = true,
      .pre_norm = true,
      .gated = true,
      .tied = true,
      .norm = NET_NORM_RMS,
      .position = NET_POSITIONS_ROPE,
      .activation = NET_SILU,
      .norm_epsilon = 1e-5,
      .embed_scale = 1,
      .rope_base = 100000}},
};

static float *vector_of(uint32_t n, float value)
{
    float *x = g_new(float, n);

    for (uint32_t i = 0; i < n; i++)
        x[i] = value;
    return x;
}

static struct net_matrix matrix_of(uint32_t out, uint32_t in, uint64_t *seed)
{
    float *x = g_new(float, (gsize)out *in);

    for (gsize i = 0; i < (gsize)out * in; i++)
        x[i] = (float)(0.07 * (random_unit(seed) - 0.5));
    return (struct net_matrix){x, DTYPE_F32, out, in};
}

static void make_block(struct net_block *b, const struct net_spec *s, uint64_t *seed)
{
    uint32_t width = (s->heads + 2 * s->kv_heads) * s->head_dim;

    b->norm_1 = vector_of(s->hidden, 1);
    b->norm_2 = vector_of(s->hidden, 1);
    b->qkv = matrix_of(width, s->hidden, seed);
    b->out = matrix_of(s->hidden, s->heads * s->head_dim, seed);
    b->up = matrix_of(s->intermediate, s->hidden, seed);
    if (s->gated)
        b->gate = matrix_of(s->intermediate, s->hidden, seed);
    b->down = matrix_of(s->hidden, s->intermediate, seed);
}

static void make_weights(struct net_weights *w, const struct net_spec *s)
{
    uint64_t seed = 1;

    *w = (struct net_weights){.spec = *s};
    w->tokens = w->head = matrix_of(s->vocabulary, s->hidden, &seed);
    if (s->position == NET_POSITIONS_LEARNED)
        w->position = matrix_of(s->positions, s->hidden, &seed);
    w->final_norm = vector_of(s->hidden, 1);
    w->blocks = g_new0(struct net_block, s->layers);
    for (uint32_t i = 0; i < s->layers; i++)
        make_block(&w->blocks[i], s, &seed);
}

static uint32_t ids[SEQUENCES * LONG];

static struct activity *activity_for(const struct net_spec *s, bool attention)
{
    static const char *const names[CATEGORIES] = {"0", "1", "2", "3", "4",  "5",
                                                  "6", "7", "8", "9", "10", "11"};
    struct activity_options o = {.categories = names,
                                 .n_categories = CATEGORIES,
                                 .pair = true,
                                 .first_apart = true,
                                 .attention = attention};

    return activity_create(s, &o, NULL);
}

/* Processor seconds of both passes, all threads together: other work on the machine matters less
 * than to the clock on the wall. a NULL: none looks. */
static double seconds(struct net *net, struct activity *a)
{
    struct net_sequence sequences[SEQUENCES];
    struct activity_sequence said[SEQUENCES];
    struct net_batch batch = {.sequences = sequences, .n = SEQUENCES};
    clock_t from = clock();

    for (uint32_t i = 0; i < SEQUENCES; i++) {
        sequences[i] = (struct net_sequence){ids + i * LONG, LONG, LONG};
        said[i] = (struct activity_sequence){i, i % CATEGORIES, LONG, 0};
    }
    if (a)
        activity_batch(a, said, SEQUENCES);
    for (int side = 0; side < ACTIVITY_SIDES; side++) {
        struct net_probe probe = a ? activity_probe(a, side) : (struct net_probe){0, NULL, NULL};

        if (!net_forward(net, &batch, a ? &probe : NULL, NULL, NULL))
            exit(1);
    }
    return (double)(clock() - from) / CLOCKS_PER_SEC;
}

int main(void)
{
    uint64_t seed = 3;

    for (uint32_t i = 0; i < SEQUENCES * LONG; i++)
        ids[i] = random_below(&seed, VOCABULARY);
    for (gsize k = 0; k < G_N_ELEMENTS(shapes); k++) {
        struct activity *rows = activity_for(&shapes[k].spec, false);
        struct activity *all = activity_for(&shapes[k].spec, true);
        double best[3] = {1e9, 1e9, 1e9};
        struct net_weights w;
        struct net *net;

        make_weights(&w, &shapes[k].spec);
        net = net_create(&w, 0, NULL);
        if (!net)
            return 1;
        for (int run = 0; run < RUNS; run++) {
            best[0] = MIN(best[0], seconds(net, NULL));
            best[1] = MIN(best[1], seconds(net, rows));
            best[2] = MIN(best[2], seconds(net, all));
        }
        printf("%-13s bare %.2f ms a token   rows %.2f more   rows and attention %.2f more\n",
               shapes[k].name, best[0] * 1e3 / (2 * SEQUENCES * LONG), best[1] / best[0] - 1,
               best[2] / best[0] - 1);
        printf("%-13s a batch of %d holds %.0f MB, the sums of %d categories %.0f MB\n", "",
               SEQUENCES * LONG, (double)activity_batch_bytes(all, SEQUENCES * LONG, LONG) / 1e6,
               CATEGORIES, (double)activity_bytes(all) / 1e6);
        net_destroy(net);
        activity_destroy(rows);
        activity_destroy(all);
    }
    return 0;
}
