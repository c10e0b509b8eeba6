/* Sums of floats in float64: element i goes to lane i % 16, lanes are folded in halves, so every
 * width of vectors gives the same bits. For files that are compiled once a width. */
#ifndef TARE_CORE_NET_WIDE_H
#define TARE_CORE_NET_WIDE_H

#include "core/net/vector.h"

typedef float half_vec __attribute__((vector_size(2 * WIDTH)));
typedef double wide_vec __attribute__((vector_size(4 * WIDTH)));

struct wide_lanes {
    wide_vec part[2 * PARTS];
};

/* l += v, element by element; a vector of elements p WIDTH .. of 16. */
INLINE void wide_add(struct wide_lanes *l, size_t p, vec v)
{
    half_vec x[2];

    memcpy(x, &v, sizeof x);
    for (size_t h = 0; h < 2; h++)
        l->part[2 * p + h] += __builtin_convertvector(x[h], wide_vec);
}

/* l += v^2 */
INLINE void wide_add_square(struct wide_lanes *l, size_t p, vec v)
{
    half_vec x[2];

    memcpy(x, &v, sizeof x);
    for (size_t h = 0; h < 2; h++)
        l->part[2 * p + h] +=
            __builtin_convertvector(x[h], wide_vec) * __builtin_convertvector(x[h], wide_vec);
}

/* A few squares are added up as floats before they are widened, which is what takes the time. */
#define WIDE_FEW 16 /* groups of 16 elements */

INLINE void few_add_square(struct lanes16 *l, size_t p, vec v)
{
    l->part[p] += v * v;
}

/* Into l, and begins anew. */
INLINE void wide_add_few(struct wide_lanes *l, struct lanes16 *few)
{
    for (size_t p = 0; p < PARTS; p++) {
        wide_add(l, p, few->part[p]);
        few->part[p] = (vec){0};
    }
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
