#include "core/net/parts.h"

#include <stddef.h>
#include <string.h>
#include "core/arch_slots.h"
#include "core/error.h"
#include "core/layout.h"

#define BLOCK(field) offsetof(struct net_block, field)
#define WHOLE(field) offsetof(struct net_weights, field)

/* slot, in a block, a matrix, where, then its first row, rows, of how many, columns */
static const struct net_part parts[] = {
    {"ln_1.gain", true, false, BLOCK(norm_1), NET_NONE, NET_HIDDEN, NET_HIDDEN, NET_ONE},
    {"ln_1.offset", true, false, BLOCK(norm_1_bias), NET_NONE, NET_HIDDEN, NET_HIDDEN, NET_ONE},
    {"attn.qkv.kernel", true, true, BLOCK(qkv), NET_NONE, NET_QKV, NET_QKV, NET_HIDDEN},
    {"attn.q.kernel", true, true, BLOCK(qkv), NET_NONE, NET_QUERY, NET_QKV, NET_HIDDEN},
    {"attn.k.kernel", true, true, BLOCK(qkv), NET_QUERY, NET_KEY, NET_QKV, NET_HIDDEN},
    {"attn.v.kernel", true, true, BLOCK(qkv), NET_QUERY_KEY, NET_KEY, NET_QKV, NET_HIDDEN},
    {"attn.qkv.bias", true, false, BLOCK(qkv_bias), NET_NONE, NET_QKV, NET_QKV, NET_ONE},
    {"attn.q.bias", true, false, BLOCK(qkv_bias), NET_NONE, NET_QUERY, NET_QKV, NET_ONE},
    {"attn.k.bias", true, false, BLOCK(qkv_bias), NET_QUERY, NET_KEY, NET_QKV, NET_ONE},
    {"attn.v.bias", true, false, BLOCK(qkv_bias), NET_QUERY_KEY, NET_KEY, NET_QKV, NET_ONE},
    {"attn.q_norm.gain", true, false, BLOCK(query_norm), NET_NONE, NET_HEAD_DIM, NET_HEAD_DIM,
     NET_ONE},
    {"attn.k_norm.gain", true, false, BLOCK(key_norm), NET_NONE, NET_HEAD_DIM, NET_HEAD_DIM,
     NET_ONE},
    {"attn.out.kernel", true, true, BLOCK(out), NET_NONE, NET_HIDDEN, NET_HIDDEN, NET_QUERY},
    {"attn.out.bias", true, false, BLOCK(out_bias), NET_NONE, NET_HIDDEN, NET_HIDDEN, NET_ONE},
    {"ln_2.gain", true, false, BLOCK(norm_2), NET_NONE, NET_HIDDEN, NET_HIDDEN, NET_ONE},
    {"ln_2.offset", true, false, BLOCK(norm_2_bias), NET_NONE, NET_HIDDEN, NET_HIDDEN, NET_ONE},
    {"mlp.gate_up.kernel", true, true, BLOCK(gate), NET_NONE, NET_GATE_UP, NET_INTERMEDIATE,
     NET_HIDDEN},
    {"mlp.gate.kernel", true, true, BLOCK(gate), NET_NONE, NET_INTERMEDIATE, NET_INTERMEDIATE,
     NET_HIDDEN},
    {"mlp.up.kernel", true, true, BLOCK(up), NET_NONE, NET_INTERMEDIATE, NET_INTERMEDIATE,
     NET_HIDDEN},
    {"mlp.gate_up.bias", true, false, BLOCK(gate_bias), NET_NONE, NET_GATE_UP, NET_INTERMEDIATE,
     NET_ONE},
    {"mlp.gate.bias", true, false, BLOCK(gate_bias), NET_NONE, NET_INTERMEDIATE, NET_INTERMEDIATE,
     NET_ONE},
    {"mlp.up.bias", true, false, BLOCK(up_bias), NET_NONE, NET_INTERMEDIATE, NET_INTERMEDIATE,
     NET_ONE},
    {"mlp.down.kernel", true, true, BLOCK(down), NET_NONE, NET_HIDDEN, NET_HIDDEN,
     NET_INTERMEDIATE},
    {"mlp.down.bias", true, false, BLOCK(down_bias), NET_NONE, NET_HIDDEN, NET_HIDDEN, NET_ONE},
    {"embed.tokens.table", false, true, WHOLE(tokens), NET_NONE, NET_VOCABULARY, NET_VOCABULARY,
     NET_HIDDEN},
    {"embed.positions.table", false, true, WHOLE(position), NET_NONE, NET_POSITIONS, NET_POSITIONS,
     NET_HIDDEN},
    {"embed.types.table", false, false, WHOLE(type_0), NET_NONE, NET_HIDDEN, NET_HIDDEN, NET_ONE},
    {"embed.norm.gain", false, false, WHOLE(embed_norm), NET_NONE, NET_HIDDEN, NET_HIDDEN, NET_ONE},
    {"embed.norm.offset", false, false, WHOLE(embed_norm_bias), NET_NONE, NET_HIDDEN, NET_HIDDEN,
     NET_ONE},
    {"final_norm.gain", false, false, WHOLE(final_norm), NET_NONE, NET_HIDDEN, NET_HIDDEN, NET_ONE},
    {"final_norm.offset", false, false, WHOLE(final_norm_bias), NET_NONE, NET_HIDDEN, NET_HIDDEN,
     NET_ONE},
    {"head.dense.kernel", false, true, WHOLE(head_dense), NET_NONE, NET_HIDDEN, NET_HIDDEN,
     NET_HIDDEN},
    {"head.dense.bias", false, false, WHOLE(head_dense_bias), NET_NONE, NET_HIDDEN, NET_HIDDEN,
     NET_ONE},
    {"head.norm.gain", false, false, WHOLE(head_norm), NET_NONE, NET_HIDDEN, NET_HIDDEN, NET_ONE},
    {"head.norm.offset", false, false, WHOLE(head_norm_bias), NET_NONE, NET_HIDDEN, NET_HIDDEN,
     NET_ONE},
    {"head.kernel", false, true, WHOLE(head), NET_NONE, NET_VOCABULARY, NET_VOCABULARY, NET_HIDDEN},
    {"head.bias", false, false, WHOLE(head_bias), NET_NONE, NET_VOCABULARY, NET_VOCABULARY,
     NET_ONE},
};

uint64_t net_extent(const struct net_spec *s, enum net_extent e)
{
    uint64_t query = (uint64_t)s->heads * s->head_dim, key = (uint64_t)s->kv_heads * s->head_dim;

    switch (e) {
    case NET_NONE:
        return 0;
    case NET_ONE:
        return 1;
    case NET_HIDDEN:
        return s->hidden;
    case NET_QUERY:
        return query;
    case NET_KEY:
        return key;
    case NET_QUERY_KEY:
        return query + key;
    case NET_QKV:
        return query + 2 * key;
    case NET_INTERMEDIATE:
        return s->intermediate;
    case NET_GATE_UP:
        return 2 * (uint64_t)s->intermediate;
    case NET_VOCABULARY:
        return s->vocabulary;
    case NET_POSITIONS:
        return (uint64_t)s->first_position + s->positions;
    case NET_HEAD_DIM:
        return s->head_dim;
    }
    return 0;
}

const struct net_part *net_part_of(const struct place *p)
{
    for (size_t i = 0; p->slot && i < G_N_ELEMENTS(parts); i++)
        if (parts[i].in_block == (p->block >= 0) && strcmp(parts[i].slot, p->slot) == 0)
            return &parts[i];
    return NULL;
}

bool net_part_shape(const struct checkpoint *c, uint32_t tensor, uint64_t *rows, uint64_t *columns)
{
    return layout_extents_of(checkpoint_tensor(c, tensor), &c->places[tensor], rows, columns);
}

/* Of segments only the first row counts, so there may be any number. */
static bool shape_fits(const struct tensor *t, const struct net_part *part, uint64_t rows,
                       uint64_t columns, const struct net_spec *s)
{
    uint64_t want = net_extent(s, part->rows);

    if (part->field == offsetof(struct net_weights, type_0) && !part->in_block)
        return t->rank > 0 && t->dim[t->rank - 1] == want && t->elems >= want;
    if (!part->is_matrix)
        return t->elems == want;
    return rows == want && columns == net_extent(s, part->columns);
}

static gboolean check_shape(const struct checkpoint *c, uint32_t tensor,
                            const struct net_part *part, const struct net_spec *s, GError **error)
{
    const struct tensor *t = checkpoint_tensor(c, tensor);
    uint64_t rows = t->elems, columns = 1;
    char *shape;

    if (net_part_shape(c, tensor, &rows, &columns) && shape_fits(t, part, rows, columns, s))
        return TRUE;
    shape = tensor_shape_text(t);
    g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                "%s: %s %s leads from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
                ", the model needs %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT,
                c->source->path, t->name, shape, columns, rows, net_extent(s, part->columns),
                net_extent(s, part->rows));
    g_free(shape);
    return FALSE;
}

/* Older transformers store GPT-2's causal mask beside the weights. */
static bool is_mask(const struct tensor *t)
{
    return t->rank == 4 && g_str_has_suffix(t->name, ".attn.bias");
}

/* What block 0 lacks can't be in a later one. */
static bool is_stray(const struct net_part *part, const struct net_spec *s)
{
    return !s->gated && part->in_block &&
           (part->field == BLOCK(gate) || part->field == BLOCK(gate_bias));
}

static gboolean check_tensor(const struct checkpoint *c, uint32_t tensor, const struct net_spec *s,
                             GError **error)
{
    const struct tensor *t = checkpoint_tensor(c, tensor);
    const struct net_part *part = net_part_of(&c->places[tensor]);

    if (part && !is_stray(part, s))
        return check_shape(c, tensor, part, s, error);
    if (c->places[tensor].block < 0 || t->kind != TENSOR_WEIGHT || is_mask(t))
        return TRUE;
    g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                "%s: %s is of no part that a forward pass knows: the model can't be run",
                c->source->path, t->name);
    return FALSE;
}

/* Quantised codes have no slot, so their part is missed. */
static const struct tensor *quantised_in(const struct checkpoint *c, int32_t block)
{
    for (uint32_t i = 0; i < c->source->n_tensors; i++)
        if (c->places[i].block == block && checkpoint_tensor(c, i)->kind == TENSOR_OTHER)
            return checkpoint_tensor(c, i);
    return NULL;
}

static bool has(GHashTable *index, int32_t block, const char *slot)
{
    return arch_slots_find(index, block, slot) != UINT32_MAX;
}

static gboolean need(const struct checkpoint *c, GHashTable *index, int32_t block, const char *slot,
                     GError **error)
{
    const struct tensor *codes;
    char *where;

    if (has(index, block, slot))
        return TRUE;
    where = block >= 0 ? g_strdup_printf("block %d", block) : g_strdup("the file");
    codes = quantised_in(c, block);
    if (codes)
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                    "%s: %s is no plain weight (%s): a quantised model can't be run, dequantise it",
                    c->source->path, codes->name, codes->note ? codes->note : "quantised");
    else
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                    "%s: %s has no %s: the model can't be run without it", c->source->path, where,
                    slot);
    g_free(where);
    return FALSE;
}

/* All of several parts, or the fused one. */
static gboolean need_parts(const struct checkpoint *c, GHashTable *index, int32_t block,
                           const char *fused, const char *const *split, GError **error)
{
    if (has(index, block, fused))
        return TRUE;
    for (; *split; split++)
        if (!need(c, index, block, *split, error))
            return FALSE;
    return TRUE;
}

static gboolean check_block(const struct checkpoint *c, GHashTable *index, int32_t block,
                            const struct net_spec *s, GError **error)
{
    static const char *const qkv[] = {"attn.q.kernel", "attn.k.kernel", "attn.v.kernel", NULL};
    static const char *const gated[] = {"mlp.gate.kernel", "mlp.up.kernel", NULL};

    return need(c, index, block, "ln_1.gain", error) && need(c, index, block, "ln_2.gain", error) &&
           need_parts(c, index, block, "attn.qkv.kernel", qkv, error) &&
           need(c, index, block, "attn.out.kernel", error) &&
           (s->gated ? need_parts(c, index, block, "mlp.gate_up.kernel", gated, error)
                     : need(c, index, block, "mlp.up.kernel", error)) &&
           need(c, index, block, "mlp.down.kernel", error);
}

static gboolean check_outside(const struct checkpoint *c, GHashTable *index,
                              const struct net_spec *s, GError **error)
{
    return need(c, index, -1, "embed.tokens.table", error) &&
           (s->position != NET_POSITIONS_LEARNED ||
            need(c, index, -1, "embed.positions.table", error)) &&
           need(c, index, -1, s->pre_norm ? "final_norm.gain" : "embed.norm.gain", error) &&
           (!has(index, -1, "head.dense.kernel") ||
            need(c, index, -1, "head.norm.gain", error)) &&
           (s->tied || !s->causal || need(c, index, -1, "head.kernel", error));
}

gboolean net_parts_check(const struct checkpoint *c, GHashTable *index, const struct net_spec *s,
                         GError **error)
{
    if (!check_outside(c, index, s, error))
        return FALSE;
    for (uint32_t i = 0; i < s->layers; i++)
        if (!check_block(c, index, (int32_t)i, s, error))
            return FALSE;
    for (uint32_t i = 0; i < c->source->n_tensors; i++)
        if (!check_tensor(c, i, s, error))
            return FALSE;
    return TRUE;
}
