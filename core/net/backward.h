/* The gradient of a loss in every weight: the way back through a pass.
 *
 * The net keeps what each block computed, 4 bytes times rows times layers times
 *     2 hidden + heads + (2 heads + 2 kv_heads) head_dim + intermediate (twice when gated)
 * and a little more for norms that stand behind a branch or on heads; norms, activations and the
 * weights of attention are made again on the way back, so that nothing grows with the square of a
 * sequence. The same bits for any number of threads and every width of vectors (TARE_CPU). */
#ifndef TARE_CORE_NET_BACKWARD_H
#define TARE_CORE_NET_BACKWARD_H

#include "core/net/net.h"

struct net_goal {
    const uint32_t
        *targets; /* [packed rows]; UINT32_MAX: none. An encoder's are what stands there */
    float scale;  /* the loss is scale times the sum of -ln p(target); 1 / targets: their mean */
};

/* Adds the gradient to *gradient (net_weights_like); what is NULL in there is left out. losses
 * [packed rows]: -ln p(target) in nats, NAN where there is no target; first_logit is not asked.
 * False: an id, a length or a target that the model does not have, no head, no memory, or
 * *cancelled became true (TARE_ERROR_CANCELLED); *gradient is then of no use. The batch starts from
 * its ids (residual NULL), and weights are of any type. */
gboolean net_gradient(struct net *n, const struct net_batch *b, const struct net_goal *goal,
                      struct net_weights *gradient, double *losses, const gint *cancelled,
                      GError **error);

/* The memory that net_gradient takes for so many packed rows, the weights apart: about, and never
 * less than what blocks keep. */
uint64_t net_gradient_bytes(const struct net_weights *w, uint32_t rows);

#endif
