/* 16 lanes = two registers of eight doubles. */
#include "core/scan/kernel.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512dq")))

/* Eight lanes of a run under way. */
struct half {
    __m512d l1, p1, p2, p3, p4, min, max;
};

TARGET static inline void half_init(struct half *h)
{
    h->l1 = h->p1 = h->p2 = h->p3 = h->p4 = _mm512_setzero_pd();
    h->min = _mm512_set1_pd(INFINITY);
    h->max = _mm512_set1_pd(-INFINITY);
}

/* Returns the mask of zeros. */
TARGET static inline __mmask8 half_count(struct half *h, __m512d x, __m512d shift)
{
    __m512d y = _mm512_sub_pd(x, shift), y2 = _mm512_mul_pd(y, y);

    h->l1 = _mm512_add_pd(h->l1, _mm512_abs_pd(x));
    h->p1 = _mm512_add_pd(h->p1, y);
    h->p2 = _mm512_add_pd(h->p2, y2);
    h->p3 = _mm512_add_pd(h->p3, _mm512_mul_pd(y2, y));
    h->p4 = _mm512_add_pd(h->p4, _mm512_mul_pd(y2, y2));
    h->min = _mm512_min_pd(x, h->min);
    h->max = _mm512_max_pd(x, h->max);
    return _mm512_cmp_pd_mask(x, _mm512_setzero_pd(), _CMP_EQ_OQ);
}

TARGET static inline void half_store(const struct half *h, struct lanes *run, size_t lane)
{
    _mm512_store_pd(run->l1 + lane, h->l1);
    _mm512_store_pd(run->p1 + lane, h->p1);
    _mm512_store_pd(run->p2 + lane, h->p2);
    _mm512_store_pd(run->p3 + lane, h->p3);
    _mm512_store_pd(run->p4 + lane, h->p4);
    _mm512_store_pd(run->min + lane, h->min);
    _mm512_store_pd(run->max + lane, h->max);
}

TARGET static inline void add_to(double *sum, const double *by)
{
    _mm512_store_pd(sum, _mm512_add_pd(_mm512_load_pd(sum), _mm512_load_pd(by)));
    _mm512_store_pd(sum + 8, _mm512_add_pd(_mm512_load_pd(sum + 8), _mm512_load_pd(by + 8)));
}

/* Whether all of a are below b. */
TARGET static inline bool all_below(const double *a, const double *b)
{
    return (_mm512_cmp_pd_mask(_mm512_load_pd(a), _mm512_load_pd(b), _CMP_LT_OQ) &
            _mm512_cmp_pd_mask(_mm512_load_pd(a + 8), _mm512_load_pd(b + 8), _CMP_LT_OQ)) == 0xff;
}

/* Whether any of a is at most b. */
TARGET static inline bool any_reaches(const double *a, const double *b)
{
    return _mm512_cmp_pd_mask(_mm512_load_pd(a), _mm512_load_pd(b), _CMP_LE_OQ) |
           _mm512_cmp_pd_mask(_mm512_load_pd(a + 8), _mm512_load_pd(b + 8), _CMP_LE_OQ);
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

/* A run under way. */
struct counting {
    struct half low, high;
    uint64_t zeros;
    uint32_t *counts;
    __m512d shift;
};

TARGET static inline __attribute__((always_inline)) void
count_group(struct counting *c, const double *x, __m512d low, __m512d high)
{
    unsigned mask = half_count(&c->low, low, c->shift);

    mask |= (unsigned)half_count(&c->high, high, c->shift) << 8;
    c->zeros += (unsigned)__builtin_popcount(mask);
    sketch_count(c->counts, x, SCAN_LANES);
}

TARGET static void count_groups(struct counting *c, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i += SCAN_LANES)
        count_group(c, x + i, _mm512_loadu_pd(x + i), _mm512_loadu_pd(x + i + 8));
}

TARGET static bool one(struct lanes *acc, uint32_t *counts, const double *x, size_t n, double shift)
{
    size_t whole = n - n % SCAN_LANES;
    struct counting c = {.counts = counts, .shift = _mm512_set1_pd(shift)};
    struct lanes run;

    half_init(&c.low);
    half_init(&c.high);
    count_groups(&c, x, whole);
    half_store(&c.low, &run, 0);
    half_store(&c.high, &run, 8);
    run.zeros = c.zeros;
    lanes_count_rest(&run, x, whole, n, shift);
    sketch_count(counts, x + whole, n - whole);
    if (commit(acc, &run))
        return true;
    sketch_uncount(counts, x, n);
    return false;
}

TARGET static inline __mmask8 opposite(__m512d a, __m512d b)
{
    __m512d zero = _mm512_setzero_pd();
    __mmask8 differ = _mm512_movepi64_mask(_mm512_castpd_si512(_mm512_xor_pd(a, b)));

    differ = _mm512_mask_cmp_pd_mask(differ, a, zero, _CMP_NEQ_OQ);
    return _mm512_mask_cmp_pd_mask(differ, b, zero, _CMP_NEQ_OQ);
}

/* Eight lanes of a pair of runs under way. */
struct pair_half {
    __m512d p11, shift_a, shift_d;
};

TARGET static inline __mmask8 pair_count(struct pair_half *h, double *d, const double *a,
                                         const double *b)
{
    __m512d x = _mm512_loadu_pd(a), y = _mm512_loadu_pd(b), delta = _mm512_sub_pd(y, x);
    __m512d product = _mm512_mul_pd(_mm512_sub_pd(x, h->shift_a), _mm512_sub_pd(delta, h->shift_d));

    _mm512_storeu_pd(d, delta);
    h->p11 = _mm512_add_pd(h->p11, product);
    return opposite(x, y);
}

TARGET static void pair(struct pair_lanes *acc, double *d, const double *a, const double *b,
                        size_t n, double shift_a, double shift_d)
{
    struct pair_half low = {_mm512_setzero_pd(), _mm512_set1_pd(shift_a), _mm512_set1_pd(shift_d)};
    struct pair_half high = low;
    struct pair_lanes run;
    uint64_t sign_flips = 0;
    size_t i;

    for (i = 0; i + SCAN_LANES <= n; i += SCAN_LANES) {
        unsigned flips = pair_count(&low, d + i, a + i, b + i);

        flips |= (unsigned)pair_count(&high, d + i + 8, a + i + 8, b + i + 8) << 8;
        sign_flips += (unsigned)__builtin_popcount(flips);
    }
    _mm512_store_pd(run.p11, low.p11);
    _mm512_store_pd(run.p11 + 8, high.p11);
    run.sign_flips = sign_flips;
    pair_rest(acc, &run, d, a, b, i, n, shift_a, shift_d);
}

TARGET static void decode_f32(double *dst, const void *src, size_t elems)
{
    const float *v = src;
    size_t i;

    for (i = 0; i + 8 <= elems; i += 8)
        _mm512_storeu_pd(dst + i, _mm512_cvtps_pd(_mm256_loadu_ps(v + i)));
    dtype_info(DTYPE_F32)->decode(dst + i, v + i, elems - i);
}

TARGET static void decode_f16(double *dst, const void *src, size_t elems)
{
    const uint16_t *v = src;
    size_t i;

    for (i = 0; i + 16 <= elems; i += 16) {
        __m512 f = _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(v + i)));

        _mm512_storeu_pd(dst + i, _mm512_cvtps_pd(_mm512_castps512_ps256(f)));
        _mm512_storeu_pd(dst + i + 8, _mm512_cvtps_pd(_mm512_extractf32x8_ps(f, 1)));
    }
    dtype_info(DTYPE_F16)->decode(dst + i, v + i, elems - i);
}

TARGET static void decode_bf16(double *dst, const void *src, size_t elems)
{
    const uint16_t *v = src;
    size_t i;

    for (i = 0; i + 16 <= elems; i += 16) {
        __m256i half = _mm256_loadu_si256((const __m256i *)(v + i));
        __m512 f = _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(half), 16));

        _mm512_storeu_pd(dst + i, _mm512_cvtps_pd(_mm512_castps512_ps256(f)));
        _mm512_storeu_pd(dst + i + 8, _mm512_cvtps_pd(_mm512_extractf32x8_ps(f, 1)));
    }
    dtype_info(DTYPE_BF16)->decode(dst + i, v + i, elems - i);
}

const struct scan_ops scan_ops_avx512 = {
    .name = "avx512",
    .one = one,
    .squares = energy_squares_avx512,
    .fold = energy_fold_avx512,
    .settle = energy_settle,
    .pair = pair,
    .decode = {[DTYPE_F16] = decode_f16, [DTYPE_BF16] = decode_bf16, [DTYPE_F32] = decode_f32},
    .gather = {[DTYPE_F16] = energy_gather_f16_avx512,
               [DTYPE_BF16] = energy_gather_bf16_avx512,
               [DTYPE_F32] = energy_gather_f32_avx512},
};
#endif
