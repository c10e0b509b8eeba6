/* As energy_avx512.c, 4 at a time: 16 columns go as far as the registers reach. */
#include "core/scan/kernel.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2,f16c")))
#define INLINE static inline __attribute__((always_inline))

/* Eight stored values. */
struct eight {
    __m256d low, high;
};
typedef struct eight values_at(const void *src, size_t at);

TARGET INLINE struct eight f64_at(const void *src, size_t at)
{
    const double *v = (const double *)src + at;

    return (struct eight){_mm256_loadu_pd(v), _mm256_loadu_pd(v + 4)};
}

TARGET INLINE struct eight f32_at(const void *src, size_t at)
{
    const float *v = (const float *)src + at;

    return (struct eight){_mm256_cvtps_pd(_mm_loadu_ps(v)), _mm256_cvtps_pd(_mm_loadu_ps(v + 4))};
}

TARGET INLINE void store(double *v, const struct eight *x)
{
    _mm256_storeu_pd(v, x->low);
    _mm256_storeu_pd(v + 4, x->high);
}

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

/* Where a stripe comes from, and where its values go if that is not NULL. */
struct stripe {
    double *dst;
    const void *src;
    size_t cols, stride;
};

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

TARGET INLINE __m256i first_of_4(size_t n)
{
    static const int64_t ends[8] = {-1, -1, -1, -1, 0, 0, 0, 0};

    return _mm256_loadu_si256((const __m256i *)(ends + 4 - (n < 4 ? n : 4)));
}

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

/* x's halves added to each other, and y's: a blend and a shuffle instead of two shuffles. */
TARGET INLINE __m256d fold_halves(__m256d x, __m256d y)
{
    return _mm256_add_pd(_mm256_blend_pd(x, y, 0xc), _mm256_permute2f128_pd(x, y, 0x21));
}

/* lanes_fold of four rows whose lanes are already folded to 4. */
TARGET INLINE __m256d fold_four(const __m256d v[4])
{
    __m256d x = fold_halves(v[0], v[1]), y = fold_halves(v[2], v[3]);
    __m256d sum = _mm256_add_pd(_mm256_blend_pd(x, y, 0xa), _mm256_shuffle_pd(x, y, 0x5));

    return _mm256_permute4x64_pd(sum, 0xd8);
}

/* Of four rows or the n that are left. */
TARGET INLINE void store_rows(double *row, size_t n, const __m256d v[4])
{
    if (n < 4)
        _mm256_maskstore_pd(row, first_of_4(n), fold_four(v));
    else
        _mm256_storeu_pd(row, fold_four(v));
}

/* Up to 16 columns, of every fourth row. */
struct narrow {
    __m256i mask; /* of the last vector of a row */
    __m256d sum[4][4];
};

/* Row r of a stripe; whole ones are of 8 or 16 columns. */
TARGET INLINE void narrow_row(__m256d v[4], const struct stripe *s, size_t r, __m256i mask,
                              const size_t vectors, const bool whole, values_at *get)
{
    const double *x = (const double *)s->src + r * s->cols;

#pragma GCC unroll 2
    for (size_t k = 0; whole && k < vectors; k += 2) {
        struct eight values = get(s->src, r * s->cols + 4 * k);

        store(s->dst + r * s->cols + 4 * k, &values);
        v[k] = values.low;
        v[k + 1] = values.high;
    }
#pragma GCC unroll 4
    for (size_t k = 0; !whole && k < vectors; k++)
        v[k] = k + 1 < vectors ? _mm256_loadu_pd(x + 4 * k) : _mm256_maskload_pd(x + 4 * k, mask);
}

/* Returns the row's lanes, folded to 4. */
TARGET INLINE __m256d square_narrow(__m256d sum[4], __m256d v[4], const size_t vectors)
{
#pragma GCC unroll 4
    for (size_t k = 0; k < vectors; k++) {
        v[k] = _mm256_mul_pd(v[k], v[k]);
        sum[k] = _mm256_add_pd(sum[k], v[k]);
    }
    if (vectors > 2)
        v[0] = _mm256_add_pd(v[0], v[2]);
    if (vectors > 3)
        v[1] = _mm256_add_pd(v[1], v[3]);
    return vectors > 1 ? _mm256_add_pd(v[0], v[1]) : v[0];
}

TARGET INLINE void add_columns(double *col, size_t cols, const struct narrow *n,
                               const size_t vectors)
{
#pragma GCC unroll 4
    for (size_t k = 0; k < vectors; k++) {
        double sum[4];

        _mm256_storeu_pd(sum, _mm256_add_pd(_mm256_add_pd(n->sum[0][k], n->sum[1][k]),
                                            _mm256_add_pd(n->sum[2][k], n->sum[3][k])));
        for (size_t c = 4 * k; c < cols && c < 4 * k + 4; c++)
            col[c] += sum[c - 4 * k];
    }
}

TARGET INLINE void square_rows(const struct energy_tile *t, struct stripe s, const size_t vectors,
                               const bool whole, values_at *get)
{
    struct narrow n = {.mask = first_of_4(s.cols - 4 * (vectors - 1))};
    __m256d v[4], x[4];

    for (size_t r = 0; r < t->rows; r += 4) {
        size_t left = t->rows - r;

        /* Indices that are known when this is compiled: sums stay in registers. */
#pragma GCC unroll 4
        for (size_t j = 0; j < 4; j++) {
            v[j] = _mm256_setzero_pd();
            if (j < left) {
                narrow_row(x, &s, r + j, n.mask, vectors, whole, get);
                v[j] = square_narrow(n.sum[j], x, vectors);
            }
        }
        store_rows(t->row + r, left, v);
    }
    add_columns(t->col, s.cols, &n, vectors);
}

TARGET static void square_narrow_rows(const struct energy_tile *t, const double *x)
{
    const struct stripe s = {NULL, x, t->cols, t->cols};

    if (t->cols <= 4)
        square_rows(t, s, 1, false, f64_at);
    else if (t->cols <= 8)
        square_rows(t, s, 2, false, f64_at);
    else if (t->cols <= 12)
        square_rows(t, s, 3, false, f64_at);
    else
        square_rows(t, s, 4, false, f64_at);
}

TARGET void energy_squares_avx2(const struct energy_tile *t, const double *x)
{
    if (!t->lanes)
        square_narrow_rows(t, x);
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
    else if (cols == 8)
        square_rows(t, s, 2, true, f32_at);
    else
        square_rows(t, s, 4, true, f32_at);
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

    for (size_t r = 0; r < t->rows; r++)
        for (size_t c = 0; c < cols; c += 8, v += 8) {
            const uint16_t *from = (const uint16_t *)src + r * stride + c;

            _mm256_store_si256((__m256i *)v, get(_mm_loadu_si128((const __m128i *)from)));
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

/* A row's lanes, folded to 4 and cleared. */
TARGET INLINE __m256d take_lanes(double *lanes)
{
    const struct eight none = {_mm256_setzero_pd(), _mm256_setzero_pd()};
    struct eight a = f64_at(lanes, 0), b = f64_at(lanes, 8);

    store(lanes, &none);
    store(lanes + 8, &none);
    return _mm256_add_pd(_mm256_add_pd(a.low, b.low), _mm256_add_pd(a.high, b.high));
}

TARGET void energy_fold_avx2(double *row, double (*lanes)[SCAN_LANES], size_t rows)
{
    for (size_t r = 0; r < rows; r += 4) {
        __m256d v[4];

#pragma GCC unroll 4
        for (size_t j = 0; j < 4; j++)
            v[j] = r + j < rows ? take_lanes(lanes[r + j]) : _mm256_setzero_pd();
        store_rows(row + r, rows - r, v);
    }
}
#endif
