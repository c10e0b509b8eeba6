/* Compiled once for each width of vectors, into a table of the name NET_KERNELS
 * (meson.build). */
#include "core/net/kernels.h"

#include <math.h>
#include "core/net/vector_math.h"
#include "core/net/wide.h"

INLINE vec gelu_tanh_of(vec x)
{
    /* 1 + tanh(u) = 2 / (1 + exp(-2 u)) */
    vec u = (x + x * x * x * 0.044715f) * 1.59576912f;

    return vec_pick(u < -86.0f, x * 0.0f, x / (exp_of(-u) + 1.0f));
}

INLINE vec gelu_erf_of(vec x)
{
    vec size = (vec)((ivec)x & 0x7fffffff), tail = erfc_of(size * 0.70710678f) * 0.5f;

    return vec_pick(size > 14.0f, vec_max(x, vec_all(0)), x * vec_pick(x > 0, 1.0f - tail, tail));
}

INLINE vec silu_of(vec x)
{
    return vec_pick(x < -86.0f, x * 0.0f, x / (exp_of(-x) + 1.0f));
}

INLINE vec relu_of(vec x)
{
    return vec_pick(x < 0, vec_all(0), x);
}

INLINE void map(float *out, const float *x, size_t n, vec (*f)(vec))
{
    size_t i = 0;

    for (; i + WIDTH <= n; i += WIDTH)
        vec_store(out + i, f(vec_load(x + i)));
    if (i < n)
        vec_store_some(out + i, f(vec_load_some(x + i, n - i)), n - i);
}

static void gelu_tanh(float *out, const float *x, size_t n)
{
    map(out, x, n, gelu_tanh_of);
}

static void gelu_erf(float *out, const float *x, size_t n)
{
    map(out, x, n, gelu_erf_of);
}

static void silu(float *out, const float *x, size_t n)
{
    map(out, x, n, silu_of);
}

static void relu(float *out, const float *x, size_t n)
{
    map(out, x, n, relu_of);
}

/* Stored weights. */

INLINE vec load_stored(const void *from, enum dtype dtype, size_t i)
{
    switch (dtype) {
    case DTYPE_BF16:
        return vec_of_bf16((const uint16_t *)from + i);
    case DTYPE_F16:
        return vec_of_f16((const uint16_t *)from + i);
    default:
        return vec_load((const float *)from + i);
    }
}

INLINE vec load_stored_some(const void *from, enum dtype dtype, size_t i, size_t n)
{
    size_t bytes = dtype == DTYPE_F32 ? sizeof(float) : sizeof(uint16_t);
    float rest[WIDTH] = {0};

    memcpy(rest, (const char *)from + i * bytes, n * bytes);
    return load_stored(rest, dtype, 0);
}

INLINE void widen_as(float *to, const void *from, enum dtype dtype, size_t n)
{
    size_t i = 0;

    for (; i + WIDTH <= n; i += WIDTH)
        vec_store(to + i, load_stored(from, dtype, i));
    if (i < n)
        vec_store_some(to + i, load_stored_some(from, dtype, i, n - i), n - i);
}

static void widen(float *to, const void *from, enum dtype dtype, size_t n)
{
    if (dtype == DTYPE_BF16)
        widen_as(to, from, DTYPE_BF16, n);
    else if (dtype == DTYPE_F16)
        widen_as(to, from, DTYPE_F16, n);
    else
        memcpy(to, from, n * sizeof *to);
}

/* Rows. */

INLINE vec itself(vec x, vec with)
{
    (void)with;
    return x;
}

INLINE vec square_about(vec x, vec about)
{
    return (x - about) * (x - about);
}

static float sum(const float *x, size_t n)
{
    return sum_over(x, n, itself, vec_all(0));
}

static float squares(const float *x, size_t n, float about)
{
    return sum_over(x, n, square_about, vec_all(about));
}

static void normalise(float *out, const float *x, size_t n, float mean, float scale,
                      const float *gain, float offset, const float *bias)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (x[i] - mean) * scale * (gain[i] + offset) + (bias ? bias[i] : 0);
}

static void add(float *to, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] += x[i];
}

static void multiply(float *to, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] *= x[i];
}

static void scale_by(float *to, size_t n, float by)
{
    for (size_t i = 0; i < n; i++)
        to[i] *= by;
}

static void rotate(float *restrict a, float *restrict b, const float *restrict cosine,
                   const float *restrict sine, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float was = a[i];

        a[i] = was * cosine[i] - b[i] * sine[i];
        b[i] = b[i] * cosine[i] + was * sine[i];
    }
}

INLINE float largest(const float *x, size_t n)
{
    float most[WIDTH], best = x[0];
    vec v = vec_all(x[0]);
    size_t i = 0;

    for (; i + WIDTH <= n; i += WIDTH)
        v = vec_max(vec_load(x + i), v);
    memcpy(most, &v, sizeof most);
    for (size_t j = 0; j < WIDTH; j++)
        best = most[j] > best ? most[j] : best;
    for (; i < n; i++)
        best = x[i] > best ? x[i] : best;
    return best;
}

INLINE vec exp_less(vec x, vec most)
{
    return exp_of(x - most);
}

static float softmax(float *x, size_t n)
{
    float most = largest(x, n), total;
    vec top = vec_all(most);
    size_t i = 0;

    for (; i + WIDTH <= n; i += WIDTH)
        vec_store(x + i, exp_less(vec_load(x + i), top));
    if (i < n)
        vec_store_some(x + i, exp_less(vec_load_some(x + i, n - i), top), n - i);
    total = sum(x, n);
    scale_by(x, n, 1 / total);
    return most + logf(total);
}

static double log_sum(const float *x, size_t n)
{
    float most = largest(x, n);
    struct wide_lanes sums = {0};
    double lanes[LANES];
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        for (size_t p = 0; p < PARTS; p++)
            wide_add(&sums, p, exp_less(vec_load(x + i + p * WIDTH), vec_all(most)));
    memcpy(lanes, &sums, sizeof lanes);
    for (size_t j = 0; i < n; i++, j++) {
        vec one = exp_less(vec_load_some(x + i, 1), vec_all(most));

        lanes[j] += (double)one[0];
    }
    memcpy(&sums, lanes, sizeof sums);
    return (double)most + log(wide_fold(&sums));
}

extern const struct product_kernels PRODUCT_KERNELS;
extern const struct backward_kernels BACKWARD_KERNELS;
const struct net_kernels NET_KERNELS;
const struct net_kernels NET_KERNELS = {
    .name = NET_KERNELS_NAME,
    .widen = widen,
    .sum = sum,
    .squares = squares,
    .normalise = normalise,
    .activate = {[NET_GELU_TANH] = gelu_tanh,
                 [NET_GELU_ERF] = gelu_erf,
                 [NET_SILU] = silu,
                 [NET_RELU] = relu},
    .add = add,
    .multiply = multiply,
    .scale = scale_by,
    .rotate = rotate,
    .softmax = softmax,
    .log_sum = log_sum,
    .product = &PRODUCT_KERNELS,
    .backward = &BACKWARD_KERNELS,
};
