/* Neurons of a block's MLP, or units of a dense layer or convolution outside the blocks: what leads
 * in, what leads out.
 *
 * Neuron j of a block: output j of every matrix that ends in the hidden layer (gate, up; in a fused
 * one every output that is j modulo the number of neurons), and input j of the one that starts
 * there (down). Which axis that is, the kernel's orientation says; where it is not known there is
 * no group. Reads the summary: the thread that drains only. */
#ifndef TARE_CORE_NEURONS_H
#define TARE_CORE_NEURONS_H

#include "core/comparison.h"

struct neuron {
    uint32_t unit;
    /* Norms of all weights that lead in, and out; NAN: that side is not there. */
    double base_in, tuned_in, delta_in;
    double base_out, tuned_out, delta_out;
    double relative;            /* |delta| / |base| over both; NAN: undefined */
    bool dead_base, dead_tuned; /* nothing leads in, or nothing leads out: a norm of at most
                                   dead.norm times the median of its kind in the group */
};

/* A set of units: a block's MLP, or one layer outside the blocks. */
struct neuron_group {
    uint32_t group; /* index into comparison->groups */
    uint32_t units;
    uint32_t n_dead_base, n_dead_tuned;
    uint32_t n_newly_dead; /* in the tuned side only */
    double floor; /* of every unit's relative: the coarsest type's among the group's matrices;
                     NAN: there is no delta */
};

/* All groups whose matrices are scanned; array of struct neuron_group, owned by the caller. */
GArray *neuron_groups(const struct comparison *c);
/* out[units] of that group. */
void neurons_of(const struct comparison *c, const struct neuron_group *group, struct neuron *out);

#endif
