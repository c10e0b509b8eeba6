/* Rows of up to 16 columns, four at a time, and the fold of others. */
#include "core/scan/energy_avx2.h"

#if defined(__x86_64__)
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

/* The same, past the caches if the tile wants that of halves of lines. */
TARGET INLINE void put_rows(const struct energy_tile *t, size_t r, const __m256d v[4])
{
    double *row = t->row + r;

    if (t->is_long && t->rows - r >= 4 && (uintptr_t)row % 32 == 0)
        _mm256_stream_pd(row, fold_four(v));
    else
        store_rows(row, t->rows - r, v);
}

TARGET void energy_settle(void)
{
    _mm_sfence();
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
        put_rows(t, r, v);
    }
    add_columns(t->col, s.cols, &n, vectors);
}

TARGET void energy_narrow_f64_avx2(const struct energy_tile *t, const double *x)
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

TARGET void energy_narrow_f32_avx2(const struct energy_tile *t, double *dst, const void *src)
{
    const struct stripe s = {dst, src, t->cols, t->cols};

    if (t->cols == 8)
        square_rows(t, s, 2, true, f32_at);
    else
        square_rows(t, s, 4, true, f32_at);
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
