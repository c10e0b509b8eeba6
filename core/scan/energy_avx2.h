/* What the files of energies by AVX2 share. Private to them. */
#ifndef TARE_CORE_SCAN_ENERGY_AVX2_H
#define TARE_CORE_SCAN_ENERGY_AVX2_H

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

/* A mask of the first n, at most 4. */
TARGET INLINE __m256i first_of_4(size_t n)
{
    static const int64_t ends[8] = {-1, -1, -1, -1, 0, 0, 0, 0};

    return _mm256_loadu_si256((const __m256i *)(ends + 4 - (n < 4 ? n : 4)));
}

/* Where a stripe comes from, and where its values go if that is not NULL. */
struct stripe {
    double *dst;
    const void *src;
    size_t cols, stride;
};

/* A tile of up to 16 columns whose rows are whole. */
void energy_narrow_f64_avx2(const struct energy_tile *tile, const double *x);
/* Of 8 or 16 columns; the values go to dst. */
void energy_narrow_f32_avx2(const struct energy_tile *tile, double *dst, const void *src);
#endif

#endif
