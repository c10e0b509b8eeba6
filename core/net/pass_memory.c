#include "core/net/pass_memory.h"

#include <stdlib.h>
#include "core/net/memory.h"
#include "core/net/op_linear.h"
#include "core/net/op_rope.h"

#define ATTENTION_MOST ((gsize)1 << 28) /* floats of one sequence's attention, when looked at */
#define LOGIT_FLOATS ((gsize)1 << 24)   /* about as many at once */
#define LOGIT_ROWS_LEAST 16

void net_buffer_finish(struct net_buffer *b)
{
    free(b->values);
    *b = (struct net_buffer){0};
}

gboolean net_buffer_need(struct net_buffer *b, gsize n, GError **error)
{
    if (n <= b->n)
        return TRUE;
    net_buffer_finish(b);
    b->values = n < G_MAXSIZE / 8 ? net_memory(n * sizeof(float)) : NULL;
    b->n = b->values ? n : 0;
    if (!b->values)
        g_set_error(error, TARE_ERROR, TARE_ERROR_LIMIT,
                    "no memory to run the model: %" G_GSIZE_FORMAT " MB were asked for",
                    n / (1024 * 1024 / sizeof(float)));
    return b->values != NULL;
}

static gboolean need_tables(struct net *n, uint32_t positions, GError **error)
{
    gsize floats = (gsize)positions * (n->w->spec.head_dim / 2);

    if (n->w->spec.position != NET_POSITIONS_ROPE || positions <= n->rope_positions)
        return TRUE;
    n->rope_positions = 0;
    if (!net_buffer_need(&n->cosine, floats, error) || !net_buffer_need(&n->sine, floats, error))
        return FALSE;
    op_rope_tables(&n->w->spec, positions, n->cosine.values, n->sine.values);
    n->rope_positions = positions;
    return TRUE;
}

/* For the products of a pass. */
static gsize packed_floats(const struct net_spec *s)
{
    uint32_t heads = s->heads * s->head_dim;
    const struct net_matrix widest = {.in = MAX(MAX(s->hidden, s->intermediate), heads)};

    return op_linear_packed(&widest);
}

gboolean pass_need_packed(struct net *n, gsize floats, GError **error)
{
    struct net_buffer *packed = &n->space[SPACE_PACKED];

    if (!net_buffer_need(packed, floats, error))
        return FALSE;
    n->run.packed = packed->values;
    n->run.packed_floats = packed->n;
    return TRUE;
}

gboolean pass_need_scratch(struct net *n, gsize floats, GError **error)
{
    for (guint i = 0; i < team_threads(n->run.team); i++) {
        if (!net_buffer_need(n->scratch + i, floats, error))
            return FALSE;
        n->run.scratch[i] = n->scratch[i].values;
    }
    n->run.scratch_floats = MAX(n->run.scratch_floats, floats);
    return TRUE;
}

static gboolean need_attention(const struct pass *p, GError **error)
{
    gsize heads = p->net->w->spec.heads, square = (gsize)p->longest * p->longest;

    if (!pass_wants(p->probe, NET_ATTENTION))
        return TRUE;
    if (square > ATTENTION_MOST / heads) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_LIMIT,
                    "the attention of %u tokens is too large to be looked at", p->longest);
        return FALSE;
    }
    return net_buffer_need(&p->net->space[SPACE_ATTENTION], heads * square, error);
}

gboolean pass_prepare(const struct pass *p, GError **error)
{
    struct net *n = p->net;
    const struct net_spec *s = &n->w->spec;
    gsize rows = p->rows, heads = s->heads, kv = s->kv_heads, scratch;
    const gsize floats[] = {
        [SPACE_RESIDUAL] = rows * s->hidden,
        [SPACE_NORMED] = rows * s->hidden,
        [SPACE_BRANCH] = rows * s->hidden,
        [SPACE_QKV] = rows * (heads + 2 * kv) * s->head_dim,
        [SPACE_MIXED] = rows * heads * s->head_dim,
        [SPACE_GATE] = s->gated ? rows * s->intermediate : 0,
        [SPACE_HIDDEN] = rows * s->intermediate,
    };

    for (gsize i = 0; i < G_N_ELEMENTS(floats); i++)
        if (!net_buffer_need(n->space + i, floats[i], error))
            return FALSE;
    scratch = MAX(MAX(s->hidden, s->intermediate), op_linear_scratch());
    scratch = MAX(scratch, op_attention_scratch(p->longest, s->head_dim));
    return pass_need_packed(n, packed_floats(s), error) && pass_need_scratch(n, scratch, error) &&
           need_tables(n, p->longest, error) && need_attention(p, error);
}

/* The head. */

uint32_t pass_logit_rows(const struct net *n)
{
    gsize rows = LOGIT_FLOATS / MAX(n->w->head.out, 1);

    return (uint32_t)CLAMP(rows - rows % LOGIT_ROWS_LEAST, LOGIT_ROWS_LEAST, PASS_LOGIT_ROWS);
}

gboolean pass_prepare_logits(struct net *n, GError **error)
{
    gsize rows = pass_logit_rows(n), hidden = n->w->spec.hidden;

    if (!n->w->head.values) {
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_INPUT,
                            "this model has no head that predicts tokens");
        return FALSE;
    }
    return net_buffer_need(&n->space[SPACE_PICKED], rows * hidden, error) &&
           net_buffer_need(&n->space[SPACE_DENSE], rows * hidden, error) &&
           net_buffer_need(&n->space[SPACE_LOGITS], rows * n->w->head.out, error);
}
