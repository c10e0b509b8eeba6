/* Exact quantiles of every entry of a comparison, for reports: all workers, little kept.
 *
 * The thread that owns the comparison; the scan must have ended. */
#ifndef TARE_CORE_EXACT_ALL_H
#define TARE_CORE_EXACT_ALL_H

#include "core/comparison.h"

struct exact_quantiles {
    bool ok; /* false: the entry was not read */
    double base[EXACT_QUANTILES], tuned[EXACT_QUANTILES]; /* at exact_quantile_at */
};

/* out[n_entries]. Waits until all are done. An entry whose second read fails becomes ENTRY_FAILED in
 * the summary, with the error. */
void exact_all(struct comparison *c, struct exact_quantiles *out);

#endif
