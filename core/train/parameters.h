/* What a training may change: every tensor of the forward pass with its values, its gradient, and
 * how fast it learns. Private to core/train. */
#ifndef TARE_CORE_TRAIN_PARAMETERS_H
#define TARE_CORE_TRAIN_PARAMETERS_H

#include "core/checkpoint.h"
#include "core/net/weights.h"
#include "core/train/training.h"

/* A tensor in the net's weights: [rows][columns] in [out][in] form, one behind the other. */
struct training_piece {
    uint32_t tensor; /* of the base's source */
    uint32_t group;  /* its block, or n_blocks where it is outside */
    bool matrix;     /* one of those that group ratios pool */
    bool decays;
    double factor;
    float *weights, *gradient;
    uint64_t n, columns;
};

/* Values that an optimizer updates: a piece, or a factor of an adapter. */
struct training_stretch {
    uint32_t piece;
    float *w, *gradient, *moments[OPTIMIZER_MOMENTS];
    uint64_t n;
    double factor;
    bool decays;
};

/* A part of a stretch that one thread works on; where it is cut never depends on threads. */
#define TRAINING_CUT ((uint64_t)1 << 16)
struct training_cut {
    uint32_t stretch;
    uint64_t first;
    uint32_t n;
};

/* Where a tensor's values stand in w, and how many; false: no part of the forward pass. */
bool training_values(const struct checkpoint *base, struct net_weights *w, uint32_t tensor,
                     float **values, uint64_t *n, uint64_t *columns);

/* Of struct training_piece, in the source's order. Factors by the options' patterns, of which each
 * must fit a tensor that could be trained (TARE_ERROR_USAGE), times the layers' decay. NULL: error.
 */
GArray *training_pieces(const struct checkpoint *base, const struct training_options *o,
                        struct net_weights *weights, struct net_weights *gradient, GError **error);
/* Of struct training_cut. */
GArray *training_cuts(const struct training_stretch *stretches, guint n);

#endif
