#include "core/net/pass_back.h"

#include "core/net/op_linear.h"

/* Some rows through the head: what it reads at each step. */
struct head {
    const struct net_weights *w, *g;
    struct pass pass; /* over these rows */
    struct pass_head at;
    float *gradient; /* of what was picked */
};

static struct head head_of(const struct pass_back *b, uint32_t rows)
{
    struct net *n = b->pass->net;
    struct head h = {.w = n->w,
                     .g = b->gradient,
                     .pass = {.net = n, .rows = rows},
                     .at = {.picked = n->space[SPACE_PICKED].values,
                            .dense = n->space[SPACE_DENSE].values,
                            .logits = n->space[SPACE_LOGITS].values},
                     .gradient = n->space[SPACE_BACK_PICKED].values};

    h.at.active = n->w->head_dense.values ? n->space[SPACE_HEAD_ACTIVE].values : h.at.picked;
    h.at.normed = n->w->head_norm ? n->space[SPACE_HEAD_NORMED].values : h.at.active;
    return h;
}

float *pass_back_forward_logits(const struct pass_back *b, uint32_t rows)
{
    const struct head h = head_of(b, rows);

    pass_head(&h.pass, &h.at);
    return h.at.logits;
}

static void norm_back(const struct head *h)
{
    const struct net_rows active = {h->at.active, h->w->spec.hidden, h->pass.rows};

    pass_back_norm(&h->pass, pass_norm_of(&h->pass, h->w->head_norm, active), h->gradient,
                   h->gradient, false, h->g->head_norm, h->g->head_norm_bias);
}

/* The activation's gradient stands in the place of what it was made from. */
static void dense_back(const struct head *h)
{
    op_activate_backward(&h->pass.net->run,
                         &(struct op_activate_backward){.of = pass_dense_of(&h->pass, &h->at),
                                                        .dout = h->gradient,
                                                        .dx = h->at.dense});
    op_linear_backward(&h->pass.net->run,
                       &(struct op_linear_backward){.w = &h->w->head_dense,
                                                    .x = h->at.picked,
                                                    .dout = h->at.dense,
                                                    .rows = h->pass.rows,
                                                    .dx = h->gradient,
                                                    .dw = h->g->head_dense.values,
                                                    .dbias = h->g->head_dense_bias});
}

void pass_back_logits(const struct pass_back *b, uint32_t rows)
{
    const struct head h = head_of(b, rows);

    op_linear_backward(&h.pass.net->run, &(struct op_linear_backward){.w = &h.w->head,
                                                                      .x = h.at.normed,
                                                                      .dout = h.at.logits,
                                                                      .rows = rows,
                                                                      .dx = h.gradient,
                                                                      .dw = h.g->head.values,
                                                                      .dbias = h.g->head_bias});
    if (h.w->head_norm)
        norm_back(&h);
    if (h.w->head_dense.values)
        dense_back(&h);
}
