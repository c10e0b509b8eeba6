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

/* Where a gradient is farthest from differences of that loss, some elements of each array being
 * looked at, about as many of a small one as of a large one. */
struct net_farthest {
    double relative; /* to the norm of the array's gradient, less what differences are wrong by */
    guint array;     /* of net_weights_arrays */
    uint64_t element;
};

/* The weights are f32. */
struct net_farthest net_reference_farthest(const struct net_weights *w, const struct net_batch *b,
                                           const struct net_goal *goal,
                                           const struct net_weights *gradient);

#endif
