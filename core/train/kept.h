/* States of a run that one can go back to, and look at: immutable and shared, so that views read
 * one while the run goes on. Any thread. */
#ifndef TARE_CORE_TRAIN_KEPT_H
#define TARE_CORE_TRAIN_KEPT_H

#include "core/train/training.h"

struct kept;

/* A copy; NULL: no memory. The last kept_unref frees it. */
struct kept *kept_create(const struct training_state *s, GError **error);
struct kept *kept_ref(struct kept *k);
void kept_unref(struct kept *k); /* NULL is fine */
const struct training_state *kept_state(const struct kept *k);
uint64_t kept_step(const struct kept *k);
uint64_t kept_bytes(const struct kept *k);

/* Its weights in the form of the file that they came from, whose checkpoint is borrowed; holds the
 * state until it is closed. */
struct source *kept_source(struct kept *k, const struct checkpoint *base);

/* Which of n rising steps to give up for room: the one that leaves the smallest gap for its age, so
 * old ones get sparse and new ones stay dense; never the first or the last. n > 2. */
guint kept_least(const uint64_t *steps, guint n);

#endif
