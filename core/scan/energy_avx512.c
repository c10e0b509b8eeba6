/* Squares of a tile, 8 at a time. The sums of a stripe's columns stay in registers from row to row,
 * those of a row from column to column: every square is added twice and nothing else. */
#include "core/scan/energy_avx512.h"

#if defined(__x86_64__)
TARGET INLINE void square_16(struct sums *row, struct sums *col, __m512d low, __m512d high)
{
    low = _mm512_mul_pd(low, low);
    high = _mm512_mul_pd(high, high);
    row->low = _mm512_add_pd(row->low, low);
    row->high = _mm512_add_pd(row->high, high);
    col->low = _mm512_add_pd(col->low, low);
    col->high = _mm512_add_pd(col->high, high);
}

/* Of groups of 16 columns; the values to dst if they are stored in so many bytes, not as doubles. */
TARGET INLINE void square_groups(const struct energy_tile *t, double *col, double *dst,
                                 const void *src, const size_t groups, size_t stride,
                                 const size_t bytes, values_at *get)
{
    struct sums sum[4], row;

#pragma GCC unroll 4
    for (size_t g = 0; g < groups; g++)
        sum[g] = load(col + SCAN_LANES * g);
    for (size_t r = 0; r < t->rows; r++) {
        row = load(t->lanes[r]);
        if (bytes < sizeof *dst && groups == 4)
            energy_fetch_ahead(src, r * stride + SCAN_STRIPE, bytes);
#pragma GCC unroll 4
        for (size_t g = 0; g < groups; g++) {
            struct sums x = {get(src, r * stride + SCAN_LANES * g),
                             get(src, r * stride + SCAN_LANES * g + 8)};

            if (bytes < sizeof *dst)
                store(dst + (r * groups + g) * SCAN_LANES, &x);
            square_16(&row, &sum[g], x.low, x.high);
        }
        store(t->lanes[r], &row);
    }
#pragma GCC unroll 4
    for (size_t g = 0; g < groups; g++)
        store(col + SCAN_LANES * g, &sum[g]);
}

/* 16, 32, 48 or 64 columns. */
TARGET INLINE void square_even(const struct energy_tile *t, double *col, double *dst,
                               const void *src, size_t cols, size_t stride, const size_t bytes,
                               values_at *get)
{
    if (cols == 64)
        square_groups(t, col, dst, src, 4, stride, bytes, get);
    else if (cols == 48)
        square_groups(t, col, dst, src, 3, stride, bytes, get);
    else if (cols == 32)
        square_groups(t, col, dst, src, 2, stride, bytes, get);
    else
        square_groups(t, col, dst, src, 1, stride, bytes, get);
}

/* As square_groups; the last of the groups is not whole. */
TARGET INLINE void square_odd_groups(const struct energy_tile *t, double *col, const double *x,
                                     const size_t groups, size_t cols)
{
    const size_t last = groups - 1;
    const struct some some = some_of(cols - SCAN_LANES * last);
    struct sums sum[4], row, v;

#pragma GCC unroll 4
    for (size_t g = 0; g < last; g++)
        sum[g] = load(col + SCAN_LANES * g);
    sum[last] = load_some(some, col + SCAN_LANES * last);
    for (size_t r = 0; r < t->rows; r++, x += cols) {
        row = load(t->lanes[r]);
#pragma GCC unroll 4
        for (size_t g = 0; g < last; g++)
            square_16(&row, &sum[g], _mm512_loadu_pd(x + SCAN_LANES * g),
                      _mm512_loadu_pd(x + SCAN_LANES * g + 8));
        v = load_some(some, x + SCAN_LANES * last);
        square_16(&row, &sum[last], v.low, v.high);
        store(t->lanes[r], &row);
    }
#pragma GCC unroll 4
    for (size_t g = 0; g < last; g++)
        store(col + SCAN_LANES * g, &sum[g]);
    store_some(some, col + SCAN_LANES * last, &sum[last]);
}

TARGET static void square_odd(const struct energy_tile *t, double *col, const double *x,
                              size_t cols)
{
    if (cols > 48)
        square_odd_groups(t, col, x, 4, cols);
    else if (cols > 32)
        square_odd_groups(t, col, x, 3, cols);
    else if (cols > 16)
        square_odd_groups(t, col, x, 2, cols);
    else
        square_odd_groups(t, col, x, 1, cols);
}

TARGET static void square_stripe(const struct energy_tile *t, double *col, const double *x,
                                 size_t cols)
{
    if (cols % SCAN_LANES == 0)
        square_even(t, col, NULL, x, cols, cols, sizeof *x, f64_at);
    else
        square_odd(t, col, x, cols);
}

TARGET void energy_squares_avx512(const struct energy_tile *t, const double *x)
{
    if (!t->lanes)
        energy_narrow_f64_avx512(t, x);
    else
        for (size_t first = 0; first < t->cols; first += SCAN_STRIPE)
            square_stripe(t, t->col + first, x + first * t->rows,
                          t->cols - first < SCAN_STRIPE ? t->cols - first : SCAN_STRIPE);
}

TARGET void energy_gather_f32_avx512(const struct energy_tile *t, double *col, double *dst,
                                     const void *src, size_t cols, size_t stride)
{
    if (t->lanes)
        square_even(t, col, dst, src, cols, stride, sizeof(float), f32_at);
    else
        energy_narrow_f32_avx512(t, dst, src);
}

TARGET void energy_gather_f16_avx512(const struct energy_tile *t, double *col, double *dst,
                                     const void *src, size_t cols, size_t stride)
{
    if (t->lanes)
        square_even(t, col, dst, src, cols, stride, sizeof(uint16_t), f16_at);
    else
        energy_narrow_f16_avx512(t, dst, src);
}

TARGET void energy_gather_bf16_avx512(const struct energy_tile *t, double *col, double *dst,
                                      const void *src, size_t cols, size_t stride)
{
    if (t->lanes)
        square_even(t, col, dst, src, cols, stride, sizeof(uint16_t), bf16_at);
    else
        energy_narrow_bf16_avx512(t, dst, src);
}
#endif
