/* A mergeable, signed magnitude sketch: counts per sign, octave and 1/32 of an octave's base.
 *
 * A bin is the leading bits of the IEEE-754 double: sign, 11 bits of exponent, SKETCH_MANTISSA_BITS
 * of mantissa (subnormals as if the exponent went on). Every order statistic read off it is within
 * SKETCH_ERROR of the truth, relative to itself; zeros are exact; merging is exact. Cost per
 * element: one shift, one increment.
 *
 * struct sketch is the stored form (sorted, only occupied bins); struct sketch_table the working
 * form a worker fills. Owners are written at each function; a sketch is touched by one thread at a
 * time. */
#ifndef TARE_CORE_SCAN_SKETCH_H
#define TARE_CORE_SCAN_SKETCH_H

#include <stddef.h>
#include <stdint.h>

#define SKETCH_MANTISSA_BITS 5
/* Of a bin's value at its ends: (high - low) / (high + low) of the first bin of an octave. */
#define SKETCH_ERROR (1.0 / 65.0)

struct sketch_bin {
    int32_t key; /* ascending in value: negative for negative values, 0 = zero */
    uint64_t count;
};

struct sketch {
    struct sketch_bin *bins; /* ascending key; owned */
    uint32_t n_bins;
    uint64_t total; /* finite elements */
};

void sketch_init(struct sketch *s);
void sketch_finish(struct sketch *s);
/* into += next; next is unchanged. */
void sketch_merge(struct sketch *into, const struct sketch *next);

/* Value range of a bin, low < high as values; the edge that is nearer zero belongs to the bin. Key
 * 0 is [0, 0]; the outermost end with DBL_MAX. */
void sketch_bin_range(int32_t key, double *low, double *high);
/* The value that stands for a bin: within SKETCH_ERROR of any value in it, relative to that. */
double sketch_bin_value(int32_t key);

/* Value at rank q in [0,1] with linear interpolation of ranks (numpy's default); min and max bound
 * it where the caller knows them (NAN: not known). NAN if empty. Off by at most SKETCH_ERROR times
 * the larger magnitude of the two order statistics it lies between. */
double sketch_quantile(const struct sketch *s, double q, double min, double max);
/* Number of elements < x, spreading a bin evenly. */
double sketch_rank(const struct sketch *s, double x);

/* counts[n] over n equal bins of [low, high]; elements of a sketch bin that straddles an edge are
 * spread evenly. */
void sketch_histogram(const struct sketch *s, double low, double high, double *counts, size_t n);

/* Distances between two distributions, each normalised to 1. NAN if one is empty.
 * W1 spreads each bin evenly: off by at most (mean |a| + mean |b|) / 64. KS is taken at the
 * edges of the bins: never above the truth, below it by at most the largest share of one bin. JS is
 * that of the bins themselves (Lin 1991): never above that of the values. */
double sketch_wasserstein(const struct sketch *a, const struct sketch *b);
double sketch_ks(const struct sketch *a, const struct sketch *b);
double sketch_js(const struct sketch *a, const struct sketch *b); /* sqrt of JSD, base 2: 0 to 1 */
/* Share of the sum of squares that the largest `share` of the elements hold; every element counts
 * as the value of its bin, so it is within 5 SKETCH_ERROR, relative. NAN if all are zero or none.
 */
double sketch_energy_share(const struct sketch *s, double share);

/* Working form: one a worker and side, reused; big, so allocated once. Up to 2^32 - 1 elements. */
struct sketch_table;
struct sketch_table *sketch_table_create(void);
void sketch_table_destroy(struct sketch_table *t);
/* Counts x[0..n), whatever it holds; elements that are not finite are left out. */
void sketch_table_add(struct sketch_table *t, const double *x, size_t n);
/* Moves the counts out into an initialised, empty sketch (owned by the caller), clears the table.
 */
void sketch_table_take(struct sketch_table *t, struct sketch *out);

#endif
