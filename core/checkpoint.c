#include "core/checkpoint.h"

#include <glib.h>

struct checkpoint *checkpoint_create(struct source *source)
{
    struct checkpoint *c = g_new0(struct checkpoint, 1);

    c->source = source;
    c->arch = arch_find(source);
    c->places = g_new0(struct place, source->n_tensors);
    c->n_blocks = c->arch->map(source, c->places);
    for (uint32_t i = 0; i < source->n_tensors; i++)
        if (source->tensors[i].kind == TENSOR_WEIGHT)
            c->parameters += source->tensors[i].elems;
    return c;
}

void checkpoint_destroy(struct checkpoint *c)
{
    if (!c)
        return;
    source_close(c->source);
    g_free(c->places);
    g_free(c);
}
