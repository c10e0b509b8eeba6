/* Runs one net or two on examples and looks at what flows through them.
 *
 * Test examples, one sequence each, base before tuned batch by batch, in an order drawn once with a
 * fixed seed, so that what is there when somebody stops is a fair sample. Batches are small, for
 * the base's activations of one are held: at most ACTIVITY_RUN_ROWS tokens, a longer example alone.
 * One thread (a worker's job). */
#ifndef TARE_CORE_ACTIVITY_RUN_H
#define TARE_CORE_ACTIVITY_RUN_H

#include "core/activity.h"
#include "core/examples.h"

#define ACTIVITY_RUN_ROWS 256u

struct activity_run {
    struct net *nets[ACTIVITY_SIDES]; /* tuned NULL: one model */
    const struct examples *examples;  /* tokenized */
    bool attention, output;           /* as in activity_options */
    uint32_t cka_tokens;
    guint threads;
    /* After each batch, on the running thread: it may take an activity_copy. May be NULL. */
    void (*progress)(void *data, const struct activity *a, uint64_t done, uint64_t total);
    void *data;
    const gint *cancelled; /* may be NULL */
};

/* Of a run that fails or is cancelled what was finished is returned all the same: error is set.
 * NULL: nothing could be run. Examples that a net can't take (too long, ids beyond its vocabulary)
 * are left out; *skipped (may be NULL) counts them. */
struct activity *activity_run(const struct activity_run *r, uint32_t *skipped, GError **error);

#endif
