/* 16 lanes = four registers of four doubles; a run goes through four times, four lanes each,
 * because the sums of all sixteen do not fit the registers. */
#include "core/scan/kernel.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2,f16c")))

/* Four lanes of a run under way. */
struct quarter {
    __m256d l1, p1, p2, p3, p4, min, max;
    __m256i zeros; /* counted down */
};

TARGET static inline void quarter_init(struct quarter *q)
{
    q->l1 = q->p1 = q->p2 = q->p3 = q->p4 = _mm256_setzero_pd();
    q->min = _mm256_set1_pd(INFINITY);
    q->max = _mm256_set1_pd(-INFINITY);
    q->zeros = _mm256_setzero_si256();
}

TARGET static inline void quarter_count(struct quarter *q, __m256d x, __m256d shift)
{
    __m256d y = _mm256_sub_pd(x, shift), y2 = _mm256_mul_pd(y, y);
    __m256d size = _mm256_andnot_pd(_mm256_set1_pd(-0.0), x);
    __m256d zero = _mm256_cmp_pd(x, _mm256_setzero_pd(), _CMP_EQ_OQ);

    q->l1 = _mm256_add_pd(q->l1, size);
    q->p1 = _mm256_add_pd(q->p1, y);
    q->p2 = _mm256_add_pd(q->p2, y2);
    q->p3 = _mm256_add_pd(q->p3, _mm256_mul_pd(y2, y));
    q->p4 = _mm256_add_pd(q->p4, _mm256_mul_pd(y2, y2));
    q->min = _mm256_min_pd(x, q->min);
    q->max = _mm256_max_pd(x, q->max);
    q->zeros = _mm256_add_epi64(q->zeros, _mm256_castpd_si256(zero));
}

TARGET static inline void quarter_store(const struct quarter *q, struct lanes *run, size_t lane)
{
    int64_t zeros[4];

    _mm256_store_pd(run->l1 + lane, q->l1);
    _mm256_store_pd(run->p1 + lane, q->p1);
    _mm256_store_pd(run->p2 + lane, q->p2);
    _mm256_store_pd(run->p3 + lane, q->p3);
    _mm256_store_pd(run->p4 + lane, q->p4);
    _mm256_store_pd(run->min + lane, q->min);
    _mm256_store_pd(run->max + lane, q->max);
    _mm256_storeu_si256((__m256i *)zeros, q->zeros);
    run->zeros -= (uint64_t)(zeros[0] + zeros[1] + zeros[2] + zeros[3]);
}

/* Lanes lane .. lane + 3 of all whole groups of 16. */
TARGET static inline void quarter_run(struct lanes *run, size_t lane, uint32_t *counts,
                                      const double *x, size_t whole, double shift)
{
    __m256d by = _mm256_set1_pd(shift);
    struct quarter q;

    quarter_init(&q);
    for (size_t i = lane; i < whole; i += SCAN_LANES) {
        quarter_count(&q, _mm256_loadu_pd(x + i), by);
        sketch_count(counts, x + i, 4);
    }
    quarter_store(&q, run, lane);
}

TARGET static inline void add_to(double *sum, const double *by)
{
    for (size_t j = 0; j < SCAN_LANES; j += 4)
        _mm256_store_pd(sum + j, _mm256_add_pd(_mm256_load_pd(sum + j), _mm256_load_pd(by + j)));
}

/* Whether all of a are below b. */
TARGET static inline bool all_below(const double *a, const double *b)
{
    int below = 0xf;

    for (size_t j = 0; j < SCAN_LANES; j += 4)
        below &= _mm256_movemask_pd(
            _mm256_cmp_pd(_mm256_load_pd(a + j), _mm256_load_pd(b + j), _CMP_LT_OQ));
    return below == 0xf;
}

/* Whether any of a is at most b. */
TARGET static inline bool any_reaches(const double *a, const double *b)
{
    int reach = 0;

    for (size_t j = 0; j < SCAN_LANES; j += 4)
        reach |= _mm256_movemask_pd(
            _mm256_cmp_pd(_mm256_load_pd(a + j), _mm256_load_pd(b + j), _CMP_LE_OQ));
    return reach != 0;
}

/* lanes_commit */
TARGET static inline bool commit(struct lanes *acc, const struct lanes *run)
{
    if (!all_below(run->l1, lanes_infinite))
        return false;
    add_to(acc->l1, run->l1);
    add_to(acc->p1, run->p1);
    add_to(acc->p2, run->p2);
    add_to(acc->p3, run->p3);
    add_to(acc->p4, run->p4);
    acc->reached = any_reaches(run->min, acc->min) || any_reaches(acc->max, run->max);
    if (acc->reached)
        lanes_commit_extremes(acc, run);
    acc->zeros += run->zeros;
    return true;
}

TARGET static bool one(struct lanes *acc, uint32_t *counts, const double *x, size_t n, double shift)
{
    size_t whole = n - n % SCAN_LANES;
    struct lanes run;

    run.zeros = 0;
    for (size_t lane = 0; lane < SCAN_LANES; lane += 4)
        quarter_run(&run, lane, counts, x, whole, shift);
    lanes_count_rest(&run, x, whole, n, shift);
    sketch_count(counts, x + whole, n - whole);
    if (commit(acc, &run))
        return true;
    sketch_uncount(counts, x, n);
    return false;
}

/* Bits of the lanes where a and b have opposite signs and neither is zero. */
TARGET static inline unsigned opposite(__m256d a, __m256d b)
{
    __m256d zero = _mm256_setzero_pd();
    __m256d both =
        _mm256_and_pd(_mm256_cmp_pd(a, zero, _CMP_NEQ_OQ), _mm256_cmp_pd(b, zero, _CMP_NEQ_OQ));

    return (unsigned)_mm256_movemask_pd(_mm256_and_pd(_mm256_xor_pd(a, b), both));
}

/* Four lanes of a pair of runs under way. */
struct pair_quarter {
    __m256d p11, shift_a, shift_d;
};

TARGET static inline unsigned pair_count(struct pair_quarter *q, double *d, const double *a,
                                         const double *b)
{
    __m256d x = _mm256_loadu_pd(a), y = _mm256_loadu_pd(b), delta = _mm256_sub_pd(y, x);
    __m256d product = _mm256_mul_pd(_mm256_sub_pd(x, q->shift_a), _mm256_sub_pd(delta, q->shift_d));

    _mm256_storeu_pd(d, delta);
    q->p11 = _mm256_add_pd(q->p11, product);
    return opposite(x, y);
}

TARGET static void pair(struct pair_lanes *acc, double *d, const double *a, const double *b,
                        size_t n, double shift_a, double shift_d)
{
    struct pair_quarter q[4];
    struct pair_lanes run;
    uint64_t sign_flips = 0;
    size_t i;

    for (size_t j = 0; j < 4; j++)
        q[j] = (struct pair_quarter){_mm256_setzero_pd(), _mm256_set1_pd(shift_a),
                                     _mm256_set1_pd(shift_d)};
    for (i = 0; i + SCAN_LANES <= n; i += SCAN_LANES) {
        unsigned flips = 0;

#pragma GCC unroll 4
        for (size_t j = 0; j < 4; j++)
            flips = flips << 4 | pair_count(&q[j], d + i + 4 * j, a + i + 4 * j, b + i + 4 * j);
        sign_flips += (unsigned)__builtin_popcount(flips);
    }
    for (size_t j = 0; j < 4; j++)
        _mm256_store_pd(run.p11 + 4 * j, q[j].p11);
    run.sign_flips = sign_flips;
    pair_rest(acc, &run, d, a, b, i, n, shift_a, shift_d);
}

TARGET static inline void store_8(double *dst, __m256 f)
{
    _mm256_storeu_pd(dst, _mm256_cvtps_pd(_mm256_castps256_ps128(f)));
    _mm256_storeu_pd(dst + 4, _mm256_cvtps_pd(_mm256_extractf128_ps(f, 1)));
}

TARGET static void decode_f32(double *dst, const void *src, size_t elems)
{
    const float *v = src;
    size_t i;

    for (i = 0; i + 8 <= elems; i += 8)
        store_8(dst + i, _mm256_loadu_ps(v + i));
    dtype_info(DTYPE_F32)->decode(dst + i, v + i, elems - i);
}

TARGET static void decode_f16(double *dst, const void *src, size_t elems)
{
    const uint16_t *v = src;
    size_t i;

    for (i = 0; i + 8 <= elems; i += 8)
        store_8(dst + i, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(v + i))));
    dtype_info(DTYPE_F16)->decode(dst + i, v + i, elems - i);
}

TARGET static void decode_bf16(double *dst, const void *src, size_t elems)
{
    const uint16_t *v = src;
    size_t i;

    for (i = 0; i + 8 <= elems; i += 8) {
        __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(v + i)));

        store_8(dst + i, _mm256_castsi256_ps(_mm256_slli_epi32(wide, 16)));
    }
    dtype_info(DTYPE_BF16)->decode(dst + i, v + i, elems - i);
}

const struct scan_ops scan_ops_avx2 = {
    .name = "avx2",
    .one = one,
    .squares = energy_squares_avx2,
    .fold = energy_fold_avx2,
    .settle = energy_settle,
    .pair = pair,
    .decode = {[DTYPE_F16] = decode_f16, [DTYPE_BF16] = decode_bf16, [DTYPE_F32] = decode_f32},
    .gather = {[DTYPE_F16] = energy_gather_f16_avx2,
               [DTYPE_BF16] = energy_gather_bf16_avx2,
               [DTYPE_F32] = energy_gather_f32_avx2},
};
#endif
