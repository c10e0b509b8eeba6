/* Rows of up to 16 columns, eight at a time, and the fold of others. */
#include "core/scan/energy_avx512.h"

#if defined(__x86_64__)
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

/* The sums of eight rows or the n that are left. */
TARGET INLINE void store_rows(double *row, size_t n, __m512d sums)
{
    _mm512_mask_storeu_pd(row, (__mmask8)(n < 8 ? (1u << n) - 1 : 0xff), sums);
}

/* The same, past the caches if the tile wants that of whole lines. */
TARGET INLINE void put_rows(const struct energy_tile *t, size_t r, __m512d sums)
{
    double *row = t->row + r;

    if (t->is_long && t->rows - r >= 8 && (uintptr_t)row % 64 == 0)
        _mm512_stream_pd(row, sums);
    else
        store_rows(row, t->rows - r, sums);
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
        put_rows(t, r, fold_eight(v));
    }
    col.low = _mm512_add_pd(col.low, add_four(sum[0].low, sum[1].low, sum[2].low, sum[3].low));
    if (more)
        col.high =
            _mm512_add_pd(col.high, add_four(sum[0].high, sum[1].high, sum[2].high, sum[3].high));
    store_some(rows->some, t->col, &col);
}

/* Columns 0 and 2 of four rows, added, then 1 and 3. */
TARGET INLINE __m512d fold_fours(__m512d x, __m512d y)
{
    const __m512i first = _mm512_setr_epi64(0, 4, 8, 12, 1, 5, 9, 13);
    const __m512i second = _mm512_setr_epi64(2, 6, 10, 14, 3, 7, 11, 15);

    return _mm512_add_pd(_mm512_permutex2var_pd(x, first, y), _mm512_permutex2var_pd(x, second, y));
}

TARGET INLINE __m512d fold_threes(const __m512d v[4])
{
    const __m512i from_two[3] = {_mm512_setr_epi64(0, 3, 6, 9, 12, 15, 0, 0),
                                 _mm512_setr_epi64(1, 4, 7, 10, 13, 0, 0, 0),
                                 _mm512_setr_epi64(2, 5, 8, 11, 14, 0, 0, 0)};
    const __m512i from_third[3] = {_mm512_setr_epi64(0, 1, 2, 3, 4, 5, 10, 13),
                                   _mm512_setr_epi64(0, 1, 2, 3, 4, 8, 11, 14),
                                   _mm512_setr_epi64(0, 1, 2, 3, 4, 9, 12, 15)};
    __m512d col[3];

#pragma GCC unroll 3
    for (size_t c = 0; c < 3; c++)
        col[c] = _mm512_permutex2var_pd(_mm512_permutex2var_pd(v[0], from_two[c], v[1]),
                                        from_third[c], v[2]);
    return _mm512_add_pd(_mm512_add_pd(col[0], col[2]), col[1]);
}

/* lanes_fold of eight rows of one to four columns that lie on end. */
TARGET INLINE __m512d fold_slim(const __m512d v[4], const size_t cols)
{
    const __m512i even = _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14);
    const __m512i odd = _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15);
    __m512d x, y;

    if (cols == 1)
        return v[0];
    if (cols == 2)
        return _mm512_add_pd(_mm512_permutex2var_pd(v[0], even, v[1]),
                             _mm512_permutex2var_pd(v[0], odd, v[1]));
    if (cols == 3)
        return fold_threes(v);
    x = fold_fours(v[0], v[1]);
    y = fold_fours(v[2], v[3]);
    return _mm512_add_pd(_mm512_shuffle_f64x2(x, y, 0x44), _mm512_shuffle_f64x2(x, y, 0xee));
}

/* Squares of eight values or the n that are left. */
TARGET INLINE __m512d square_some(const double *x, size_t n)
{
    __m512d v = _mm512_maskz_loadu_pd((__mmask8)(n < 8 ? (1u << n) - 1 : 0xff), x);

    return _mm512_mul_pd(v, v);
}

/* Four rows are `cols` vectors of four, whose lanes are the columns' four sums. */
TARGET INLINE void square_slim(const struct energy_tile *t, const double *x, const size_t cols)
{
    const size_t n = t->rows * cols;
    __m256d sum[4] = {_mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_pd(),
                      _mm256_setzero_pd()};
    __m512d v[4];
    double part[4 * 4];

    for (size_t r = 0; r < t->rows; r += 8) {
#pragma GCC unroll 4
        for (size_t k = 0; k < cols; k++) {
            size_t at = r * cols + 8 * k;

            v[k] = square_some(x + at, at < n ? n - at : 0);
        }
#pragma GCC unroll 4
        for (size_t k = 0; k < cols; k++) {
            size_t low = 2 * k % cols, high = (2 * k + 1) % cols;

            sum[low] = _mm256_add_pd(sum[low], _mm512_castpd512_pd256(v[k]));
            sum[high] = _mm256_add_pd(sum[high], _mm512_extractf64x4_pd(v[k], 1));
        }
        put_rows(t, r, fold_slim(v, cols));
    }
#pragma GCC unroll 4
    for (size_t k = 0; k < cols; k++)
        _mm256_storeu_pd(part + 4 * k, sum[k]);
    for (size_t c = 0; c < cols; c++)
        t->col[c] += (part[c] + part[cols + c]) + (part[2 * cols + c] + part[3 * cols + c]);
}

TARGET void energy_narrow_f64_avx512(const struct energy_tile *t, const double *x)
{
    const struct rows rows = {x, NULL, t->cols, some_of(t->cols)};

    if (t->cols == 1)
        square_slim(t, x, 1);
    else if (t->cols == 2)
        square_slim(t, x, 2);
    else if (t->cols == 3)
        square_slim(t, x, 3);
    else if (t->cols == 4)
        square_slim(t, x, 4);
    else if (t->cols <= 8)
        square_rows(t, &rows, false, false, f64_at);
    else
        square_rows(t, &rows, true, false, f64_at);
}

TARGET INLINE void narrow(const struct energy_tile *t, double *dst, const void *src, values_at *get)
{
    const struct rows rows = {src, dst, t->cols, some_of(t->cols)};

    if (t->cols == 8)
        square_rows(t, &rows, false, true, get);
    else
        square_rows(t, &rows, true, true, get);
}

TARGET void energy_narrow_f32_avx512(const struct energy_tile *t, double *dst, const void *src)
{
    narrow(t, dst, src, f32_at);
}

TARGET void energy_narrow_f16_avx512(const struct energy_tile *t, double *dst, const void *src)
{
    narrow(t, dst, src, f16_at);
}

TARGET void energy_narrow_bf16_avx512(const struct energy_tile *t, double *dst, const void *src)
{
    narrow(t, dst, src, bf16_at);
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
        store_rows(row + r, rows - r, fold_eight(v));
    }
}
#endif
