/* Exact results of the entries that were looked at last, computed one at a time in the pool.
 *
 * UI thread only; the worker owns a job of its own and touches the sources alone. */
#ifndef TARE_CORE_EXACT_CACHE_H
#define TARE_CORE_EXACT_CACHE_H

#include "core/exact.h"
#include "core/jobs.h"
#include "core/pair.h"

#define EXACT_CACHE_SLOTS 8

struct exact_slot {
    uint32_t entry; /* PAIR_NONE: free */
    gint64 used_at; /* a counter, the smallest goes first */
    struct exact_result *result;
    char *error;
};

struct exact_cache {
    struct exact_slot slots[EXACT_CACHE_SLOTS];
    gint64 clock;
    struct exact_job *running; /* at most one; cancelled when another entry is asked for */
};

void exact_cache_init(struct exact_cache *x);
/* Tells a running job to stop; its done() still comes. */
void exact_cache_cancel(struct exact_cache *x);
void exact_cache_finish(struct exact_cache *x);

struct exact_request {
    const struct checkpoint *base, *tuned; /* tuned may be NULL */
    const struct pair_entry *pair;
    uint32_t entry;
    struct pool *pool;
};

/* The computation itself, on any thread: a pair that can't be subtracted is two tensors on their own.
 * request->entry and pool are not looked at; cancelled may be NULL. */
gboolean exact_request_compute(const struct exact_request *r, struct exact_result *out,
                               const gint *cancelled, GError **error);

/* Finished result, or NULL: being computed (from now on), or failed with *error_text set. */
const struct exact_result *exact_cache_get(struct exact_cache *x, const struct exact_request *r,
                                           const char **error_text);

#endif
