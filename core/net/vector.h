/* Vectors of floats as wide as the processor that a file is compiled for has them, and sums whose
 * order does not depend on it: element i goes to lane i % 16, the lanes are folded in halves.
 * Nothing is fused but by vec_fma, so every width gives the same bits. For the kernels' files. */
#ifndef TARE_CORE_NET_VECTOR_H
#define TARE_CORE_NET_VECTOR_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__FMA__)
#include <immintrin.h>
#else
#include <math.h>
#endif

#if defined(__AVX512F__)
#define WIDTH 16
#elif defined(__FMA__)
#define WIDTH 8
#else
#define WIDTH 4
#endif
#define LANES 16
#define PARTS (LANES / WIDTH)

typedef float vec __attribute__((vector_size(4 * WIDTH)));
typedef int32_t ivec __attribute__((vector_size(4 * WIDTH)));
typedef uint32_t uvec __attribute__((vector_size(4 * WIDTH)));
typedef uint16_t hvec __attribute__((vector_size(2 * WIDTH)));

#define INLINE static inline __attribute__((always_inline))

INLINE vec vec_all(float x)
{
    return x - (vec){0};
}

INLINE vec vec_load(const float *x)
{
    vec v;

    memcpy(&v, x, sizeof v);
    return v;
}

/* The first n of a vector, 0 for the rest. */
INLINE vec vec_load_some(const float *x, size_t n)
{
    vec v = {0};

    memcpy(&v, x, n * sizeof *x);
    return v;
}

INLINE void vec_store(float *to, vec v)
{
    memcpy(to, &v, sizeof v);
}

INLINE void vec_store_some(float *to, vec v, size_t n)
{
    memcpy(to, &v, n * sizeof *to);
}

INLINE vec vec_pick(ivec which, vec yes, vec no)
{
    return (vec)(((ivec)yes & which) | ((ivec)no & ~which));
}

INLINE vec vec_max(vec a, vec b)
{
    return vec_pick(a > b, a, b);
}

/* a b + c, rounded once. */
INLINE vec vec_fma(vec a, vec b, vec c)
{
#if WIDTH == 16
    return (vec)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif WIDTH == 8
    return (vec)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#else
    for (int i = 0; i < WIDTH; i++)
        c[i] = fmaf(a[i], b[i], c[i]);
    return c;
#endif
}

/* Correctly rounded. */
INLINE vec vec_sqrt(vec x)
{
#if WIDTH == 16
    return (vec)_mm512_sqrt_ps((__m512)x);
#elif WIDTH == 8
    return (vec)_mm256_sqrt_ps((__m256)x);
#else
    for (int i = 0; i < WIDTH; i++)
        x[i] = sqrtf(x[i]);
    return x;
#endif
}

/* x_{at_i} */
INLINE vec vec_permute(vec x, ivec at)
{
#if WIDTH == 16
    return (vec)_mm512_permutexvar_ps((__m512i)at, (__m512)x);
#elif WIDTH == 8
    return (vec)_mm256_permutevar8x32_ps((__m256)x, (__m256i)at);
#else
    vec y;

    for (int i = 0; i < WIDTH; i++)
        y[i] = x[at[i]];
    return y;
#endif
}

/* bfloat16: the upper half of a float. */
INLINE vec vec_of_bf16(const uint16_t *x)
{
    hvec h;

    memcpy(&h, x, sizeof h);
    return (vec)(__builtin_convertvector(h, uvec) << 16);
}

/* binary16: its bits, moved to a float's places, are 2^-112 times its value, subnormals included;
 * infinity and NaN get a float's exponent. */
INLINE vec vec_of_f16(const uint16_t *x)
{
    hvec h;
    uvec bits, size;
    vec value;

    memcpy(&h, x, sizeof h);
    bits = __builtin_convertvector(h, uvec);
    size = (bits & 0x7fff) << 13;
    value = (vec)size * 0x1p112f;
    value = vec_pick(size >= (uvec)(vec_all(0x1p-112f * 65536)), (vec)(size | 0x7f800000), value);
    return (vec)((uvec)value | (bits & 0x8000) << 16);
}

struct lanes16 {
    vec part[PARTS];
};

INLINE float lanes16_fold(const struct lanes16 *l)
{
    float v[LANES];

    memcpy(v, l, sizeof v);
    for (size_t half = LANES / 2; half > 0; half /= 2)
        for (size_t j = 0; j < half; j++)
            v[j] += v[j + half];
    return v[0];
}

#endif
