/* Exact quantiles, a fine histogram and the largest weights of one tensor, by further reads of it.
 *
 * Memory is bounded whatever the tensor's size: ranks are found by radix selection on the ordered
 * bits of the values, 16 bits a pass (2 passes for types of up to 32 bits, 4 for 64). Worker
 * threads. */
#ifndef TARE_CORE_EXACT_H
#define TARE_CORE_EXACT_H

#include "core/checkpoint.h"

#define EXACT_TOP 10
#define EXACT_BINS 2048
#define EXACT_QUANTILES 9

/* 0.001 0.01 0.05 0.25 0.5 0.75 0.95 0.99 0.999 */
extern const double exact_quantile_at[EXACT_QUANTILES];

struct exact_side {
    double quantiles[EXACT_QUANTILES]; /* numpy's linear interpolation */
    double low, high; /* of the histogram: min and max, half a unit further if they are equal */
    uint64_t bins[EXACT_BINS]; /* the last bin includes max */
    struct {
        uint64_t at;
        double value;
    } top[EXACT_TOP]; /* by magnitude, then by position */
    unsigned n_top;
};

struct exact_result {
    bool has_base, has_tuned;
    struct exact_side base, tuned, delta;
};

/* base or tuned may be NULL (not both); both have as many elements. Sources are read in blocks of
 * SCAN_BLOCK, two to four times over; *cancelled (may be NULL) is polled between blocks. */
gboolean exact_compute(struct source *base, uint32_t base_index, struct source *tuned,
                       uint32_t tuned_index, struct exact_result *out, const gint *cancelled,
                       GError **error);

#endif
