#include "core/align_fused.h"

/* A fused tensor and its parts on the other side. */
struct fusion {
    const struct checkpoint *whole_side, *part_side;
    uint32_t whole, part[FUSION_MOST];
    unsigned n;
    uint64_t outputs[FUSION_MOST];
};

static bool find_parts(struct fusion *f, GHashTable *others)
{
    const struct place *p = &f->whole_side->places[f->whole];

    f->n = fusion_parts(others, p->block, p->slot, f->part);
    return f->n > 0;
}

static bool outputs_of(const struct checkpoint *c, uint32_t index, uint64_t *outputs,
                       uint64_t *inputs)
{
    return layout_extents_of(checkpoint_tensor(c, index), &c->places[index], outputs, inputs);
}

static bool adds_up(struct fusion *f)
{
    const struct tensor *first = checkpoint_tensor(f->part_side, f->part[0]);
    uint64_t all, inputs, sum = 0;

    if (!outputs_of(f->whole_side, f->whole, &all, &inputs))
        return false;
    for (unsigned i = 0; i < f->n; i++) {
        const struct tensor *t = checkpoint_tensor(f->part_side, f->part[i]);
        uint64_t own;

        if (!outputs_of(f->part_side, f->part[i], &f->outputs[i], &own) || own != inputs ||
            t->dtype != first->dtype || t->kind != first->kind)
            return false;
        sum += f->outputs[i];
    }
    return sum == all;
}

/* The heads within which the parts lie side by side. */
static uint64_t interleaved(const struct fusion *f)
{
    const struct place *p = &f->whole_side->places[f->whole];

    return p->head_interleaved ? p->heads : 0;
}

/* Side by side in each head works only for parts of one size, and with the heads known. */
static bool can_interleave(const struct fusion *f)
{
    if (!f->whole_side->places[f->whole].head_interleaved)
        return true;
    for (unsigned i = 1; i < f->n; i++)
        if (f->outputs[i] != f->outputs[0])
            return false;
    return interleaved(f) > 0 && f->outputs[0] % interleaved(f) == 0;
}

static bool complete(struct fusion *f, GHashTable *others)
{
    return find_parts(f, others) && adds_up(f) && can_interleave(f);
}

/* The base has the fused one. */
static void join(struct matching *m, struct align *a, struct fusion *f)
{
    struct recipe *r = &a->recipes[f->whole];

    for (unsigned i = 0; i < f->n; i++)
        if (m->tuned_taken[f->part[i]])
            return;
    *r = (struct recipe){
        .kind = RECIPE_JOIN, .rule = pair_rule_fused, .parts = f->n, .heads = interleaved(f)};
    for (unsigned i = 0; i < f->n; i++) {
        r->tuned[i] = f->part[i];
        matching_add(m, f->whole, f->part[i], pair_rule_fused);
    }
}

/* The tuned has it. */
static void cut(struct matching *m, struct align *a, struct fusion *f)
{
    uint64_t first = 0;

    for (unsigned i = 0; i < f->n; i++)
        if (m->tuned_of_base[f->part[i]] != PAIR_NONE)
            return;
    for (unsigned i = 0; i < f->n; first += f->outputs[i++]) {
        a->recipes[f->part[i]] = (struct recipe){.kind = RECIPE_SLICE,
                                                 .rule = pair_rule_fused,
                                                 .tuned = {f->whole},
                                                 .parts = f->n,
                                                 .which = i,
                                                 .first = first,
                                                 .n = f->outputs[i],
                                                 .heads = interleaved(f)};
        matching_add(m, f->part[i], f->whole, pair_rule_fused);
    }
}

void align_fused(struct matching *m, struct align *a, GHashTable *in_base, GHashTable *in_tuned)
{
    for (uint32_t i = 0; i < m->base->n_tensors; i++) {
        struct fusion f = {.whole_side = a->base, .part_side = a->tuned, .whole = i};

        if (m->tuned_of_base[i] == PAIR_NONE && complete(&f, in_tuned))
            join(m, a, &f);
    }
    for (uint32_t i = 0; i < m->tuned->n_tensors; i++) {
        struct fusion f = {.whole_side = a->tuned, .part_side = a->base, .whole = i};

        if (!m->tuned_taken[i] && complete(&f, in_base))
            cut(m, a, &f);
    }
}
