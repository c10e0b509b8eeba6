/* Compiled once for each width of vectors, into a table of the name ACTIVITY_KERNELS (meson.build).
 * Vectors are of 8 whatever the processor has; the compiler splits them. */
#include "core/activity_kernels.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define LANES 8
#define INLINE static inline __attribute__((always_inline))

typedef double dvec __attribute__((vector_size(8 * LANES)));
typedef int64_t lvec __attribute__((vector_size(8 * LANES)));
typedef float fvec __attribute__((vector_size(4 * LANES)));
typedef int32_t ivec __attribute__((vector_size(4 * LANES)));

/* n <= LANES values; beyond them the row has ended. */
INLINE fvec load(const float *x, size_t n, float beyond)
{
    fvec v = beyond - (fvec){0};

    memcpy(&v, x, n * sizeof *x);
    return v;
}

INLINE dvec load_wide(const double *x, size_t n)
{
    dvec v = {0};

    memcpy(&v, x, n * sizeof *x);
    return v;
}

INLINE dvec widen(fvec x)
{
    return __builtin_convertvector(x, dvec);
}

INLINE dvec pick(lvec which, dvec yes, dvec no)
{
    return (dvec)(((lvec)yes & which) | ((lvec)no & ~which));
}

INLINE double fold(dvec v)
{
    double lane[LANES];

    memcpy(lane, &v, sizeof v);
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++)
            lane[i] += lane[i + half];
    return lane[0];
}

INLINE fvec magnitude_of(fvec x)
{
    return (fvec)((ivec)x & 0x7fffffff);
}

INLINE fvec finite_of(fvec x)
{
    return (fvec)((ivec)x & (magnitude_of(x) < INFINITY));
}

/* --- rows --- */

/* n is LANES in all calls but the last of a row: a constant, once it is inlined. */
INLINE void add_some(double *sum, float *most, const float *x, size_t n, int rectified)
{
    fvec v = finite_of(load(x, n, 0)), top = load(most, n, 0);
    fvec value = rectified ? v : magnitude_of(v);
    dvec total = load_wide(sum, n) + widen(v);
    ivec more = value > top;

    top = (fvec)(((ivec)value & more) | ((ivec)top & ~more));
    memcpy(sum, &total, n * sizeof *sum);
    memcpy(most, &top, n * sizeof *most);
}

INLINE void add_units_of(double *sum, float *most, const float *x, size_t n, int rectified)
{
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        add_some(sum + i, most + i, x + i, LANES, rectified);
    if (i < n)
        add_some(sum + i, most + i, x + i, n - i, rectified);
}

static void add_units(double *sum, float *most, const float *x, size_t n)
{
    add_units_of(sum, most, x, n, 0);
}

static void add_units_rectified(double *sum, float *most, const float *x, size_t n)
{
    add_units_of(sum, most, x, n, 1);
}

INLINE void magnitude_some(const float *x, size_t n, dvec *sum, fvec *top)
{
    fvec size = magnitude_of(load(x, n, 0));
    ivec more = size > *top;

    *sum += widen(finite_of(size));
    *top = (fvec)(((ivec)size & more) | ((ivec)*top & ~more));
}

static double magnitude(const float *x, size_t n, float *largest)
{
    dvec sum = {0};
    fvec top = {0};
    float lane[LANES];
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        magnitude_some(x + i, LANES, &sum, &top);
    if (i < n)
        magnitude_some(x + i, n - i, &sum, &top);
    memcpy(lane, &top, sizeof top);
    *largest = 0;
    for (i = 0; i < LANES; i++)
        *largest = lane[i] > *largest ? lane[i] : *largest;
    return fold(sum);
}

/* --- distributions --- */

static void normalise(double *p, const float *w, size_t n)
{
    dvec sum = {0};
    double total;
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        sum += widen(load(w + i, LANES, 0));
    if (i < n)
        sum += widen(load(w + i, n - i, 0));
    total = fold(sum);
    total = total > 0 ? total : 1;
    for (i = 0; i + LANES <= n; i += LANES) {
        dvec share = widen(load(w + i, LANES, 0)) / total;

        memcpy(p + i, &share, sizeof share);
    }
    for (; i < n; i++)
        p[i] = (double)w[i] / total;
}

/* ln x of normal positive numbers, within 1e-15 of it or of 1: x = 2^e m with m near 1, and
 * ln m = 2 artanh((m - 1) / (m + 1)). */
INLINE dvec log_of(dvec x)
{
    /* The exponent's distance from that of sqrt(1/2), whatever the mantissa. */
    const int64_t root = 0x3fe6a09e667f3bcd;
    lvec away = (lvec)x - root, exponent = away >> 52;
    dvec m = (dvec)((away & 0xfffffffffffff) + root);
    /* Small whole numbers to double, which AVX2 has no instruction for. */
    dvec e = (dvec)(exponent + 0x4338000000000000) - 0x1.8p52;
    dvec s = (m - 1) / (m + 1), s2 = s * s, sum = s2 / 23 + 1.0 / 21;

    for (int k = 19; k > 0; k -= 2)
        sum = sum * s2 + 1.0 / k;
    return e * 0x1.62e42fefa39efp-1 + 2 * s * sum;
}

INLINE dvec entropy_some(const double *p, size_t n)
{
    dvec v = load_wide(p, n);

    return v * log_of(pick(v > 0, v, 1 - (dvec){0}));
}

static double entropy(const double *p, size_t n)
{
    dvec sum = {0};
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        sum -= entropy_some(p + i, LANES);
    if (i < n)
        sum -= entropy_some(p + i, n - i);
    return fold(sum);
}

static double distance(const double *p, size_t n, double at)
{
    dvec sum = {0}, from = at - (dvec){0, 1, 2, 3, 4, 5, 6, 7};
    size_t i = 0;

    for (; i + LANES <= n; i += LANES, from -= LANES)
        sum += load_wide(p + i, LANES) * (dvec)((lvec)from & INT64_MAX);
    if (i < n)
        sum += load_wide(p + i, n - i) * (dvec)((lvec)from & INT64_MAX);
    return fold(sum);
}

/* (1 + r) ln(1 + r) + (1 - r) ln(1 - r), to the last digits for small r. */
INLINE dvec spread_of(dvec r)
{
    dvec r2 = r * r, series = {0}, tiny = 0x1p-1000 - (dvec){0};
    dvec up = 1 + r, down = 1 - r;

    for (int k = 9; k > 0; k--)
        series = (series + 1 / (k * (2.0 * k - 1))) * r2;
    return pick(r2 > 0.03125,
                up * log_of(pick(up > tiny, up, tiny)) +
                    down * log_of(pick(down > tiny, down, tiny)),
                series);
}

INLINE dvec divergence_some(const double *p, const double *q, size_t n)
{
    dvec a = load_wide(p, n), b = load_wide(q, n), both = a + b;

    return both * spread_of((a - b) / pick(both > 0, both, 1 - (dvec){0}));
}

static double divergence(const double *p, const double *q, size_t n)
{
    dvec sum = {0};
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        sum += divergence_some(p + i, q + i, LANES);
    if (i < n)
        sum += divergence_some(p + i, q + i, n - i);
    return fold(sum) / 4;
}

/* Cody and Waite's reduction by ln 2 in two parts, then Taylor's series: |r| < 0.347. */
INLINE dvec exp_of(dvec x)
{
    dvec shifted = x * 0x1.71547652b82fep0 + 0x1.8p52, n = shifted - 0x1.8p52;
    dvec r = (x - n * 0x1.62e42fee00000p-1) - n * 0x1.a39ef35793c76p-33, sum = r * (1.0 / 14) + 1;

    for (int k = 13; k > 0; k--)
        sum = sum * r * (1.0 / k) + 1;
    sum = (dvec)((lvec)sum + ((lvec)shifted << 52));
    return pick(x < -700, (dvec){0}, sum);
}

INLINE void exponentials_some(const float *x, const float *y, size_t n, double top, dvec *sum,
                              dvec *weighted)
{
    dvec a = widen(load(x, n, -INFINITY)), b = widen(load(y, n, 0));
    dvec e = exp_of(pick(a > -1e30, a - top, -1000 - (dvec){0}));

    *sum += e;
    *weighted += pick(e > 0, e * (a - b), (dvec){0});
}

static double exponentials(const float *x, const float *y, size_t n, float top, double *cross)
{
    dvec sum = {0}, weighted = {0};
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        exponentials_some(x + i, y + i, LANES, (double)top, &sum, &weighted);
    if (i < n)
        exponentials_some(x + i, y + i, n - i, (double)top, &sum, &weighted);
    *cross += fold(weighted);
    return fold(sum);
}

const struct activity_kernels ACTIVITY_KERNELS = {ACTIVITY_KERNELS_NAME,
                                                  add_units,
                                                  add_units_rectified,
                                                  magnitude,
                                                  normalise,
                                                  entropy,
                                                  distance,
                                                  divergence,
                                                  exponentials};
