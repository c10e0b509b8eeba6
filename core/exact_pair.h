/* Exact numbers of a pair entry: the computation, and how a lazy cache keeps it. */
#ifndef TARE_CORE_EXACT_PAIR_H
#define TARE_CORE_EXACT_PAIR_H

#include "core/exact.h"
#include "core/lazy_cache.h"
#include "core/pair.h"

struct exact_request {
    const struct checkpoint *base, *tuned; /* tuned may be NULL */
    const struct pair_entry *pair;
};

/* On any thread: a pair that can't be subtracted is two tensors on their own. cancelled may be
 * NULL. */
gboolean exact_request_compute(const struct exact_request *r, struct exact_result *out,
                               const gint *cancelled, GError **error);

/* struct exact_request to struct exact_result */
extern const struct lazy_kind exact_kind;

#endif
