/* Kernels of the scan: a row a CPU. Private to core/scan.
 *
 * scan_scalar.c defines the answer: element i of a run goes to lane i % 16 (lanes_count), a run's
 * lanes are added to the block's (lanes_commit). The other rows take 16 elements at a time and
 * leave the rest of a run to lanes_count. */
#ifndef TARE_CORE_SCAN_KERNEL_H
#define TARE_CORE_SCAN_KERNEL_H

#include <math.h>
#include "core/scan/scan.h"
#include "core/scan/sketch_table.h"

#define SCAN_LANES 16
/* Base, tuned and delta of a run as doubles stay in a first-level cache beside the sketches. */
#define SCAN_RUN 512

/* Sums of y = x - shift, and what is known of x itself. */
struct lanes {
    _Alignas(64) double l1[SCAN_LANES]; /* |x| */
    double p1[SCAN_LANES], p2[SCAN_LANES], p3[SCAN_LANES], p4[SCAN_LANES];
    double min[SCAN_LANES], max[SCAN_LANES];
    uint64_t zeros;
};

struct pair_lanes {
    _Alignas(64) double p11[SCAN_LANES]; /* (base - its shift) * (delta - its shift) */
    uint64_t sign_flips;
};

/* Where a side's next element falls into the matrix form, and the row under way. */
struct energy_run {
    _Alignas(64) double lanes[SCAN_LANES]; /* of the row under way */
    double *row;                           /* its sum */
    double *col;                           /* [cols]; NULL: no energies are wanted */
    uint64_t cols, at;                     /* at: column of the next element */
};

struct scan_ops {
    const char *name;
    /* Adds a run. Returns false, with nothing changed, if a value or the sum is not finite.
     * acc->min and max are the same in all lanes before and after. e may be NULL; it gets the
     * squares of all finite values in any case. */
    bool (*one)(struct lanes *acc, uint32_t *counts, const double *x, size_t n, double shift,
                struct energy_run *e);
    /* d = b - a and the sums of a pair of runs, all finite. */
    void (*pair)(struct pair_lanes *acc, double *d, const double *a, const double *b, size_t n,
                 double shift_a, double shift_d);
    /* Faster decoders with the same values; NULL: the dtype's own. */
    void (*decode[DTYPE_COUNT])(double *dst, const void *src, size_t elems);
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

/* 0 for what is not finite. */
static inline __attribute__((always_inline)) double finite_square(double x)
{
    return fabs(x) < INFINITY ? x * x : 0;
}

/* Elements first .. end - 1 of those that an energy_in_row is given. */
static inline __attribute__((always_inline)) void
energy_square_each(struct energy_run *e, const double *x, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        double square = finite_square(x[i]);

        e->lanes[(e->at + i) % SCAN_LANES] += square;
        e->col[e->at + i] += square;
    }
}

/* Adds the squares of elements that lie in one row: e->at + n <= e->cols. */
typedef void energy_in_row(struct energy_run *e, const double *x, size_t n);

/* The reference. */
energy_in_row energy_squares;
/* A run, row by row; nothing if e is NULL. */
void energy_add(struct energy_run *e, const double *x, size_t n, energy_in_row *in_row);
/* Adds the row's lanes to its sum and goes on to the next. */
void energy_row_end(struct energy_run *e);
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
