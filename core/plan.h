/* From pair entries to blocks of SCAN_BLOCK elements, in the order of their urgency.
 *
 * The pool's feed: a worker asks for the next block, reads it, scans it; partial results are folded
 * in block order as they become contiguous, so memory stays bounded; the last one turns the entry
 * into a finished result on the thread that drains. */
#ifndef TARE_CORE_PLAN_H
#define TARE_CORE_PLAN_H

#include "core/jobs.h"
#include "core/pair.h"
#include "core/summary.h"

struct scan_plan;

struct plan_input {
    const struct checkpoint *base, *tuned; /* tuned may be NULL */
    const struct pairing *pairing;
    struct summary *summary; /* written by done() only */
    const struct scan_ops *ops;
    guint workers;
};

struct scan_plan *plan_create(const struct plan_input *in);
void plan_destroy(struct scan_plan *p);

/* pool_feed: the next block's job, NULL when there is none. */
struct job *plan_next(void *plan);

/* UI thread. */
void plan_prefer(struct scan_plan *p, const uint32_t *entries, uint32_t n);
void plan_cancel(struct scan_plan *p);
/* Puts cancelled entries back; the pool must be kicked afterwards. */
void plan_resume(struct scan_plan *p);
bool plan_running(const struct scan_plan *p);

struct plan_progress {
    uint64_t bytes_done, bytes_total;
    gint64 started_us, ended_us; /* monotonic; ended 0: still running */
    bool cancelled;
};
void plan_progress(const struct scan_plan *p, struct plan_progress *out);

#endif
