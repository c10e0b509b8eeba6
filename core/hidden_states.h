/* The residual stream of one example in both models, token by token: kept whole.
 *
 * Runs the nets on the calling thread (a worker's job, not the UI's); afterwards it is immutable.
 */
#ifndef TARE_CORE_HIDDEN_STATES_H
#define TARE_CORE_HIDDEN_STATES_H

#include "core/activity.h"

#define HIDDEN_STATES_BYTES (512u << 20) /* of both sides together */

struct hidden_states {
    uint32_t n, hidden;
    uint32_t layers; /* embedded, after each block, behind the last norm: blocks + 2 */
    uint32_t *ids;   /* [n] */
    float *values[ACTIVITY_SIDES]; /* [layers][n][hidden]; tuned NULL: one model */
};

/* tuned may be NULL; it must have the base's shape. */
struct hidden_states *hidden_states_run(struct net *base, struct net *tuned, const uint32_t *ids,
                                        uint32_t n, const gint *cancelled, GError **error);
void hidden_states_destroy(struct hidden_states *h); /* NULL is fine */

/* Of one token in one layer; NAN: undefined, or one model. */
struct hidden_state {
    double norm[ACTIVITY_SIDES]; /* |h| */
    double shift;                /* |h1 - h0| / |h0| */
    double cosine;               /* of h0 and h1 */
};
void hidden_state_of(const struct hidden_states *h, uint32_t layer, uint32_t token,
                     struct hidden_state *out);

#endif
