/* The tuned side of a comparison with some of it put back to the base, as a source: what a run of
 * the model, a scan or a file is made of. No whole tensor is ever made; values are rounded to the
 * tuned tensor's type, so what is run is what would be saved.
 *
 * Lists the tuned side's tensors as the comparison presents them. What can't be mixed stays as it
 * is: tensors without a partner of equal shape, integers. Reading is as safe for threads as that of
 * both sides. */
#ifndef TARE_CORE_BLEND_SOURCE_H
#define TARE_CORE_BLEND_SOURCE_H

#include "core/blend.h"
#include "core/comparison.h"

/* Borrows the comparison, which must have a tuned side and outlive it; the edits are copied. */
struct source *blend_source_create(const struct comparison *c, const struct blend *edits);

/* Elements of tensor `index` are mixtures or the base's: an edit reaches it and can be followed. */
bool blend_source_changes(const struct source *s, uint32_t index);

#endif
