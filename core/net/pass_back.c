#include "core/net/pass_back.h"

#include <string.h>
#include "core/net/op_linear.h"

/* Weights of a block with what is added to their gradients. */
struct block_pair {
    const struct net_block *w, *g;
    const struct pass_kept *kept;
};

static float *space(const struct pass_back *b, enum net_space s)
{
    return b->pass->net->space[s].values;
}

static const struct net_spec *spec_of(const struct pass_back *b)
{
    return &b->pass->net->w->spec;
}

static struct net_rows rows_of(const struct pass_back *b, float *values)
{
    return (struct net_rows){values, spec_of(b)->hidden, b->pass->rows};
}

/* dx NULL: not wanted; add: to what it holds. */
static void input_back(const struct pass_back *b, const struct net_matrix *w, const float *dout,
                       float *dx, bool add)
{
    op_linear_backward(&b->pass->net->run,
                       &(struct op_linear_backward){
                           .w = w, .dout = dout, .rows = b->pass->rows, .dx = dx, .add = add});
}

static void weights_back(const struct pass_back *b, const struct net_matrix *w, const float *x,
                         const float *dout, const struct net_matrix *dw, float *dbias)
{
    op_linear_backward(
        &b->pass->net->run,
        &(struct op_linear_backward){
            .w = w, .x = x, .dout = dout, .rows = b->pass->rows, .dw = dw->values, .dbias = dbias});
}

void pass_back_norm(const struct pass *p, struct op_norm of, const float *dout, float *dx, bool add,
                    float *dgain, float *dbias)
{
    of.means = p->net->space[SPACE_STATISTICS].values;
    of.scales = of.means + (gsize)of.x.n * of.parts;
    op_norm_backward(&p->net->run, &(struct op_norm_backward){.of = of,
                                                              .dout = dout,
                                                              .dout_stride = of.out_stride,
                                                              .dx = dx,
                                                              .dx_stride = of.out_stride,
                                                              .add = add,
                                                              .dgain = dgain,
                                                              .dbias = dbias});
}

static void norm_back(const struct pass_back *b, const float *gain, float *x, const float *dout,
                      float *dx, bool add, float *dgain, float *dbias)
{
    pass_back_norm(b->pass, pass_norm_of(b->pass, gain, rows_of(b, x)), dout, dx, add, dgain,
                   dbias);
}

/* The gradient of what a branch added to the residual stream, before a norm behind it. */
static const float *branch_back(const struct pass_back *b, const float *norm_after, float *kept,
                                float *dgain)
{
    if (!norm_after)
        return space(b, SPACE_BACK);
    norm_back(b, norm_after, kept, space(b, SPACE_BACK), space(b, SPACE_BRANCH), false, dgain,
              NULL);
    return space(b, SPACE_BRANCH);
}

/* The MLP's activation made again; its input's gradients in the place of its own. */
static void activation_back(const struct pass_back *b, const struct pass_kept *kept)
{
    const struct net_spec *s = spec_of(b);
    float *back = space(b, SPACE_BACK_HIDDEN);

    op_activate_backward(&b->pass->net->run, &(struct op_activate_backward){
                                                 .of = {.kind = s->activation,
                                                        .rows = b->pass->rows,
                                                        .n = s->intermediate,
                                                        .x = s->gated ? kept->gate : kept->up,
                                                        .up = s->gated ? kept->up : NULL,
                                                        .out = space(b, SPACE_HIDDEN)},
                                                 .dout = back,
                                                 .dx = s->gated ? space(b, SPACE_GATE) : back,
                                                 .dup = s->gated ? back : NULL});
}

/* What a branch reads: the stream, normed by the norm that stands between. */
static float *branch_input(const struct pass_back *b, const float *gain, const float *bias,
                           float *stream)
{
    pass_norm(b->pass, gain, bias, rows_of(b, stream), space(b, SPACE_NORMED));
    return space(b, SPACE_NORMED);
}

static void mlp_back(const struct pass_back *b, const struct block_pair *p)
{
    const struct net_spec *s = spec_of(b);
    const struct net_block *w = p->w, *g = p->g;
    const float *branch = branch_back(b, w->norm_after_mlp, p->kept->descended, g->norm_after_mlp);
    const float *x = branch_input(b, s->pre_norm ? w->norm_2 : w->norm_1,
                                  s->pre_norm ? w->norm_2_bias : w->norm_1_bias, p->kept->middle);
    float *dx = space(b, s->pre_norm ? SPACE_BACK_NORMED : SPACE_BACK);
    float *hidden = space(b, SPACE_BACK_HIDDEN);

    input_back(b, &w->down, branch, hidden, false);
    activation_back(b, p->kept);
    weights_back(b, &w->down, space(b, SPACE_HIDDEN), branch, &g->down, g->down_bias);
    weights_back(b, &w->up, x, hidden, &g->up, g->up_bias);
    input_back(b, &w->up, hidden, dx, !s->pre_norm);
    if (s->gated) {
        weights_back(b, &w->gate, x, space(b, SPACE_GATE), &g->gate, g->gate_bias);
        input_back(b, &w->gate, space(b, SPACE_GATE), dx, true);
    }
    if (s->pre_norm)
        norm_back(b, w->norm_2, p->kept->middle, dx, space(b, SPACE_BACK), true, g->norm_2,
                  g->norm_2_bias);
}

/* Through the norms on heads and the rotary positions, in place. */
static void heads_back(const struct pass_back *b, const struct block_pair *p, float *back)
{
    const struct net_spec *s = spec_of(b);
    const struct pass *pass = b->pass;
    struct op_rope rope = pass_rope_of(pass, back);
    gsize keys = (gsize)s->heads * s->head_dim;

    rope.back = true;
    if (s->position == NET_POSITIONS_ROPE)
        op_rope(&pass->net->run, &rope);
    if (p->w->query_norm)
        pass_back_norm(pass,
                       pass_head_norm_of(pass, p->w->query_norm, p->kept->raw, 0, s->heads), back,
                       back, false, p->g->query_norm, NULL);
    if (p->w->key_norm)
        pass_back_norm(pass,
                       pass_head_norm_of(pass, p->w->key_norm, p->kept->raw, s->heads, s->kv_heads),
                       back + keys, back + keys, false, p->g->key_norm, NULL);
}

static void mixture_back(const struct pass_back *b, const struct pass_kept *kept)
{
    struct op_attention of = pass_attention_of(b->pass, kept->qkv);
    const struct op_attention back = pass_attention_of(b->pass, space(b, SPACE_QKV));
    float *qkv = space(b, SPACE_QKV);

    of.out = kept->mixed;
    of.log_sums = kept->log_sums;
    op_attention_backward(&b->pass->net->run,
                          &(struct op_attention_backward){.of = of,
                                                          .dout = space(b, SPACE_MIXED),
                                                          .dq = qkv,
                                                          .dk = qkv + (back.k - back.q),
                                                          .dv = qkv + (back.v - back.q)});
}

static void attention_back(const struct pass_back *b, const struct block_pair *p)
{
    const struct net_spec *s = spec_of(b);
    const struct net_block *w = p->w, *g = p->g;
    const float *branch =
        branch_back(b, w->norm_after_attention, p->kept->attended, g->norm_after_attention);
    float *dx = space(b, s->pre_norm ? SPACE_BACK_NORMED : SPACE_BACK);
    float *qkv = space(b, SPACE_QKV);
    const float *x = p->kept->input;

    weights_back(b, &w->out, p->kept->mixed, branch, &g->out, g->out_bias);
    input_back(b, &w->out, branch, space(b, SPACE_MIXED), false);
    mixture_back(b, p->kept);
    heads_back(b, p, qkv);
    if (s->pre_norm)
        x = branch_input(b, w->norm_1, w->norm_1_bias, p->kept->input);
    weights_back(b, &w->qkv, x, qkv, &g->qkv, g->qkv_bias);
    input_back(b, &w->qkv, qkv, dx, !s->pre_norm);
    if (s->pre_norm)
        norm_back(b, w->norm_1, p->kept->input, dx, space(b, SPACE_BACK), true, g->norm_1,
                  g->norm_1_bias);
}

/* An encoder's norm of a sum. */
static void sum_back(const struct pass_back *b, const float *gain, float *sum, float *dgain,
                     float *dbias)
{
    if (!spec_of(b)->pre_norm)
        norm_back(b, gain, sum, space(b, SPACE_BACK), space(b, SPACE_BACK), false, dgain, dbias);
}

void pass_back_block(const struct pass_back *b, uint32_t block)
{
    const struct block_pair p = {b->pass->net->w->blocks + block, b->gradient->blocks + block,
                                 b->pass->kept + block};

    sum_back(b, p.w->norm_2, p.kept->output, p.g->norm_2, p.g->norm_2_bias);
    mlp_back(b, &p);
    sum_back(b, p.w->norm_1, p.kept->middle, p.g->norm_1, p.g->norm_1_bias);
    attention_back(b, &p);
}

void pass_back_embed(const struct pass_back *b)
{
    const struct net_weights *w = b->pass->net->w, *g = b->gradient;
    float *back = space(b, SPACE_BACK), *embedded = space(b, SPACE_NORMED);
    struct op_embed of = pass_embed_of(b->pass, embedded);

    if (w->embed_norm) {
        op_embed(&b->pass->net->run, &of);
        norm_back(b, w->embed_norm, embedded, back, back, false, g->embed_norm, g->embed_norm_bias);
    }
    of.out.values = back;
    op_embed_backward(&b->pass->net->run, &(struct op_embed_backward){.of = &of,
                                                                      .dtokens = g->tokens.values,
                                                                      .dtable = g->position.values,
                                                                      .dextra = g->type_0});
}

void pass_back_final(const struct pass_back *b)
{
    const struct net_weights *w = b->pass->net->w, *g = b->gradient;
    float *back = space(b, SPACE_BACK);

    if (w->final_norm)
        norm_back(b, w->final_norm, space(b, SPACE_RESIDUAL), back, back, false, g->final_norm,
                  g->final_norm_bias);
}
