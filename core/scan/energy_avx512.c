/* Squares of a tile, 8 at a time. The sums of a stripe's columns stay in registers from row to row,
 * those of a row from column to column: every square is added twice and nothing else. */
#include "core/scan/kernel.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512dq")))
#define INLINE static inline __attribute__((always_inline))

/* 16 lanes of a row, or 16 columns. */
struct sums {
    __m512d low, high;
};

TARGET INLINE struct sums load(const double *v)
{
    return (struct sums){_mm512_loadu_pd(v), _mm512_loadu_pd(v + 8)};
}

TARGET INLINE void store(double *v, const struct sums *s)
{
    _mm512_storeu_pd(v, s->low);
    _mm512_storeu_pd(v + 8, s->high);
}

TARGET INLINE void square_16(struct sums *row, struct sums *col, __m512d low, __m512d high)
{
    low = _mm512_mul_pd(low, low);
    high = _mm512_mul_pd(high, high);
    row->low = _mm512_add_pd(row->low, low);
    row->high = _mm512_add_pd(row->high, high);
    col->low = _mm512_add_pd(col->low, low);
    col->high = _mm512_add_pd(col->high, high);
}

/* Eight stored values. */
typedef __m512d values_at(const void *src, size_t at);

TARGET INLINE __m512d f64_at(const void *src, size_t at)
{
    return _mm512_loadu_pd((const double *)src + at);
}

TARGET INLINE __m512d f32_at(const void *src, size_t at)
{
    return _mm512_cvtps_pd(_mm256_loadu_ps((const float *)src + at));
}

TARGET INLINE __m512d bf16_at(const void *src, size_t at)
{
    __m128i half = _mm_loadu_si128((const __m128i *)((const uint16_t *)src + at));
    __m256i wide = _mm256_slli_epi32(_mm256_cvtepu16_epi32(half), 16);

    return _mm512_cvtps_pd(_mm256_castsi256_ps(wide));
}

TARGET INLINE __m512d f16_at(const void *src, size_t at)
{
    __m128i half = _mm_loadu_si128((const __m128i *)((const uint16_t *)src + at));
    __m512 wide = _mm512_cvtph_ps(_mm256_castsi128_si256(half));

    return _mm512_cvtps_pd(_mm512_castps512_ps256(wide));
}

/* Of groups of 16 columns; the values to dst if it is there. */
TARGET INLINE void square_groups(const struct energy_tile *t, double *col, double *dst,
                                 const void *src, const size_t groups, size_t stride,
                                 values_at *get)
{
    struct sums sum[4], row;

#pragma GCC unroll 4
    for (size_t g = 0; g < groups; g++)
        sum[g] = load(col + SCAN_LANES * g);
    for (size_t r = 0; r < t->rows; r++) {
        row = load(t->lanes[r]);
#pragma GCC unroll 4
        for (size_t g = 0; g < groups; g++) {
            struct sums x = {get(src, r * stride + SCAN_LANES * g),
                             get(src, r * stride + SCAN_LANES * g + 8)};

            if (dst)
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
                               const void *src, size_t cols, size_t stride, values_at *get)
{
    if (cols == 64)
        square_groups(t, col, dst, src, 4, stride, get);
    else if (cols == 48)
        square_groups(t, col, dst, src, 3, stride, get);
    else if (cols == 32)
        square_groups(t, col, dst, src, 2, stride, get);
    else
        square_groups(t, col, dst, src, 1, stride, get);
}

/* The lanes of a group of which there are n. */
struct some {
    __mmask8 low, high;
};

INLINE struct some some_of(size_t n)
{
    unsigned bits = (1u << n) - 1;

    return (struct some){(__mmask8)bits, (__mmask8)(bits >> 8)};
}

TARGET INLINE struct sums load_some(struct some some, const double *v)
{
    return (struct sums){_mm512_maskz_loadu_pd(some.low, v),
                         _mm512_maskz_loadu_pd(some.high, v + 8)};
}

TARGET INLINE void store_some(struct some some, double *v, const struct sums *s)
{
    _mm512_mask_storeu_pd(v, some.low, s->low);
    _mm512_mask_storeu_pd(v + 8, some.high, s->high);
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
        square_even(t, col, NULL, x, cols, cols, f64_at);
    else
        square_odd(t, col, x, cols);
}

/* x's halves added to each other, and y's: a blend and a shuffle instead of two shuffles. */
TARGET INLINE __m512d fold_halves(__m512d x, __m512d y)
{
    return _mm512_add_pd(_mm512_mask_blend_pd(0xf0, x, y), _mm512_shuffle_f64x2(x, y, 0x4e));
}

/* The same of the halves of halves, which come out in turns. */
TARGET INLINE __m512d fold_quarters(__m512d x, __m512d y)
{
    const __m512i others = _mm512_setr_epi64(2, 3, 8, 9, 6, 7, 12, 13);

    return _mm512_add_pd(_mm512_mask_blend_pd(0xcc, x, y), _mm512_permutex2var_pd(x, others, y));
}

/* lanes_fold of eight rows whose lanes 8 .. 15 are already added to 0 .. 7. */
TARGET INLINE __m512d fold_eight(const __m512d v[8])
{
    const __m512i order = _mm512_setr_epi64(0, 4, 2, 6, 1, 5, 3, 7);
    __m512d x = fold_quarters(fold_halves(v[0], v[1]), fold_halves(v[2], v[3]));
    __m512d y = fold_quarters(fold_halves(v[4], v[5]), fold_halves(v[6], v[7]));
    __m512d sum = _mm512_add_pd(_mm512_mask_blend_pd(0xaa, x, y), _mm512_shuffle_pd(x, y, 0x55));

    return _mm512_permutexvar_pd(order, sum);
}

/* Of eight rows or the n that are left. */
TARGET INLINE void store_rows(double *row, size_t n, const __m512d v[8])
{
    _mm512_mask_storeu_pd(row, (__mmask8)(n < 8 ? (1u << n) - 1 : 0xff), fold_eight(v));
}

/* Returns the row's lanes, folded to 8. */
TARGET INLINE __m512d square_narrow(struct sums *sum, const struct sums *x, const bool more)
{
    __m512d low = _mm512_mul_pd(x->low, x->low), high;

    sum->low = _mm512_add_pd(sum->low, low);
    if (!more)
        return low;
    high = _mm512_mul_pd(x->high, x->high);
    sum->high = _mm512_add_pd(sum->high, high);
    return _mm512_add_pd(low, high);
}

/* Where narrow rows come from, and where their values go if that is not NULL. */
struct rows {
    const void *src;
    double *dst;
    size_t cols;
    struct some some;
};

/* Row r; whole ones are of 8 or 16 columns. */
TARGET INLINE struct sums narrow_row(const struct rows *rows, size_t r, const bool more,
                                     const bool whole, values_at *get)
{
    size_t at = r * rows->cols;
    struct sums x = {_mm512_setzero_pd(), _mm512_setzero_pd()};

    if (!whole)
        return load_some(rows->some, (const double *)rows->src + at);
    x.low = get(rows->src, at);
    _mm512_storeu_pd(rows->dst + at, x.low);
    if (more) {
        x.high = get(rows->src, at + 8);
        _mm512_storeu_pd(rows->dst + at + 8, x.high);
    }
    return x;
}

TARGET INLINE __m512d add_four(__m512d a, __m512d b, __m512d c, __m512d d)
{
    return _mm512_add_pd(_mm512_add_pd(a, b), _mm512_add_pd(c, d));
}

/* Rows of up to 8 columns, or of more. */
TARGET INLINE void square_rows(const struct energy_tile *t, const struct rows *rows,
                               const bool more, const bool whole, values_at *get)
{
    const struct sums none = {_mm512_setzero_pd(), _mm512_setzero_pd()};
    struct sums sum[4] = {none, none, none, none}, x, col = load_some(rows->some, t->col);
    __m512d v[8];

    for (size_t r = 0; r < t->rows; r += 8) {
        size_t left = t->rows - r;

        /* Indices that are known when this is compiled: sums stay in registers. */
#pragma GCC unroll 8
        for (size_t j = 0; j < 8; j++) {
            x = j < left ? narrow_row(rows, r + j, more, whole, get) : none;
            v[j] = square_narrow(&sum[j % 4], &x, more);
        }
        store_rows(t->row + r, left, v);
    }
    col.low = _mm512_add_pd(col.low, add_four(sum[0].low, sum[1].low, sum[2].low, sum[3].low));
    if (more)
        col.high =
            _mm512_add_pd(col.high, add_four(sum[0].high, sum[1].high, sum[2].high, sum[3].high));
    store_some(rows->some, t->col, &col);
}

TARGET void energy_squares_avx512(const struct energy_tile *t, const double *x)
{
    const struct rows rows = {x, NULL, t->cols,
                              some_of(t->cols < SCAN_LANES ? t->cols : SCAN_LANES)};

    if (!t->lanes && t->cols <= 8)
        square_rows(t, &rows, false, false, f64_at);
    else if (!t->lanes)
        square_rows(t, &rows, true, false, f64_at);
    else
        for (size_t first = 0; first < t->cols; first += SCAN_STRIPE)
            square_stripe(t, t->col + first, x + first * t->rows,
                          t->cols - first < SCAN_STRIPE ? t->cols - first : SCAN_STRIPE);
}

TARGET INLINE void gather(const struct energy_tile *t, double *col, double *dst, const void *src,
                          size_t cols, size_t stride, values_at *get)
{
    const struct rows rows = {src, dst, cols, some_of(cols < SCAN_LANES ? cols : SCAN_LANES)};

    if (t->lanes)
        square_even(t, col, dst, src, cols, stride, get);
    else if (cols == 8)
        square_rows(t, &rows, false, true, get);
    else
        square_rows(t, &rows, true, true, get);
}

TARGET void energy_gather_f32_avx512(const struct energy_tile *t, double *col, double *dst,
                                     const void *src, size_t cols, size_t stride)
{
    gather(t, col, dst, src, cols, stride, f32_at);
}

TARGET void energy_gather_f16_avx512(const struct energy_tile *t, double *col, double *dst,
                                     const void *src, size_t cols, size_t stride)
{
    gather(t, col, dst, src, cols, stride, f16_at);
}

TARGET void energy_gather_bf16_avx512(const struct energy_tile *t, double *col, double *dst,
                                      const void *src, size_t cols, size_t stride)
{
    gather(t, col, dst, src, cols, stride, bf16_at);
}

/* A row's lanes, folded to 8 and cleared. */
TARGET INLINE __m512d take_lanes(double *lanes)
{
    const struct sums none = {_mm512_setzero_pd(), _mm512_setzero_pd()};
    struct sums s = load(lanes);

    store(lanes, &none);
    return _mm512_add_pd(s.low, s.high);
}

TARGET void energy_fold_avx512(double *row, double (*lanes)[SCAN_LANES], size_t rows)
{
    for (size_t r = 0; r < rows; r += 8) {
        __m512d v[8];

#pragma GCC unroll 8
        for (size_t j = 0; j < 8; j++)
            v[j] = r + j < rows ? take_lanes(lanes[r + j]) : _mm512_setzero_pd();
        store_rows(row + r, rows - r, v);
    }
}
#endif
