/* The way back through a pass that kept its blocks (tape.h). SPACE_BACK holds the gradient of the
 * residual stream: what left a block before it goes in, what entered it behind. Private to
 * core/net. */
#ifndef TARE_CORE_NET_PASS_BACK_H
#define TARE_CORE_NET_PASS_BACK_H

#include "core/net/pass.h"

struct pass_back {
    const struct pass *pass;
    const struct net_weights *gradient; /* its arrays are added to; NULL ones are left out */
};

/* Of the last rows of logits (op_loss_backward, in SPACE_LOGITS), what the rows in SPACE_PICKED
 * have of it: in SPACE_BACK_PICKED. */
void pass_back_logits(const struct pass_back *b, uint32_t rows);
/* Logits of rows in SPACE_PICKED, which stay. */
float *pass_back_forward_logits(const struct pass_back *b, uint32_t rows);
/* SPACE_BACK: of what pass_final gave, to what left the last block. */
void pass_back_final(const struct pass_back *b);
void pass_back_block(const struct pass_back *b, uint32_t block);
void pass_back_embed(const struct pass_back *b);
/* Through a norm whose out goes with the strides of dout and dx; add: to what dx holds. */
void pass_back_norm(const struct pass *p, struct op_norm of, const float *dout, float *dx, bool add,
                    float *dgain, float *dbias);

#endif
