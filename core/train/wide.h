/* Sums of floats in float64: element i goes to lane i % 16, lanes are folded in halves, so every
 * width of vectors gives the same bits. For files that are compiled once a width. */
#ifndef TARE_CORE_TRAIN_WIDE_H
#define TARE_CORE_TRAIN_WIDE_H

#include "core/net/vector.h"

typedef float half_vec __attribute__((vector_size(2 * WIDTH)));
typedef double wide_vec __attribute__((vector_size(4 * WIDTH)));

struct wide_lanes {
    wide_vec part[2 * PARTS];
};

/* l += a b, element by element; a vector of elements p WIDTH .. of 16. */
INLINE void wide_add_product(struct wide_lanes *l, size_t p, vec a, vec b)
{
    half_vec x[2], y[2];

    memcpy(x, &a, sizeof x);
    memcpy(y, &b, sizeof y);
    for (size_t h = 0; h < 2; h++)
        l->part[2 * p + h] +=
            __builtin_convertvector(x[h], wide_vec) * __builtin_convertvector(y[h], wide_vec);
}

INLINE void wide_add_square(struct wide_lanes *l, size_t p, vec v)
{
    wide_add_product(l, p, v, v);
}

INLINE double wide_fold(const struct wide_lanes *l)
{
    double v[LANES];

    memcpy(v, l, sizeof v);
    for (size_t half = LANES / 2; half > 0; half /= 2)
        for (size_t j = 0; j < half; j++)
            v[j] += v[j + half];
    return v[0];
}

#endif
