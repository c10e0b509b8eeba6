/* The structure of a checkpoint of 30,000 tensors: milliseconds to map it (architecture, blocks,
 * roles, slots, heads), and to pair two of them by equal names and across frameworks. One thread,
 * names in memory; half of the size beside it shows whether a step is quadratic. */
#include <stdio.h>
#include <stdlib.h>
#include "core/align.h"
#include "core/pair.h"
#include "tests/support/memory_source.h"

enum { RUNS = 5, TARGET = 200 };

struct part {
    const char *name;
    uint64_t rows, cols; /* cols 0: a vector */
};

static const struct part llama[] = {
    {"input_layernorm.weight", 4, 0},  {"self_attn.q_proj.weight", 4, 4},
    {"self_attn.k_proj.weight", 2, 4}, {"self_attn.v_proj.weight", 2, 4},
    {"self_attn.o_proj.weight", 4, 4}, {"post_attention_layernorm.weight", 4, 0},
    {"mlp.gate_proj.weight", 6, 4},    {"mlp.up_proj.weight", 6, 4},
    {"mlp.down_proj.weight", 4, 6},    {NULL, 0, 0},
};
/* The same with what is fused in Phi-3. */
static const struct part fused[] = {
    {"input_layernorm.weight", 4, 0},
    {"self_attn.qkv_proj.weight", 8, 4},
    {"self_attn.o_proj.weight", 4, 4},
    {"post_attention_layernorm.weight", 4, 0},
    {"mlp.gate_up_proj.weight", 12, 4},
    {"mlp.down_proj.weight", 4, 6},
    {NULL, 0, 0},
};
static const struct part hub_llama[] = {
    {"self_attention_layernorm.scale", 4, 0},
    {"self_attention.query.kernel", 4, 4},
    {"self_attention.key.kernel", 4, 2},
    {"self_attention.value.kernel", 4, 2},
    {"self_attention.attention_output.kernel", 4, 4},
    {"feedforward_layernorm.scale", 4, 0},
    {"feedforward_gate_dense.kernel", 4, 6},
    {"feedforward_intermediate_dense.kernel", 4, 6},
    {"feedforward_output_dense.kernel", 6, 4},
    {NULL, 0, 0},
};
static const struct part gpt2[] = {
    {"ln_1.weight", 4, 0},
    {"ln_1.bias", 4, 0},
    {"attn.c_attn.weight", 4, 12},
    {"attn.c_attn.bias", 12, 0},
    {"attn.c_proj.weight", 4, 4},
    {"attn.c_proj.bias", 4, 0},
    {"ln_2.weight", 4, 0},
    {"ln_2.bias", 4, 0},
    {"mlp.c_fc.weight", 4, 16},
    {"mlp.c_fc.bias", 16, 0},
    {"mlp.c_proj.weight", 16, 4},
    {"mlp.c_proj.bias", 4, 0},
    {NULL, 0, 0},
};
static const struct part plain[] = {
    {"mixer.alpha", 4, 4},
    {"mixer.omega", 4, 4},
    {"mixer.bias", 4, 0},
    {NULL, 0, 0},
};

static const struct model {
    const char *name, *block; /* what stands before its number */
    const struct part *parts;
    const char *table;
    unsigned blocks;
} models[] = {
    {"llama", "model.layers.", llama, "model.embed_tokens.weight", 3333},
    {"llama, fused", "model.layers.", fused, "model.embed_tokens.weight", 3333},
    {"llama of KerasHub", "transformer_layer_", hub_llama, "token_embedding.embeddings", 3333},
    {"gpt2", "transformer.h.", gpt2, "transformer.wte.weight", 2500},
    {"names of no framework", "stages.", plain, "entry.weight", 10000},
};

static float value(uint64_t i)
{
    return (float)i;
}

static struct source *make(const struct model *model, unsigned divide)
{
    struct memory_source *m = memory_source_create(model->name);
    struct source *s;

    memory_source_add_f32(m, model->table, 8, 4, value);
    for (unsigned b = 0; b < model->blocks / divide; b++)
        for (const struct part *p = model->parts; p->name; p++) {
            char *name = g_strdup_printf("%s%u.%s", model->block, b, p->name);

            memory_source_add_f32(m, name, p->rows, p->cols, value);
            g_free(name);
        }
    s = memory_source_finish(m);
    s->config.heads = 2;
    s->config.head_dim = 2;
    s->config.kv_heads = model->parts == gpt2 ? 2 : 1;
    return s;
}

static double since(gint64 from)
{
    return (double)(g_get_monotonic_time() - from) / 1e3;
}

static double map_time(const struct model *model, unsigned divide, struct checkpoint **out)
{
    double best = 1e300;

    *out = NULL;
    for (int run = 0; run < RUNS; run++) {
        struct source *s = make(model, divide);
        gint64 from = g_get_monotonic_time();

        checkpoint_destroy(*out);
        from = g_get_monotonic_time();
        *out = checkpoint_create(s);
        best = MIN(best, since(from));
    }
    return best;
}

static void map(const struct model *model)
{
    struct checkpoint *half, *c;
    double half_time = map_time(model, 2, &half), time = map_time(model, 1, &c);

    printf("map %-22s %6u tensors, %5u blocks, as %-8s %7.1f ms (target %d), half of it %.1f\n",
           model->name, c->source->n_tensors, c->n_blocks, c->arch->name, time, TARGET, half_time);
    checkpoint_destroy(half);
    checkpoint_destroy(c);
}

static double pair_time(const struct model *a, const struct model *b, unsigned divide,
                        uint32_t *matched)
{
    double best = 1e300;

    for (int run = 0; run < RUNS; run++) {
        struct checkpoint *base = checkpoint_create(make(a, divide));
        struct checkpoint *tuned = checkpoint_create(make(b, divide));
        gint64 from = g_get_monotonic_time();
        struct pairing p;

        align_checkpoints(base, tuned, true, NULL, NULL);
        pairing_init(&p, base, tuned, true);
        best = MIN(best, since(from));
        *matched = p.n_matched;
        pairing_finish(&p);
        checkpoint_destroy(base);
        checkpoint_destroy(tuned);
    }
    return best;
}

static void pair(const struct model *a, const struct model *b)
{
    uint32_t matched;
    double half = pair_time(a, b, 2, &matched), time = pair_time(a, b, 1, &matched);

    printf("pair %s with %s: %u matched, %.1f ms, half of it %.1f\n", a->name, b->name, matched,
           time, half);
}

int main(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(models); i++)
        map(&models[i]);
    for (unsigned i = 0; i < G_N_ELEMENTS(models); i++)
        pair(&models[i], &models[i]);
    pair(&models[0], &models[1]);
    pair(&models[1], &models[0]);
    pair(&models[0], &models[2]);
    return EXIT_SUCCESS;
}
