#include "core/adapter_parts.h"

#include <string.h>
#include "core/layout.h"
#include "core/match.h"

struct adapter_parts {
    struct place *places; /* [n] of the names */
    GHashTable *in_base;
    bool two_stacks;
};

/* An encoder and a decoder: which of the two a name's block is of, the names of one alone don't
 * say. */
static bool has_two_stacks(const struct checkpoint *c)
{
    for (uint32_t i = 0; i < c->source->n_tensors; i++)
        if (c->places[i].slot && g_str_has_prefix(c->places[i].slot, "cross."))
            return true;
    return false;
}

static const char *const nothing[] = {NULL};

struct adapter_parts *adapter_parts_create(const struct checkpoint *base,
                                           const struct adapter_named *names, uint32_t n)
{
    struct adapter_parts *p = g_new0(struct adapter_parts, 1);
    struct tensor *tensors = g_new0(struct tensor, n + 1);
    struct source source = {
        .tensors = tensors, .n_tensors = n, .warnings = nothing, .config = base->source->config};
    const struct arch *row = base->arch;

    for (uint32_t i = 0; i < n; i++)
        tensors[i] = (struct tensor){.name = names[i].name,
                                     .path = names[i].name,
                                     .aliases = nothing,
                                     .dtype = DTYPE_F32,
                                     .rank = 2,
                                     .dim = names[i].dim,
                                     .elems = names[i].dim[0] * names[i].dim[1]};
    p->two_stacks = has_two_stacks(base);
    p->places = g_new0(struct place, n + 1);
    arch_map(&source, &row, p->places);
    p->in_base = arch_slots_index(base->places, base->source->n_tensors);
    g_free(tensors);
    return p;
}

void adapter_parts_destroy(struct adapter_parts *p)
{
    if (!p)
        return;
    g_hash_table_destroy(p->in_base);
    g_free(p->places);
    g_free(p);
}

unsigned adapter_parts_find(const struct adapter_parts *p, uint32_t i, uint32_t out[FUSION_MOST])
{
    const struct place *place = &p->places[i];

    if (p->two_stacks)
        return 0;
    out[0] = arch_slots_find(p->in_base, place->block, place->slot);
    if (out[0] != PAIR_NONE)
        return 1;
    return place->head_interleaved ? 0 : fusion_parts(p->in_base, place->block, place->slot, out);
}

/* Do the group's axes lie as one of so many elements, so far apart? */
static bool is_axis(const struct layout_form *f, enum layout_group group, uint64_t extent,
                    uint64_t stride)
{
    if (layout_form_extent(f, group) != extent)
        return false;
    for (unsigned i = f->n[group]; i-- > 0;) {
        if (f->axis[group][i].stride != stride)
            return false;
        stride *= f->axis[group][i].extent;
    }
    return true;
}

enum adapter_lie adapter_lie_of(const struct checkpoint *base, uint32_t target, uint64_t outputs,
                                uint64_t inputs)
{
    struct layout_form f;

    if (!base->places[target].matrix ||
        !layout_form_of(checkpoint_tensor(base, target), &base->places[target], &f) ||
        layout_form_extent(&f, LAYOUT_SPACE) != 1)
        return ADAPTER_LIES_NOT;
    if (is_axis(&f, LAYOUT_OUT, outputs, inputs) && is_axis(&f, LAYOUT_IN, inputs, 1))
        return ADAPTER_OUT_IN;
    if (is_axis(&f, LAYOUT_IN, inputs, outputs) && is_axis(&f, LAYOUT_OUT, outputs, 1))
        return ADAPTER_IN_OUT;
    return ADAPTER_LIES_NOT;
}

uint64_t adapter_outputs(const struct checkpoint *base, uint32_t target)
{
    const struct place *p = &base->places[target];
    uint64_t outputs, inputs;
    bool known = p->matrix && layout_extents_of(checkpoint_tensor(base, target), p, &outputs, &inputs);

    return known ? outputs : 0;
}
