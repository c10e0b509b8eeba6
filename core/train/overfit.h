/* Held-out loss over a run: where it was least, and since when it has been above that while the
 * loss of the training falls. */
#ifndef TARE_CORE_TRAIN_OVERFIT_H
#define TARE_CORE_TRAIN_OVERFIT_H

#include "core/threshold.h"
#include "core/train/timeline.h"

/* The look of the least held-out loss among the first n; -1: none has one. */
int best_look(const struct timeline *t, guint n);
/* Held-out loss of each look [looks] less the least up to it, nats a token; NAN unless it is above
 * run.overfit there and at run.patience looks in a row, while the loss on what is trained is below
 * what it was at the best look. */
void overfit_gaps(const struct timeline *t, const struct thresholds *limits, double *out);

#endif
