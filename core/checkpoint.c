#include "core/checkpoint.h"

#include <glib.h>
#include "core/arch_heads.h"

static void map(struct checkpoint *c)
{
    c->n_blocks = arch_map(c->source, &c->arch, c->places);
    arch_heads_of_model(c->places, c->source->n_tensors, &c->heads, &c->kv_heads);
}

struct checkpoint *checkpoint_create(struct source *source)
{
    struct checkpoint *c = g_new0(struct checkpoint, 1);

    c->source = source;
    c->n_stored = source->n_tensors;
    c->places = g_new0(struct place, source->n_tensors);
    map(c);
    for (uint32_t i = 0; i < source->n_tensors; i++)
        if (source->tensors[i].kind == TENSOR_WEIGHT)
            c->parameters += source->tensors[i].elems;
    return c;
}

void checkpoint_set_heads(struct checkpoint *c, uint32_t heads, uint32_t kv_heads)
{
    c->source->config.heads = heads;
    c->source->config.kv_heads = kv_heads;
    c->source->config.head_dim = 0;
    map(c);
}

void checkpoint_set_config(struct checkpoint *c, const struct model_config *config)
{
    c->source->config = *config;
    c->arch = NULL;
    map(c);
}

void checkpoint_present(struct checkpoint *c, struct source *source, struct place *places)
{
    g_free(c->places);
    c->source = source;
    c->places = places;
    c->presented = true;
}

struct source *checkpoint_release(struct checkpoint *c)
{
    struct source *source = c->source;

    g_free(c->places);
    g_free(c);
    return source;
}

void checkpoint_destroy(struct checkpoint *c)
{
    if (c)
        source_close(checkpoint_release(c));
}

uint32_t checkpoint_heads(const struct checkpoint *c, uint32_t *kv_heads)
{
    const struct place *most = NULL;

    for (uint32_t i = 0; i < c->source->n_tensors; i++)
        if (!most || c->places[i].heads > most->heads)
            most = &c->places[i];
    *kv_heads = most ? (most->kv_heads ? most->kv_heads : most->heads) : 0;
    return most ? most->heads : 0;
}
