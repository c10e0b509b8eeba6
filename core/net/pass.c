#include "core/net/pass.h"

#include <string.h>
#include "core/net/op_activate.h"
#include "core/net/op_embed.h"
#include "core/net/op_linear.h"
#include "core/net/op_norm.h"
#include "core/net/op_rope.h"

#define ATTENTION_MOST ((gsize)1 << 28) /* floats of one sequence's attention, when looked at */
#define LOGIT_FLOATS ((gsize)1 << 23)   /* about as many at once */
#define LOGIT_ROWS_LEAST 16

/* At least n floats, kept for the next time; what was there is lost. */
static gboolean need_buffer(struct net_buffer *b, gsize n, GError **error)
{
    if (n <= b->n)
        return TRUE;
    g_free(b->values);
    b->values = g_try_new(float, n);
    b->n = b->values ? n : 0;
    if (!b->values)
        g_set_error(error, TARE_ERROR, TARE_ERROR_LIMIT,
                    "no memory to run the model: %" G_GSIZE_FORMAT " MB were asked for",
                    n / (1024 * 1024 / sizeof(float)));
    return b->values != NULL;
}

uint32_t pass_most_positions(const struct net_weights *w)
{
    return w->spec.positions ? w->spec.positions : PASS_ROWS;
}

gboolean pass_check_length(const struct net_weights *w, uint32_t n, GError **error)
{
    if (n >= 1 && n <= pass_most_positions(w))
        return TRUE;
    g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%u tokens; the model takes 1 to %u", n,
                pass_most_positions(w));
    return FALSE;
}

gboolean pass_check_ids(const struct net_weights *w, const uint32_t *ids, uint32_t n,
                        GError **error)
{
    for (uint32_t i = 0; i < n; i++)
        if (ids[i] >= w->tokens.out) {
            g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                        "token %u is id %u; the model's vocabulary has %u", i + 1, ids[i],
                        w->tokens.out);
            return FALSE;
        }
    return TRUE;
}

bool pass_wants(const struct net_probe *probe, enum net_site site)
{
    return probe && probe->wants & 1U << site;
}

void pass_show(const struct net_probe *probe, const struct net_seen *seen)
{
    if (pass_wants(probe, seen->site))
        probe->seen(probe->data, seen);
}

static void show_rows(const struct pass *p, enum net_site site, uint32_t block, uint32_t columns,
                      const float *values)
{
    pass_show(
        p->probe,
        &(struct net_seen){
            .site = site, .block = block, .rows = p->rows, .columns = columns, .values = values});
}

static float *space(const struct pass *p, enum net_space s)
{
    return p->net->space[s].values;
}

static struct net_rows residual(const struct pass *p)
{
    return (struct net_rows){space(p, SPACE_RESIDUAL), p->net->w->spec.hidden, p->rows};
}

/* Memory. */

static gboolean need_tables(struct net *n, uint32_t positions, GError **error)
{
    gsize floats = (gsize)positions * (n->w->spec.head_dim / 2);

    if (n->w->spec.position != NET_POSITIONS_ROPE || positions <= n->rope_positions)
        return TRUE;
    n->rope_positions = 0;
    if (!need_buffer(&n->cosine, floats, error) || !need_buffer(&n->sine, floats, error))
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

static gboolean need_packed(struct net *n, GError **error)
{
    struct net_buffer *packed = &n->space[SPACE_PACKED];

    if (!need_buffer(packed, packed_floats(&n->w->spec), error))
        return FALSE;
    n->run.packed = packed->values;
    n->run.packed_floats = packed->n;
    return TRUE;
}

static gboolean need_scratch(struct net *n, gsize floats, GError **error)
{
    for (guint i = 0; i < team_threads(n->run.team); i++) {
        if (!need_buffer(n->scratch + i, floats, error))
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
    return need_buffer(&p->net->space[SPACE_ATTENTION], heads * square, error);
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
        if (!need_buffer(n->space + i, floats[i], error))
            return FALSE;
    scratch = MAX(MAX(s->hidden, s->intermediate), op_linear_scratch());
    scratch = MAX(scratch, op_attention_scratch(p->longest, s->head_dim));
    return need_packed(n, error) && need_scratch(n, scratch, error) &&
           need_tables(n, p->longest, error) && need_attention(p, error);
}

/* The pass. */

static void norm(const struct pass *p, const float *gain, const float *bias, struct net_rows x,
                 float *out)
{
    const struct net_spec *s = &p->net->w->spec;

    op_norm(&p->net->run, &(struct op_norm){.kind = s->norm,
                                            .n = s->hidden,
                                            .parts = 1,
                                            .gain = gain,
                                            .bias = bias,
                                            .offset = s->norm_offset,
                                            .epsilon = s->norm_epsilon,
                                            .x = x,
                                            .out = out,
                                            .out_stride = s->hidden});
}

static void linear(const struct pass *p, const struct net_matrix *w, const float *bias,
                   const float *x, float *out, bool add)
{
    op_linear(&p->net->run, &(struct op_linear){.w = w,
                                                .bias = bias,
                                                .x = x,
                                                .x_stride = w->in,
                                                .rows = p->rows,
                                                .out = out,
                                                .add = add});
}

void pass_embed(const struct pass *p)
{
    const struct net_weights *w = p->net->w;
    struct net_rows x = residual(p);

    op_embed(&p->net->run, &(struct op_embed){.tokens = &w->tokens,
                                              .table = &w->position,
                                              .extra = w->type_0,
                                              .scale = (float)w->spec.embed_scale,
                                              .first_position = w->spec.first_position,
                                              .ids = p->ids,
                                              .positions = p->positions,
                                              .out = x});
    if (w->embed_norm)
        norm(p, w->embed_norm, w->embed_norm_bias, x, x.values);
}

/* What a block reads from the residual stream. */
static const float *branch_input(const struct pass *p, const float *gain, const float *bias)
{
    if (!p->net->w->spec.pre_norm)
        return space(p, SPACE_RESIDUAL);
    norm(p, gain, bias, residual(p), space(p, SPACE_NORMED));
    return space(p, SPACE_NORMED);
}

/* Adds x w^T to the residual stream, normed first where the model does so. */
static void branch_output(const struct pass *p, const struct net_matrix *w, const float *bias,
                          const float *x, const float *norm_after)
{
    struct net_rows to = residual(p), branch = to;

    if (!norm_after) {
        linear(p, w, bias, x, to.values, true);
        return;
    }
    branch.values = space(p, SPACE_BRANCH);
    linear(p, w, bias, x, branch.values, false);
    norm(p, norm_after, NULL, branch, branch.values);
    p->net->run.kernels->add(to.values, branch.values, p->rows * to.stride);
}

static void norm_heads(const struct pass *p, const float *gain, uint32_t first, uint32_t heads)
{
    const struct net_spec *s = &p->net->w->spec;
    gsize stride = (gsize)(s->heads + 2 * s->kv_heads) * s->head_dim;
    float *x = space(p, SPACE_QKV) + (gsize)first * s->head_dim;

    if (gain)
        op_norm(&p->net->run, &(struct op_norm){.kind = NET_NORM_RMS,
                                                .n = s->head_dim,
                                                .parts = heads,
                                                .gain = gain,
                                                .offset = s->norm_offset,
                                                .epsilon = s->norm_epsilon,
                                                .x = {x, stride, p->rows},
                                                .out = x,
                                                .out_stride = stride});
}

static void place_heads(const struct pass *p, const struct net_block *b)
{
    const struct net_spec *s = &p->net->w->spec;
    gsize stride = (gsize)(s->heads + 2 * s->kv_heads) * s->head_dim;

    norm_heads(p, b->query_norm, 0, s->heads);
    norm_heads(p, b->key_norm, s->heads, s->kv_heads);
    if (s->position == NET_POSITIONS_ROPE)
        op_rope(&p->net->run, &(struct op_rope){.x = {space(p, SPACE_QKV), stride, p->rows},
                                                .heads = s->heads + s->kv_heads,
                                                .head_dim = s->head_dim,
                                                .cosine = p->net->cosine.values,
                                                .sine = p->net->sine.values,
                                                .positions = p->positions});
}

/* The new rows' keys and values behind those of the past; the operands are all of them. */
static void extend_past(const struct pass *p, uint32_t block, struct op_attention *o)
{
    struct net_past *past = p->past;
    gsize width = (gsize)o->kv_heads * o->head_dim, start = (gsize)block * past->positions * width;

    for (uint32_t i = 0; i < p->rows; i++) {
        gsize to = start + (past->used + i) * width;

        memcpy(past->keys + to, o->k + i * o->kv_stride, width * sizeof(float));
        memcpy(past->values + to, o->v + i * o->kv_stride, width * sizeof(float));
    }
    o->k = past->keys + start;
    o->v = past->values + start;
    o->kv_stride = width;
}

static void show_attention(const struct pass *p, uint32_t block, uint32_t sequence, uint32_t heads)
{
    const struct attention_span *s = p->spans + sequence;

    pass_show(p->probe, &(struct net_seen){.site = NET_ATTENTION,
                                           .block = block,
                                           .sequence = sequence,
                                           .first = s->query,
                                           .rows = heads * s->queries,
                                           .columns = s->keys,
                                           .values = space(p, SPACE_ATTENTION)});
}

static void attend_spans(const struct pass *p, uint32_t block, struct op_attention *o)
{
    if (!pass_wants(p->probe, NET_ATTENTION)) {
        o->spans = p->spans;
        o->n_spans = p->n_spans;
        op_attention(&p->net->run, o);
        return;
    }
    o->weights = space(p, SPACE_ATTENTION);
    o->n_spans = 1;
    for (uint32_t i = 0; i < p->n_spans; i++) {
        o->spans = p->spans + i;
        op_attention(&p->net->run, o);
        show_attention(p, block, i, o->heads);
    }
}

static void attention(const struct pass *p, uint32_t block)
{
    const struct net_spec *s = &p->net->w->spec;
    const struct net_block *b = p->net->w->blocks + block;
    float *qkv = space(p, SPACE_QKV);
    struct op_attention o = {.heads = s->heads,
                             .kv_heads = s->kv_heads,
                             .head_dim = s->head_dim,
                             .causal = s->causal,
                             .window = s->window,
                             .q = qkv,
                             .q_stride = b->qkv.out,
                             .k = qkv + (gsize)s->heads * s->head_dim,
                             .v = qkv + (gsize)(s->heads + s->kv_heads) * s->head_dim,
                             .kv_stride = b->qkv.out,
                             .out = space(p, SPACE_MIXED)};

    linear(p, &b->qkv, b->qkv_bias, branch_input(p, b->norm_1, b->norm_1_bias), qkv, false);
    place_heads(p, b);
    if (p->past)
        extend_past(p, block, &o);
    attend_spans(p, block, &o);
    show_rows(p, NET_HEAD_OUT, block, b->out.in, o.out);
    branch_output(p, &b->out, b->out_bias, o.out, b->norm_after_attention);
}

static void mlp(const struct pass *p, uint32_t block)
{
    const struct net_spec *s = &p->net->w->spec;
    const struct net_block *b = p->net->w->blocks + block;
    const float *x = branch_input(p, b->norm_2, b->norm_2_bias);
    float *hidden = space(p, SPACE_HIDDEN), *gate = space(p, SPACE_GATE);

    linear(p, &b->up, b->up_bias, x, hidden, false);
    if (s->gated)
        linear(p, &b->gate, b->gate_bias, x, gate, false);
    op_activate(&p->net->run, &(struct op_activate){.kind = s->activation,
                                                    .rows = p->rows,
                                                    .n = s->intermediate,
                                                    .x = s->gated ? gate : hidden,
                                                    .up = s->gated ? hidden : NULL,
                                                    .out = hidden});
    show_rows(p, NET_HIDDEN, block, s->intermediate, hidden);
    branch_output(p, &b->down, b->down_bias, hidden, b->norm_after_mlp);
}

/* Encoders norm the sum, decoders what enters a branch. */
static void norm_sum(const struct pass *p, const float *gain, const float *bias)
{
    struct net_rows x = residual(p);

    if (!p->net->w->spec.pre_norm)
        norm(p, gain, bias, x, x.values);
}

void pass_block(const struct pass *p, uint32_t block)
{
    const struct net_block *b = p->net->w->blocks + block;

    attention(p, block);
    norm_sum(p, b->norm_1, b->norm_1_bias);
    mlp(p, block);
    norm_sum(p, b->norm_2, b->norm_2_bias);
    show_rows(p, NET_RESIDUAL, block, p->net->w->spec.hidden, space(p, SPACE_RESIDUAL));
}

const float *pass_final(const struct pass *p)
{
    const struct net_weights *w = p->net->w;
    const float *final = space(p, SPACE_RESIDUAL);

    if (w->final_norm) {
        norm(p, w->final_norm, w->final_norm_bias, residual(p), space(p, SPACE_NORMED));
        final = space(p, SPACE_NORMED);
    }
    show_rows(p, NET_FINAL, 0, w->spec.hidden, final);
    return final;
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
    return need_buffer(&n->space[SPACE_PICKED], rows * hidden, error) &&
           need_buffer(&n->space[SPACE_DENSE], rows * hidden, error) &&
           need_buffer(&n->space[SPACE_LOGITS], rows * n->w->head.out, error);
}

const float *pass_logits(struct net *n, uint32_t rows)
{
    const struct net_weights *w = n->w;
    const struct pass p = {.net = n, .rows = rows};
    float *x = n->space[SPACE_PICKED].values, *dense = n->space[SPACE_DENSE].values;

    if (w->head_dense.values) {
        linear(&p, &w->head_dense, w->head_dense_bias, x, dense, false);
        op_activate(&n->run, &(struct op_activate){.kind = w->spec.activation,
                                                   .rows = rows,
                                                   .n = w->head_dense.out,
                                                   .x = dense,
                                                   .out = dense});
        x = dense;
    }
    if (w->head_norm)
        norm(&p, w->head_norm, w->head_norm_bias, (struct net_rows){x, w->spec.hidden, rows}, x);
    linear(&p, &w->head, w->head_bias, x, n->space[SPACE_LOGITS].values, false);
    return n->space[SPACE_LOGITS].values;
}
