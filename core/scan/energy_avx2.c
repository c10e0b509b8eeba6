/* As energy_avx512.c, 4 at a time: 16 columns go as far as the registers reach. */
#include "core/scan/energy_avx2.h"

#if defined(__x86_64__)
TARGET INLINE __m256d square_4(__m256d *row, __m256d col, __m256d x)
{
    __m256d square = _mm256_mul_pd(x, x);

    *row = _mm256_add_pd(*row, square);
    return _mm256_add_pd(col, square);
}

TARGET INLINE void square_8(struct eight *row, struct eight *col, const struct eight *x)
{
    col->low = square_4(&row->low, col->low, x->low);
    col->high = square_4(&row->high, col->high, x->high);
}

/* Lanes 0 .. 7 or, if x starts there, 8 .. 15 of groups of 16 columns: their sums and a row's are
 * what the registers hold. */
TARGET INLINE void square_half(const struct energy_tile *t, size_t lane, double *col,
                               const struct stripe *s, const size_t groups, values_at *get)
{
    struct eight sum[4], row, x;

    col += lane;
#pragma GCC unroll 4
    for (size_t g = 0; g < groups; g++)
        sum[g] = f64_at(col, SCAN_LANES * g);
    for (size_t r = 0; r < t->rows; r++) {
        row = f64_at(t->lanes[r], lane);
        if (s->dst && lane == 0 && s->stride > SCAN_STRIPE)
            energy_fetch_ahead(s->src, r * s->stride + SCAN_STRIPE, sizeof(float));
#pragma GCC unroll 4
        for (size_t g = 0; g < groups; g++) {
            x = get(s->src, r * s->stride + lane + SCAN_LANES * g);
            if (s->dst)
                store(s->dst + (r * groups + g) * SCAN_LANES + lane, &x);
            square_8(&row, &sum[g], &x);
        }
        store(t->lanes[r] + lane, &row);
    }
#pragma GCC unroll 4
    for (size_t g = 0; g < groups; g++)
        store(col + SCAN_LANES * g, &sum[g]);
}

TARGET INLINE void square_groups(const struct energy_tile *t, double *col, const struct stripe *s,
                                 const size_t groups, values_at *get)
{
    square_half(t, 0, col, s, groups, get);
    square_half(t, 8, col, s, groups, get);
}

/* 16, 32, 48 or 64 columns. */
TARGET INLINE void square_even(const struct energy_tile *t, double *col, struct stripe s,
                               values_at *get)
{
    if (s.cols == 64)
        square_groups(t, col, &s, 4, get);
    else if (s.cols == 48)
        square_groups(t, col, &s, 3, get);
    else if (s.cols == 32)
        square_groups(t, col, &s, 2, get);
    else
        square_groups(t, col, &s, 1, get);
}

/* Lanes of which there are the first n, at most 8. */
struct some {
    __m256i low, high;
};

TARGET INLINE struct some some_of(size_t n)
{
    return (struct some){first_of_4(n), first_of_4(n > 4 ? n - 4 : 0)};
}

TARGET INLINE struct eight load_some(const struct some *some, const double *v)
{
    return (struct eight){_mm256_maskload_pd(v, some->low), _mm256_maskload_pd(v + 4, some->high)};
}

TARGET INLINE void store_some(const struct some *some, double *v, const struct eight *x)
{
    _mm256_maskstore_pd(v, some->low, x->low);
    _mm256_maskstore_pd(v + 4, some->high, x->high);
}

/* As square_half; of the last group's lanes there are some. */
TARGET INLINE void square_odd_half(const struct energy_tile *t, size_t lane, double *col,
                                   const double *x, const size_t groups, size_t cols)
{
    const size_t last = groups - 1, left = cols - SCAN_LANES * last;
    const struct some some = some_of(left < lane ? 0 : left - lane < 8 ? left - lane : 8);
    struct eight sum[4], row, v;

    col += lane;
    x += lane;
#pragma GCC unroll 4
    for (size_t g = 0; g < last; g++)
        sum[g] = f64_at(col, SCAN_LANES * g);
    sum[last] = load_some(&some, col + SCAN_LANES * last);
    for (size_t r = 0; r < t->rows; r++, x += cols) {
        row = f64_at(t->lanes[r], lane);
#pragma GCC unroll 4
        for (size_t g = 0; g < last; g++) {
            v = f64_at(x, SCAN_LANES * g);
            square_8(&row, &sum[g], &v);
        }
        v = load_some(&some, x + SCAN_LANES * last);
        square_8(&row, &sum[last], &v);
        store(t->lanes[r] + lane, &row);
    }
#pragma GCC unroll 4
    for (size_t g = 0; g < last; g++)
        store(col + SCAN_LANES * g, &sum[g]);
    store_some(&some, col + SCAN_LANES * last, &sum[last]);
}

TARGET INLINE void square_odd_groups(const struct energy_tile *t, double *col, const double *x,
                                     const size_t groups, size_t cols)
{
    square_odd_half(t, 0, col, x, groups, cols);
    square_odd_half(t, 8, col, x, groups, cols);
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
        square_even(t, col, (struct stripe){NULL, x, cols, cols}, f64_at);
    else
        square_odd(t, col, x, cols);
}

TARGET void energy_squares_avx2(const struct energy_tile *t, const double *x)
{
    if (!t->lanes)
        energy_narrow_f64_avx2(t, x);
    else
        for (size_t first = 0; first < t->cols; first += SCAN_STRIPE)
            square_stripe(t, t->col + first, x + first * t->rows,
                          t->cols - first < SCAN_STRIPE ? t->cols - first : SCAN_STRIPE);
}

TARGET void energy_gather_f32_avx2(const struct energy_tile *t, double *col, double *dst,
                                   const void *src, size_t cols, size_t stride)
{
    const struct stripe s = {dst, src, cols, stride};

    if (t->lanes)
        square_even(t, col, s, f32_at);
    else
        energy_narrow_f32_avx2(t, dst, src);
}

typedef __m256i widen(__m128i half);

TARGET INLINE __m256i widen_bf16(__m128i half)
{
    return _mm256_slli_epi32(_mm256_cvtepu16_epi32(half), 16);
}

TARGET INLINE __m256i widen_f16(__m128i half)
{
    return _mm256_castps_si256(_mm256_cvtph_ps(half));
}

/* By way of floats: these become doubles faster from memory than from halves of a register. */
TARGET INLINE void gather_halves(const struct energy_tile *t, double *col, double *dst,
                                 const void *src, size_t cols, size_t stride, widen *get)
{
    _Alignas(32) float values[SCAN_RUN], *v = values;

    for (size_t r = 0; r < t->rows; r++) {
        if (stride > SCAN_STRIPE)
            energy_fetch_ahead(src, r * stride + SCAN_STRIPE, sizeof(uint16_t));
        for (size_t c = 0; c < cols; c += 8, v += 8) {
            const uint16_t *from = (const uint16_t *)src + r * stride + c;

            _mm256_store_si256((__m256i *)v, get(_mm_loadu_si128((const __m128i *)from)));
        }
    }
    energy_gather_f32_avx2(t, col, dst, values, cols, cols);
}

TARGET void energy_gather_f16_avx2(const struct energy_tile *t, double *col, double *dst,
                                   const void *src, size_t cols, size_t stride)
{
    gather_halves(t, col, dst, src, cols, stride, widen_f16);
}

TARGET void energy_gather_bf16_avx2(const struct energy_tile *t, double *col, double *dst,
                                    const void *src, size_t cols, size_t stride)
{
    gather_halves(t, col, dst, src, cols, stride, widen_bf16);
}
#endif
