/* Singular values of a matrix that is never whole in memory, and the few vectors that are asked
 * for.
 *
 * The matrix is `count` vectors of n values, n its smaller side. It is seen block by block and
 * reduced to n x n: up to LINALG_EXACT_MOST by an LQ factorisation, whose singular values are
 * within 1e-15 of the largest; beyond by its Gram matrix, whose small ones are within about 1e-8 of
 * the largest (the large ones as exact as the others). "Directions" are the singular vectors of the
 * smaller side. BLAS is loaded at the first call and runs on the calling thread alone; the same
 * blocks give the same bits. One thread at a time a reduction; any number of reductions. */
#ifndef TARE_CORE_LINALG_H
#define TARE_CORE_LINALG_H

#include "core/error.h"

#define LINALG_EXACT_MOST 256
#define LINALG_MOST 8192 /* of the smaller side: the Gram matrix takes 512 MB */

/* Where the vectors stand in a block: one after the other, or element by element. */
enum linalg_layout { LINALG_ROWS, LINALG_COLUMNS };

struct linalg_block {
    const double *values; /* LINALG_ROWS: [count][n]; LINALG_COLUMNS: [n][count] */
    size_t count;
    enum linalg_layout layout;
};

struct linalg_reduction;

/* n: 1 .. LINALG_MOST; NULL: no memory, no OpenBLAS. */
struct linalg_reduction *linalg_reduction_create(unsigned n, GError **error);
void linalg_reduction_destroy(struct linalg_reduction *r);
/* Values must be finite and their squares must neither overflow nor vanish. */
void linalg_reduction_add(struct linalg_reduction *r, const struct linalg_block *block);

/* What is wanted beside the singular values. */
struct linalg_wish {
    unsigned n_top;
    double *top; /* out: [n_top][n], the directions of the largest, of length 1 and any sign */
    unsigned n_across;
    double *across; /* in: [n_across][n]; out: the product of each with the direction of each
                       singular value, in their order */
};

/* sigma[n], descending. Once a reduction, and nothing can be added afterwards. */
gboolean linalg_solve(struct linalg_reduction *r, double *sigma, const struct linalg_wish *wish,
                      const gint *cancelled, GError **error);

/* Of two matrices with equal shape: out[k][n] += (A^T B x)^T for k vectors x[k][n], a and b being
 * the same block of both. scratch[count * k]. A reduction must have been created before. */
void linalg_cross(const struct linalg_block *a, const struct linalg_block *b, unsigned n,
                  unsigned k, const double *x, double *scratch, double *out);

/* FALSE: no OpenBLAS. Before linalg_add_product. */
gboolean linalg_need(GError **error);
/* out[n][n] += A^T B, both [count][n]; row-major. */
void linalg_add_product(unsigned n, size_t count, const double *a, const double *b, double *out);

#endif
