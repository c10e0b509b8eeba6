/* The loss of a model in float64, one number after the other as the formulas have it: slow, with
 * nothing in common with the pass but its tables of rotary angles. One weight can be moved, so that
 * differences tell its gradient. */
#ifndef TARE_TESTS_NET_REFERENCE_H
#define TARE_TESTS_NET_REFERENCE_H

#include "core/net/backward.h"

/* A weight of the model (f32), and by how much it is moved; NULL: none. */
struct net_moved {
    const float *weight;
    double by;
};

double net_reference_loss(const struct net_weights *w, const struct net_batch *b,
                          const struct net_goal *goal, struct net_moved moved);

#endif
