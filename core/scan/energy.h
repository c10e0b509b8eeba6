/* Sums of squares of every row and column of a tensor's matrix form, of base, tuned and delta, from
 * the scan's own pass: heads, neurons and vocabulary rows are read off them.
 *
 * Over the finite elements (delta: where both sides are), in float64, unscaled: squares of values
 * beyond 1e154 overflow to infinity, below 1e-162 vanish. A row or column of delta is exactly 0 if
 * and only if no element of it moved (but for such tiny ones).
 *
 * To the same last bit for any kernel variant and number of threads: within a block the elements of
 * a row go to lanes in turn, 16 of them, which fold in the scan's fixed tree; a column gets its rows
 * one after another (of a matrix of up to 16 columns: the whole rows of a run take turns at four
 * sums, which are then added to the column's); blocks add in order. */
#ifndef TARE_CORE_SCAN_ENERGY_H
#define TARE_CORE_SCAN_ENERGY_H

#include <stdbool.h>
#include <stdint.h>

/* Rows and columns together, at most: a tensor with more keeps no energies. */
#define ENERGY_MOST ((uint64_t)1 << 20)

enum energy_side { ENERGY_BASE, ENERGY_TUNED, ENERGY_DELTA, ENERGY_SIDES };

struct energy_shape {
    uint64_t rows, cols; /* rows * cols = elements of the tensor; rows 0: none are kept */
};

/* Of a whole tensor, or of the rows that one block touches: the last of them may be continued by
 * the next block's first. */
struct energy {
    struct energy_shape shape;  /* of the tensor; rows 0: there are none */
    uint64_t first_row, n_rows; /* a whole tensor's: 0 and shape.rows */
    double *row[ENERGY_SIDES];  /* [n_rows]; NULL: that side is not there */
    double *col[ENERGY_SIDES];  /* [shape.cols] */
    double *memory;             /* where these stand; owned */
};

/* Of a tensor whose first `row_axes` dimensions make the rows; {0, 0} if row_axes is 0 or >= rank,
 * or the energies would be out of proportion: more than ENERGY_MOST, or more than a quarter of the
 * elements and more than 256. */
struct energy_shape energy_shape_of(unsigned rank, const uint64_t *dim, unsigned row_axes);

/* The norm of [first, first + n) of a side's rows or columns: the root of their sum. NAN: squares
 * NULL, that side is not there. */
double energy_norm(const double *squares, uint64_t first, uint64_t n);

void energy_init(struct energy *e);
void energy_finish(struct energy *e);
/* An initialised one gets room, with nothing in it yet, for elements [first, first + n) of a tensor.
 */
void energy_open(struct energy *e, struct energy_shape shape, uint64_t first, uint64_t n,
                 const bool sides[ENERGY_SIDES]);
void energy_clear_columns(struct energy *e);
/* next follows into in element order, with the same sides, and may be left empty; an empty `into`
 * becomes one of the whole tensor. */
void energy_merge(struct energy *into, struct energy *next);
/* Bytes of the partial result of n elements with all three sides: what waits for its turn. */
uint64_t energy_bytes(struct energy_shape shape, uint64_t n);

#endif
