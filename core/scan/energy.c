#include "core/scan/energy.h"

#include <glib.h>
#include <math.h>
#include <string.h>

/* The product of n dimensions, at most most + 1. */
static uint64_t product(const uint64_t *dim, unsigned n, uint64_t most)
{
    uint64_t p = 1;

    for (unsigned i = 0; i < n; i++) {
        if (dim[i] == 0)
            return 0;
        p = p > most / dim[i] ? most + 1 : p * dim[i];
    }
    return p;
}

struct energy_shape energy_shape_of(unsigned rank, const uint64_t *dim, unsigned row_axes)
{
    struct energy_shape shape = {0, 0};
    uint64_t rows, cols;

    if (row_axes == 0 || row_axes >= rank)
        return shape;
    rows = product(dim, row_axes, ENERGY_MOST);
    cols = product(dim + row_axes, rank - row_axes, ENERGY_MOST);
    if (rows == 0 || cols == 0 || rows + cols > ENERGY_MOST)
        return shape;
    if (rows + cols <= 256 || (rows + cols) <= rows * cols / 4)
        shape = (struct energy_shape){rows, cols};
    return shape;
}

void energy_init(struct energy *e)
{
    *e = (struct energy){.shape = {0, 0}};
}

void energy_finish(struct energy *e)
{
    g_aligned_free(e->memory);
    energy_init(e);
}

/* All in one piece: small tensors are many. */
static void make_room(struct energy *e, const bool sides[ENERGY_SIDES])
{
    gsize cols = (e->shape.cols + 7) / 8 * 8, rows = (e->n_rows + 7) / 8 * 8, n_sides = 0;

    for (unsigned side = 0; side < ENERGY_SIDES; side++)
        n_sides += sides[side];
    e->memory = g_aligned_alloc(n_sides, (cols + rows) * sizeof(double), 64);
    n_sides = 0;
    for (unsigned side = 0; side < ENERGY_SIDES; side++) {
        if (!sides[side])
            continue;
        e->col[side] = e->memory + n_sides++ * (cols + rows);
        e->row[side] = e->col[side] + cols;
    }
}

void energy_open(struct energy *e, struct energy_shape shape, uint64_t first, uint64_t n,
                 const bool sides[ENERGY_SIDES])
{
    if (shape.rows == 0 || n == 0)
        return;
    e->shape = shape;
    e->first_row = first / shape.cols;
    e->n_rows = (first + n - 1) / shape.cols - e->first_row + 1;
    make_room(e, sides);
}

void energy_clear_columns(struct energy *e)
{
    for (unsigned side = 0; side < ENERGY_SIDES; side++)
        if (e->col[side])
            memset(e->col[side], 0, e->shape.cols * sizeof(double));
}

/* Eights: a form that compilers make vectors of. */
static void add(double *restrict into, const double *restrict next, uint64_t n)
{
    uint64_t i = 0;

    for (; i + 8 <= n; i += 8) {
        double sum[8];

#pragma GCC unroll 8
        for (unsigned j = 0; j < 8; j++)
            sum[j] = into[i + j] + next[i + j];
#pragma GCC unroll 8
        for (unsigned j = 0; j < 8; j++)
            into[i + j] = sum[j];
    }
    for (; i < n; i++)
        into[i] += next[i];
}

/* All 0. */
static void make_whole(struct energy *e, const struct energy *part)
{
    bool sides[ENERGY_SIDES];

    for (unsigned side = 0; side < ENERGY_SIDES; side++)
        sides[side] = part->col[side] != NULL;
    e->shape = part->shape;
    e->n_rows = part->shape.rows;
    make_room(e, sides);
    for (unsigned side = 0; side < ENERGY_SIDES; side++)
        if (sides[side])
            memset(e->row[side], 0, e->n_rows * sizeof(double));
    energy_clear_columns(e);
}

void energy_merge(struct energy *into, struct energy *next)
{
    if (next->shape.rows == 0)
        return;
    if (into->shape.rows == 0 && next->n_rows == next->shape.rows) {
        *into = *next;
        energy_init(next);
        return;
    }
    if (into->shape.rows == 0)
        make_whole(into, next);
    for (unsigned side = 0; side < ENERGY_SIDES; side++)
        if (next->col[side]) {
            add(into->row[side] + next->first_row, next->row[side], next->n_rows);
            add(into->col[side], next->col[side], next->shape.cols);
        }
}

uint64_t energy_bytes(struct energy_shape shape, uint64_t n)
{
    if (shape.rows == 0)
        return 0;
    return ENERGY_SIDES * sizeof(double) * (shape.cols + n / shape.cols + 2);
}

double energy_norm(const double *squares, uint64_t first, uint64_t n)
{
    double sum = 0;

    if (!squares)
        return NAN;
    for (uint64_t i = 0; i < n; i++)
        sum += squares[first + i];
    return sqrt(sum);
}
