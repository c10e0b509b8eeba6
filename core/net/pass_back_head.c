#include "core/net/pass_back.h"

#include "core/net/op_activate.h"
#include "core/net/op_linear.h"

/* Some rows through the head: what it reads at each step. */
struct head {
    const struct pass_back *back;
    const struct net_weights *w, *g;
    struct pass pass;         /* over these rows */
    float *picked, *dense;    /* behind the blocks; before activation */
    float *active, *normed;   /* before the norm, and what the last product reads */
    float *logits, *gradient; /* the latter of what was picked */
};

static struct head head_of(const struct pass_back *b, uint32_t rows)
{
    struct net *n = b->pass->net;
    struct head h = {.back = b,
                     .w = n->w,
                     .g = b->gradient,
                     .pass = {.net = n, .rows = rows},
                     .picked = n->space[SPACE_PICKED].values,
                     .dense = n->space[SPACE_DENSE].values,
                     .logits = n->space[SPACE_LOGITS].values,
                     .gradient = n->space[SPACE_BACK_PICKED].values};

    h.active = n->w->head_dense.values ? n->space[SPACE_HEAD_ACTIVE].values : h.picked;
    h.normed = n->w->head_norm ? n->space[SPACE_HEAD_NORMED].values : h.active;
    return h;
}

static struct net_rows active_rows(const struct head *h)
{
    return (struct net_rows){h->active, h->w->spec.hidden, h->pass.rows};
}

static struct op_activate activation(const struct head *h)
{
    return (struct op_activate){.kind = h->w->spec.activation,
                                .rows = h->pass.rows,
                                .n = h->w->head_dense.out,
                                .x = h->dense,
                                .out = h->active};
}

float *pass_back_forward_logits(const struct pass_back *b, uint32_t rows)
{
    const struct head h = head_of(b, rows);
    const struct op_activate act = activation(&h);

    if (h.w->head_dense.values) {
        pass_linear(&h.pass, &h.w->head_dense, h.w->head_dense_bias, h.picked, h.dense, false);
        op_activate(&h.pass.net->run, &act);
    }
    if (h.w->head_norm)
        pass_norm(&h.pass, h.w->head_norm, h.w->head_norm_bias, active_rows(&h), h.normed);
    pass_linear(&h.pass, &h.w->head, h.w->head_bias, h.normed, h.logits, false);
    return h.logits;
}

static void norm_back(const struct head *h)
{
    struct op_norm of = pass_norm_of(&h->pass, h->w->head_norm, active_rows(h));

    of.means = h->pass.net->space[SPACE_STATISTICS].values;
    of.scales = of.means + h->pass.rows;
    op_norm_backward(&h->pass.net->run, &(struct op_norm_backward){.of = of,
                                                                   .dout = h->gradient,
                                                                   .dout_stride = of.out_stride,
                                                                   .dx = h->gradient,
                                                                   .dx_stride = of.out_stride,
                                                                   .dgain = h->g->head_norm,
                                                                   .dbias = h->g->head_norm_bias});
}

/* The activation's gradient stands in the place of what it was made from. */
static void dense_back(const struct head *h)
{
    op_activate_backward(
        &h->pass.net->run,
        &(struct op_activate_backward){.of = activation(h), .dout = h->gradient, .dx = h->dense});
    op_linear_backward(&h->pass.net->run,
                       &(struct op_linear_backward){.w = &h->w->head_dense,
                                                    .x = h->picked,
                                                    .dout = h->dense,
                                                    .rows = h->pass.rows,
                                                    .dx = h->gradient,
                                                    .dw = h->g->head_dense.values,
                                                    .dbias = h->g->head_dense_bias});
}

void pass_back_logits(const struct pass_back *b, uint32_t rows)
{
    const struct head h = head_of(b, rows);

    op_linear_backward(&h.pass.net->run, &(struct op_linear_backward){.w = &h.w->head,
                                                                      .x = h.normed,
                                                                      .dout = h.logits,
                                                                      .rows = rows,
                                                                      .dx = h.gradient,
                                                                      .dw = h.g->head.values,
                                                                      .dbias = h.g->head_bias});
    if (h.w->head_norm)
        norm_back(&h);
    if (h.w->head_dense.values)
        dense_back(&h);
}
