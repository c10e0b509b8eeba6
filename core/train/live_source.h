/* Weights in memory as a source: every view and every number works on them without knowing.
 *
 * Tensors are those of the file that the weights came from, with its names, shapes and layout;
 * what is no part of the forward pass has the file's values. */
#ifndef TARE_CORE_TRAIN_LIVE_SOURCE_H
#define TARE_CORE_TRAIN_LIVE_SOURCE_H

#include "core/checkpoint.h"
#include "core/net/weights.h"

/* Borrows base and w, which must not be written while somebody reads. as_stored: in the file's
 * types, rounded to nearest even, so that it can be saved like the file; else float32. */
struct source *live_source_create(const struct checkpoint *base, struct net_weights *w,
                                  bool as_stored);
/* Of one that nobody closed yet: calls release when it closes. */
void live_source_hold(struct source *live, gpointer data, GDestroyNotify release);

#endif
