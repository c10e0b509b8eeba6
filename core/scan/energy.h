/* Sums of squares of every row and column of a tensor's matrix form, of base, tuned and delta, from
 * the scan's own pass: heads, neurons and vocabulary rows are read off them.
 *
 * Over the finite elements (delta: where both sides are), in float64, unscaled: squares of values
 * beyond 1e154 overflow to infinity, below 1e-162 vanish. A row or column of delta is exactly 0 if
 * and only if no element of it moved (but for such tiny ones). Merges in block order, to the same
 * last bit for any kernel variant and number of threads. */
#ifndef TARE_CORE_SCAN_ENERGY_H
#define TARE_CORE_SCAN_ENERGY_H

#include <stdint.h>

/* Rows and columns together, at most: a tensor with more keeps no energies. */
#define ENERGY_MOST ((uint64_t)1 << 20)

enum energy_side { ENERGY_BASE, ENERGY_TUNED, ENERGY_DELTA, ENERGY_SIDES };

struct energy_shape {
    uint64_t rows, cols; /* rows * cols = elements of the tensor; rows 0: none are kept */
};

struct energy {
    struct energy_shape shape;  /* rows 0: there are none */
    double *row[ENERGY_SIDES];  /* [rows]; NULL: that side is not there; owned */
    double *col[ENERGY_SIDES];  /* [cols] */
};

/* Of `elems` elements whose first `row_axes` dimensions make the rows; {0, 0} if row_axes is 0 or
 * >= rank, or the energies would be out of proportion: more than ENERGY_MOST, or more than a quarter
 * of the elements and more than 256. */
struct energy_shape energy_shape_of(unsigned rank, const uint64_t *dim, unsigned row_axes);

void energy_finish(struct energy *e);

#endif
