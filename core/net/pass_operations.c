#include "core/net/op_linear.h"
#include "core/net/pass.h"

struct op_norm pass_norm_of(const struct pass *p, const float *gain, struct net_rows x)
{
    const struct net_spec *s = &p->net->w->spec;

    return (struct op_norm){.kind = s->norm,
                            .n = s->hidden,
                            .parts = 1,
                            .gain = gain,
                            .offset = s->norm_offset,
                            .epsilon = s->norm_epsilon,
                            .x = x,
                            .out_stride = s->hidden};
}

struct op_norm pass_head_norm_of(const struct pass *p, const float *gain, float *qkv,
                                 uint32_t first, uint32_t heads)
{
    const struct net_spec *s = &p->net->w->spec;
    gsize stride = (gsize)(s->heads + 2 * s->kv_heads) * s->head_dim;

    return (struct op_norm){.kind = NET_NORM_RMS,
                            .n = s->head_dim,
                            .parts = heads,
                            .gain = gain,
                            .offset = s->norm_offset,
                            .epsilon = s->norm_epsilon,
                            .x = {qkv + (gsize)first * s->head_dim, stride, p->rows},
                            .out_stride = stride};
}

struct op_activate pass_dense_of(const struct pass *p, const struct pass_head *h)
{
    const struct net_weights *w = p->net->w;

    return (struct op_activate){.kind = w->spec.activation,
                                .rows = p->rows,
                                .n = w->head_dense.out,
                                .x = h->dense,
                                .out = h->active};
}

struct op_rope pass_rope_of(const struct pass *p, float *qkv)
{
    const struct net_spec *s = &p->net->w->spec;
    gsize stride = (gsize)(s->heads + 2 * s->kv_heads) * s->head_dim;

    return (struct op_rope){.x = {qkv, stride, p->rows},
                            .heads = s->heads + s->kv_heads,
                            .head_dim = s->head_dim,
                            .cosine = p->net->cosine.values,
                            .sine = p->net->sine.values,
                            .positions = p->positions};
}

struct op_embed pass_embed_of(const struct pass *p, float *out)
{
    const struct net_weights *w = p->net->w;

    return (struct op_embed){.tokens = &w->tokens,
                             .table = &w->position,
                             .extra = w->type_0,
                             .scale = (float)w->spec.embed_scale,
                             .first_position = w->spec.first_position,
                             .ids = p->ids,
                             .positions = p->positions,
                             .out = {out, w->spec.hidden, p->rows}};
}

struct op_attention pass_attention_of(const struct pass *p, float *qkv)
{
    const struct net_spec *s = &p->net->w->spec;
    gsize stride = (gsize)(s->heads + 2 * s->kv_heads) * s->head_dim;

    return (struct op_attention){.heads = s->heads,
                                 .kv_heads = s->kv_heads,
                                 .head_dim = s->head_dim,
                                 .causal = s->causal,
                                 .window = s->window,
                                 .q = qkv,
                                 .q_stride = stride,
                                 .k = qkv + (gsize)s->heads * s->head_dim,
                                 .v = qkv + (gsize)(s->heads + s->kv_heads) * s->head_dim,
                                 .kv_stride = stride,
                                 .spans = p->spans,
                                 .n_spans = p->n_spans};
}

void pass_norm(const struct pass *p, const float *gain, const float *bias, struct net_rows x,
               float *out)
{
    struct op_norm o = pass_norm_of(p, gain, x);

    o.bias = bias;
    o.out = out;
    op_norm(&p->net->run, &o);
}

void pass_linear(const struct pass *p, const struct net_matrix *w, const float *bias,
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
