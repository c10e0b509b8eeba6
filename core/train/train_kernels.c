/* Compiled once for each width of vectors, into a table of the name TRAIN_KERNELS (meson.build). */
#include "core/train/train_kernels.h"

#include "core/net/wide.h"

INLINE vec itself(vec x, vec y)
{
    (void)y;
    return x;
}

INLINE vec less(vec x, vec y)
{
    return x - y;
}

/* sum f(x, y)^2 */
INLINE double sum_of(const float *x, const float *y, size_t n, vec (*f)(vec, vec))
{
    struct wide_lanes lanes = {0};
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        for (size_t p = 0; p < PARTS; p++) {
            vec u = vec_load(x + i + p * WIDTH), v = vec_load(y + i + p * WIDTH);

            wide_add_square(&lanes, p, f(u, v));
        }
    for (size_t p = 0; i < n; p++, i += WIDTH) {
        size_t some = n - i < WIDTH ? n - i : WIDTH;
        vec u = vec_load_some(x + i, some), v = vec_load_some(y + i, some);

        wide_add_square(&lanes, p, f(u, v));
    }
    return wide_fold(&lanes);
}

static double squares(const float *x, size_t n)
{
    return sum_of(x, x, n, itself);
}

static double dot(const float *x, const float *y, size_t n)
{
    struct wide_lanes lanes = {0};
    struct lanes16 few = {0};
    size_t i = 0;

    while (i + LANES <= n) {
        size_t end = n - i < WIDE_FEW * LANES ? n : i + WIDE_FEW * LANES;

        for (; i + LANES <= end; i += LANES)
            for (size_t p = 0; p < PARTS; p++)
                few.part[p] += vec_load(x + i + p * WIDTH) * vec_load(y + i + p * WIDTH);
        wide_add_few(&lanes, &few);
    }
    for (size_t p = 0; i < n; p++, i += WIDTH) {
        size_t some = n - i < WIDTH ? n - i : WIDTH;

        few.part[p] += vec_load_some(x + i, some) * vec_load_some(y + i, some);
    }
    wide_add_few(&lanes, &few);
    return wide_fold(&lanes);
}

static double distance(const float *x, const float *y, size_t n)
{
    return sum_of(x, y, n, less);
}

static void add_scaled(float *to, const float *x, float by, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] += x[i] * by;
}

const struct train_kernels TRAIN_KERNELS;
const struct train_kernels TRAIN_KERNELS = {
    .name = TRAIN_KERNELS_NAME,
    .squares = squares,
    .dot = dot,
    .distance = distance,
    .add_scaled = add_scaled,
};
