/* Norms and deltas of the gates of a recurrent layer, read off the column energies of its kernels
 * (and of a GRU's bias, where it has a row for each of them). Reads the summary: the thread that
 * drains only. */
#ifndef TARE_CORE_GATES_H
#define TARE_CORE_GATES_H

#include "core/comparison.h"

#define GATES_MOST 4

struct gate {
    char letter;                        /* as in struct place: 'i' */
    const char *name;                   /* "input" */
    double base_l2, tuned_l2, delta_l2; /* NAN: that side is not there */
    double relative;                    /* delta_l2 / base_l2; NAN: undefined */
    double floor;                       /* below which the stored types can't tell; NAN: no delta */
};

/* How many there are, in the order of their columns; 0: the entry has none, or is not scanned. */
unsigned gates_of(const struct comparison *c, uint32_t entry, struct gate out[static GATES_MOST]);

#endif
