/* What the files of energies by AVX-512 share. Private to them. */
#ifndef TARE_CORE_SCAN_ENERGY_AVX512_H
#define TARE_CORE_SCAN_ENERGY_AVX512_H

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

/* A tile of up to 16 columns whose rows are whole. */
void energy_narrow_f64_avx512(const struct energy_tile *tile, const double *x);
/* Of 8 or 16 columns; the values go to dst. */
void energy_narrow_f32_avx512(const struct energy_tile *tile, double *dst, const void *src);
void energy_narrow_f16_avx512(const struct energy_tile *tile, double *dst, const void *src);
void energy_narrow_bf16_avx512(const struct energy_tile *tile, double *dst, const void *src);
#endif

#endif
