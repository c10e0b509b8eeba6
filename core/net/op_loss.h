/* Cross entropy of logits, and its gradient in them. */
#ifndef TARE_CORE_NET_OP_LOSS_H
#define TARE_CORE_NET_OP_LOSS_H

#include "core/net/run.h"

struct op_loss {
    const float *logits; /* [rows][vocabulary] */
    uint32_t rows, vocabulary;
    const uint32_t *targets; /* [rows]; UINT32_MAX: none, the loss is NAN */
    double *losses;          /* [rows]: log sum exp(logits) - logits[target] */
};

void op_loss(const struct net_run *run, const struct op_loss *o);

/* Losses, and logits replaced by scale (softmax - 1 at the target); 0 where there is none. */
void op_loss_backward(const struct net_run *run, const struct op_loss *o, float *logits,
                      float scale);

#endif
