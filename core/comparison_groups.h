/* The groups of a comparison that is being made. */
#ifndef TARE_CORE_COMPARISON_GROUPS_H
#define TARE_CORE_COMPARISON_GROUPS_H

#include "core/comparison.h"

/* Sets groups, n_groups and group_of from the pairing and the places: weights and state in model
 * order, then what is no part of the model. */
void comparison_make_groups(struct comparison *c);

#endif
