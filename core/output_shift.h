/* How far two models' predictions of the same token are apart: KL(base || tuned), nats.
 *
 * Filled by probes during their passes over a batch, base before tuned. Of a batch the first
 * OUTPUT_SHIFT_ROWS rows with logits are compared. */
#ifndef TARE_CORE_OUTPUT_SHIFT_H
#define TARE_CORE_OUTPUT_SHIFT_H

#include "core/activity_kernels.h"
#include "core/net/net.h"

#define OUTPUT_SHIFT_ROWS 256u

struct output_shift {
    const struct activity_kernels *kernels;
    GArray *divergences; /* double, a token each */
    uint64_t agreed;     /* tokens with the same first choice */
    float *held;         /* the base's logits, [n_held][vocabulary] */
    uint32_t held_row[OUTPUT_SHIFT_ROWS];
    uint32_t n_held;
};

void output_shift_init(struct output_shift *s);
void output_shift_finish(struct output_shift *s);
/* Another batch begins. */
void output_shift_batch(struct output_shift *s);
/* For the pass of one model. */
struct net_probe output_shift_probe(struct output_shift *s, bool tuned);
/* NAN: no token was compared. */
double output_shift_median(const struct output_shift *s);
double output_shift_mean(const struct output_shift *s);

#endif
