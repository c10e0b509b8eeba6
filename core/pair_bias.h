/* Pairs of examples that say the same of two groups: which of the two a model finds likelier.
 *
 * Two test examples of the same pair and of two categories are one; their difference is the log
 * probability a token of that of the first category less that of the second: above 0, the model
 * prefers the first. (Per token, so that longer names don't count as less likely.) It tells of
 * these sentences, not of how the model treats people. */
#ifndef TARE_CORE_PAIR_BIAS_H
#define TARE_CORE_PAIR_BIAS_H

#include "core/bootstrap.h"
#include "core/evaluation.h"

#define PAIR_BIAS_PAIRS 10u /* fewer give no interval */

struct pair_bias {
    uint32_t category[2]; /* the first is the earlier one of the examples' */
    uint32_t pairs;
    double difference[EVALUATION_SIDES]; /* NAN: not run */
    struct interval interval[EVALUATION_SIDES];
    double change; /* tuned - base; NAN: one model */
    struct interval change_interval;
};

/* struct pair_bias for each two categories that have pairs, in their order; owned by the caller.
 * Only pairs that every model has run count. *odd: pairs of examples that are none, of one category
 * or more or fewer than two. */
GArray *pair_bias_of(const struct evaluation *e, uint32_t *odd);

#endif
