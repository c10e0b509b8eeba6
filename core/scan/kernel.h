/* Kernels of the scan: a row a CPU. Private to core/scan.
 *
 * scan_scalar.c defines the answer: element i of a run goes to lane i % 16 (lanes_count), a run's
 * lanes are added to the block's (lanes_commit), and energy_squares. The other rows take 16
 * elements at a time and leave the rest of a run to lanes_count. */
#ifndef TARE_CORE_SCAN_KERNEL_H
#define TARE_CORE_SCAN_KERNEL_H

#include <math.h>
#include "core/scan/scan.h"
#include "core/scan/sketch_table.h"

#define SCAN_LANES 16
/* Base, tuned and delta of a run as doubles stay in a first-level cache beside the sketches. */
#define SCAN_RUN 512
/* Columns of a matrix whose sums fit the registers. */
#define SCAN_STRIPE 64
/* Rows of 16 columns and more that a run holds at most. */
#define SCAN_ROWS (SCAN_RUN / SCAN_LANES)
/* Sums of so many rows, of three sides, are more than a second-level cache keeps. */
#define SCAN_LONG ((uint64_t)1 << 15)

/* Sums of y = x - shift, and what is known of x itself. */
struct lanes {
    _Alignas(64) double l1[SCAN_LANES]; /* |x| */
    double p1[SCAN_LANES], p2[SCAN_LANES], p3[SCAN_LANES], p4[SCAN_LANES];
    double min[SCAN_LANES], max[SCAN_LANES];
    uint64_t zeros;
    bool reached; /* the last run that was committed holds the minimum or the maximum */
};

struct pair_lanes {
    _Alignas(64) double p11[SCAN_LANES]; /* (base - its shift) * (delta - its shift) */
    uint64_t sign_flips;
};

/* Where the squares of a run go that is rows x cols elements of a matrix: x holds stripes of
 * SCAN_STRIPE columns (the last of fewer), each row by row. Column c goes to lane c % 16. */
struct energy_tile {
    size_t rows, cols;
    double *col;                 /* of the tile's first column */
    double *row;                 /* of its first row */
    double (*lanes)[SCAN_LANES]; /* of the rows under way; NULL: the rows, of up to 16 columns,
                                    end with the tile */
    bool is_long;                /* the block has so many of these that they may go past the
                                    caches */
};

struct scan_ops {
    const char *name;
    /* Adds a run. Returns false, with nothing changed, if a value or the sum is not finite.
     * acc->min and max are the same in all lanes before and after. */
    bool (*one)(struct lanes *acc, uint32_t *counts, const double *x, size_t n, double shift);
    /* Adds the squares of a tile of finite values; others may spoil the sums. */
    void (*squares)(const struct energy_tile *tile, const double *x);
    /* Each row's sum is what its lanes fold to; clears them. */
    void (*fold)(double *row, double (*lanes)[SCAN_LANES], size_t rows);
    /* After a block whose tiles were long: other threads see what went past the caches. NULL:
     * nothing does. */
    void (*settle)(void);
    /* d = b - a and the sums of a pair of runs, all finite. */
    void (*pair)(struct pair_lanes *acc, double *d, const double *a, const double *b, size_t n,
                 double shift_a, double shift_d);
    /* Faster decoders with the same values; NULL: the dtype's own. */
    void (*decode[DTYPE_COUNT])(double *dst, const void *src, size_t elems);
    /* decode of a stripe whose rows lie `stride` elements apart, and its squares to col and to the
     * tile's rows; cols is a multiple of 16, or 8 if the tile has no lanes. NULL: one after the
     * other. */
    void (*gather[DTYPE_COUNT])(const struct energy_tile *tile, double *col, double *dst,
                                const void *src, size_t cols, size_t stride);
};

extern const struct scan_ops scan_ops_scalar;
#if defined(__x86_64__)
extern const struct scan_ops scan_ops_avx2, scan_ops_avx512;
#endif

extern const double lanes_infinite[SCAN_LANES];

void lanes_init(struct lanes *l);
/* Fixed tree: halves onto each other, 16 to 1. */
double lanes_fold(const double v[SCAN_LANES]);
/* Takes the fold of min and max into all lanes of acc. */
void lanes_commit_extremes(struct lanes *acc, const struct lanes *run);
/* Adds a run's lanes to the block's, unless they say, by l1, that not everything was finite. */
bool lanes_commit(struct lanes *acc, const struct lanes *run);
/* Takes back what sketch_count counted. */
void sketch_uncount(uint32_t *counts, const double *x, size_t n);
/* As `one` of the reference, without counting. */
bool lanes_add(struct lanes *acc, const double *x, size_t n, double shift);

static inline __attribute__((always_inline)) void lanes_count(struct lanes *run, size_t lane,
                                                              double x, double shift)
{
    double y = x - shift, y2 = y * y;

    run->l1[lane] += fabs(x);
    run->p1[lane] += y;
    run->p2[lane] += y2;
    run->p3[lane] += y2 * y;
    run->p4[lane] += y2 * y2;
    run->min[lane] = x < run->min[lane] ? x : run->min[lane];
    run->max[lane] = x > run->max[lane] ? x : run->max[lane];
    run->zeros += x == 0;
}

/* The reference of a tile's sums, for what is finite. */
void energy_squares(const struct energy_tile *tile, const double *x);
#if defined(__x86_64__)
void energy_squares_avx2(const struct energy_tile *tile, const double *x);
void energy_fold_avx2(double *row, double (*lanes)[SCAN_LANES], size_t rows);
void energy_settle(void);
void energy_gather_f32_avx2(const struct energy_tile *tile, double *col, double *dst,
                            const void *src, size_t cols, size_t stride);
void energy_gather_f16_avx2(const struct energy_tile *tile, double *col, double *dst,
                            const void *src, size_t cols, size_t stride);
void energy_gather_bf16_avx2(const struct energy_tile *tile, double *col, double *dst,
                             const void *src, size_t cols, size_t stride);
void energy_squares_avx512(const struct energy_tile *tile, const double *x);
void energy_fold_avx512(double *row, double (*lanes)[SCAN_LANES], size_t rows);
void energy_gather_f32_avx512(const struct energy_tile *tile, double *col, double *dst,
                              const void *src, size_t cols, size_t stride);
void energy_gather_f16_avx512(const struct energy_tile *tile, double *col, double *dst,
                              const void *src, size_t cols, size_t stride);
void energy_gather_bf16_avx512(const struct energy_tile *tile, double *col, double *dst,
                               const void *src, size_t cols, size_t stride);
#endif

/* Asks for `elems` stored values on: where the next stripe's columns of a row begin. Rows of a wide
 * matrix lie so far apart that the processor does not follow them all by itself. By the last byte
 * of each line, as stripes don't begin with one. */
static inline __attribute__((always_inline)) void
energy_fetch_ahead(const void *src, size_t elems, const size_t bytes)
{
    const char *next = (const char *)src + elems * bytes;

#pragma GCC unroll 4
    for (size_t k = 0; k < SCAN_STRIPE * bytes; k += 64)
        __builtin_prefetch(next + k + 63);
}

static inline __attribute__((always_inline)) bool opposite_signs(double a, double b)
{
    return ((a < 0) & (b > 0)) | ((a > 0) & (b < 0));
}

static inline __attribute__((always_inline)) void pair_lanes_count(struct pair_lanes *run,
                                                                   size_t lane, double a, double d,
                                                                   double shift_a, double shift_d)
{
    run->p11[lane] += (a - shift_a) * (d - shift_d);
}

static inline __attribute__((always_inline)) void pair_lanes_commit(struct pair_lanes *acc,
                                                                    const struct pair_lanes *run)
{
    for (size_t j = 0; j < SCAN_LANES; j++)
        acc->p11[j] += run->p11[j];
    acc->sign_flips += run->sign_flips;
}

/* What is left of a pair of runs whose elements below `done`, a multiple of 16, are in `run`. */
static inline __attribute__((always_inline)) void
pair_rest(struct pair_lanes *acc, struct pair_lanes *run, double *d, const double *a,
          const double *b, size_t done, size_t n, double shift_a, double shift_d)
{
    for (size_t i = done; i < n; i++) {
        d[i] = b[i] - a[i];
        run->sign_flips += opposite_signs(a[i], b[i]);
        pair_lanes_count(run, i % SCAN_LANES, a[i], d[i], shift_a, shift_d);
    }
    pair_lanes_commit(acc, run);
}

static inline __attribute__((always_inline)) void sketch_count(uint32_t *counts, const double *x,
                                                               size_t n)
{
#pragma GCC unroll 16
    for (size_t j = 0; j < n; j++)
        counts[sketch_index(x[j])]++;
}

/* The elements that 16 at a time left over: those from `done` on, a multiple of 16. */
static inline __attribute__((always_inline)) void
lanes_count_rest(struct lanes *run, const double *x, size_t done, size_t n, double shift)
{
    for (size_t i = done; i < n; i++)
        lanes_count(run, i % SCAN_LANES, x[i], shift);
}

#endif
