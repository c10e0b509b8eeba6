/* Functions of vectors and sums over rows, for the kernels' files. */
#ifndef TARE_CORE_NET_VECTOR_MATH_H
#define TARE_CORE_NET_VECTOR_MATH_H

#include <math.h>
#include "core/net/vector.h"

/* exp: Cody and Waite's reduction by ln 2 in two parts, then the polynomial of Cephes' expf.
 * 0 below exp(-86.6). */
INLINE vec exp_of(vec x)
{
    const vec log2e = vec_all(1.44269504f), high = vec_all(0.693359375f);
    const vec low = vec_all(-2.12194440e-4f), magic = vec_all(12582912);
    vec clamped = vec_pick(x < 88.7f, vec_max(x, vec_all(-86.6f)), vec_all(88.7f));
    vec n = (clamped * log2e + magic) - magic, r = (clamped - n * high) - n * low, p;

    p = vec_all(1.9875691500e-4f) * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    /* 2^n in two steps: 2^128 is no float. */
    p = p * (vec)((__builtin_convertvector(n, ivec) + 126) << 23) * 2.0f;
    p = vec_pick(x < -86.6f, vec_all(0), p);
    p = vec_pick(x > 88.7f, vec_all(INFINITY), p);
    return vec_pick(x != x, x, p);
}

/* erfc(z) = exp(-z^2) erfcx(z), erfcx as a polynomial in 2 / (2 + z) fitted on 0 .. 23 for the
 * least largest relative error, 5e-8. */
INLINE vec erfc_of(vec z)
{
    static const float c[] = {-0.05999417752825811f, 0.28915457223893104f,  -0.49686556880547905f,
                              0.2894196602354062f,   -0.03474691338650915f, 0.20632550576684391f,
                              0.24209369304880302f,  0.28254041498329985f,  0.2820723042326029f,
                              4.628287846513237e-07f};
    vec t = 2.0f / (z + 2.0f), p = vec_all(c[0]);

    for (size_t i = 1; i < sizeof c / sizeof c[0]; i++)
        p = p * t + c[i];
    return exp_of(-(z * z)) * p;
}

INLINE float sum_over(const float *x, size_t n, vec (*f)(vec, vec), vec with)
{
    struct lanes16 lanes = {0};
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        for (size_t p = 0; p < PARTS; p++)
            lanes.part[p] += f(vec_load(x + i + p * WIDTH), with);
    for (size_t p = 0; i < n; p++, i += WIDTH) {
        size_t some = n - i < WIDTH ? n - i : WIDTH;
        float rest[WIDTH] = {0};

        vec_store_some(rest, f(vec_load_some(x + i, some), with), some);
        lanes.part[p] += vec_load(rest);
    }
    return lanes16_fold(&lanes);
}

#endif
