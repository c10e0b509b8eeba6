/* Weights of one file that hold the same values under two names: tied, but stored twice.
 *
 * Told by what the scan found: shape, type, every sum to the last bit, the extremes with their
 * places, and the sketch. No value is read again, so it is a candidate, not a certainty
 * (core/tie.h compares). The thread that drains. */
#ifndef TARE_CORE_COPIES_H
#define TARE_CORE_COPIES_H

#include "core/comparison.h"

enum copies_side {
    COPIES_BASE,
    COPIES_TUNED,
    COPIES_EVERY /* the same on every side that an entry has, and the same sides */
};

/* first[i]: the entry before i whose values are i's; PAIR_NONE: there is none. Owned by the caller.
 * Constant tensors, as fresh biases are, are no copies. */
uint32_t *copies_find(const struct comparison *c, enum copies_side side);

#endif
