/* Products of float32 matrices, each element a sum in the order of k by fused multiply-adds: the
 * same bits for every width of vectors, every cut into tiles and every neighbour.
 *
 * The left factor a has its rows as they are stored, k next to k; the right one is cut into panels
 * [k][width], packed. A vector holds elements of one k, so the result of packed rows of x and rows
 * of weights comes out transposed, and `unfold` turns it. Any thread. */
#ifndef TARE_CORE_NET_PRODUCT_H
#define TARE_CORE_NET_PRODUCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VECTOR_MOST 16                  /* lanes of the widest vector */
#define PRODUCT_PANEL (2 * VECTOR_MOST) /* columns of the widest panel */

struct product_kernels {
    uint32_t width; /* of a narrow panel; others are twice as wide */
    /* One panel of n rows of x, or of n columns; 0 in the place of missing ones. */
    void (*pack_rows)(float *panel, uint32_t width, const float *x, size_t stride, uint32_t n,
                      size_t k);
    void (*pack_columns)(float *panel, uint32_t width, const float *x, size_t stride, uint32_t n,
                         size_t k);
    /* out[rows][width] = a[rows][k] panel[k][width], or added to it. */
    void (*multiply)(float *out, size_t out_stride, bool add, const float *a, size_t a_stride,
                     uint32_t rows, const float *panel, uint32_t width, size_t k);
    /* out[j][i] = x[i][j], i < rows, j < columns. */
    void (*unfold)(float *out, size_t out_stride, const float *x, size_t x_stride, uint32_t rows,
                   uint32_t columns);
};

struct product_panel {
    const float *values;
    uint32_t width, n; /* columns, and how many of them there are */
    size_t k;
    float *spare; /* [rows][PRODUCT_PANEL] for where there are fewer */
};

/* out[rows][n] = a[rows][k] panel, or added to it; what is behind column n stays. */
void product_multiply(const struct product_kernels *p, float *out, size_t out_stride, bool add,
                      const float *a, size_t a_stride, uint32_t rows,
                      const struct product_panel *panel);

/* Panels of n: all of them wide but the last one, which is narrow if that is enough. */
static inline uint32_t product_panels(const struct product_kernels *p, uint32_t n)
{
    return (n + 2 * p->width - 1) / (2 * p->width);
}

static inline uint32_t product_panel_width(const struct product_kernels *p, uint32_t n,
                                           uint32_t panel)
{
    return n - panel * 2 * p->width <= p->width ? p->width : 2 * p->width;
}

#endif
