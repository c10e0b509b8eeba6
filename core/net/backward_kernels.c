/* Compiled once for each width of vectors, into a table of the name BACKWARD_KERNELS
 * (meson.build). */
#include "core/net/backward_kernels.h"

#include "core/net/vector_math.h"

/* A function's value and slope at once: they share what is dear. */
struct sloped {
    vec value, slope;
};

INLINE struct sloped gelu_tanh_of(vec x)
{
    vec square = x * x, u = (x + square * x * 0.044715f) * 1.59576912f;
    vec share = 1.0f / (exp_of(-u) + 1.0f);
    vec steep = (square * (3 * 0.044715f) + 1.0f) * 1.59576912f;
    vec slope = share + x * share * (1.0f - share) * steep;

    slope = vec_pick(u > 86.0f, vec_all(1), slope);
    return (struct sloped){vec_pick(u < -86.0f, x * 0.0f, x * share),
                           vec_pick(u < -86.0f, vec_all(0), slope)};
}

INLINE struct sloped gelu_erf_of(vec x)
{
    vec size = (vec)((ivec)x & 0x7fffffff), tail = erfc_of(size * 0.70710678f) * 0.5f;
    vec below = vec_pick(x > 0, 1.0f - tail, tail);
    vec slope = below + x * exp_of(x * x * -0.5f) * 0.39894228f;
    ivec far = size > 14.0f;

    return (struct sloped){vec_pick(far, vec_max(x, vec_all(0)), x * below),
                           vec_pick(far, vec_pick(x > 0, vec_all(1), vec_all(0)), slope)};
}

INLINE struct sloped silu_of(vec x)
{
    vec share = 1.0f / (exp_of(-x) + 1.0f), slope = share * (x * (1.0f - share) + 1.0f);

    slope = vec_pick(x > 86.0f, vec_all(1), slope);
    return (struct sloped){vec_pick(x < -86.0f, x * 0.0f, x * share),
                           vec_pick(x < -86.0f, vec_all(0), slope)};
}

INLINE struct sloped relu_of(vec x)
{
    vec slope = vec_pick(x > 0, vec_all(1), vec_all(0));

    return (struct sloped){vec_pick(x < 0, vec_all(0), x), vec_pick(x != x, x, slope)};
}

INLINE void map(float *value, float *slope, const float *x, size_t n, struct sloped (*f)(vec))
{
    size_t i = 0;

    for (; i + WIDTH <= n; i += WIDTH) {
        struct sloped y = f(vec_load(x + i));

        vec_store(value + i, y.value);
        vec_store(slope + i, y.slope);
    }
    if (i < n) {
        struct sloped y = f(vec_load_some(x + i, n - i));

        vec_store_some(value + i, y.value, n - i);
        vec_store_some(slope + i, y.slope, n - i);
    }
}

static void gelu_tanh(float *value, float *slope, const float *x, size_t n)
{
    map(value, slope, x, n, gelu_tanh_of);
}

static void gelu_erf(float *value, float *slope, const float *x, size_t n)
{
    map(value, slope, x, n, gelu_erf_of);
}

static void silu(float *value, float *slope, const float *x, size_t n)
{
    map(value, slope, x, n, silu_of);
}

static void relu(float *value, float *slope, const float *x, size_t n)
{
    map(value, slope, x, n, relu_of);
}

/* Norms. */

/* g and g x^ at i. */
INLINE void norm_terms(const struct normed_row *r, const float *dout, const float *gain,
                       float offset, size_t i, size_t n, vec *g, vec *product)
{
    if (n == WIDTH) {
        *g = vec_load(dout + i) * (vec_load(gain + i) + offset);
        *product = *g * ((vec_load(r->x + i) - r->mean) * r->scale);
    } else {
        *g = vec_load_some(dout + i, n) * (vec_load_some(gain + i, n) + offset);
        *product = *g * ((vec_load_some(r->x + i, n) - r->mean) * r->scale);
    }
}

/* Their sums; what is behind the end is 0. */
INLINE void norm_sums(const struct normed_row *r, const float *dout, const float *gain,
                      float offset, float *sum, float *dot)
{
    struct lanes16 sums = {0}, dots = {0};
    vec g, product;
    size_t i = 0;

    for (; i + LANES <= r->n; i += LANES)
        for (size_t p = 0; p < PARTS; p++) {
            norm_terms(r, dout, gain, offset, i + p * WIDTH, WIDTH, &g, &product);
            sums.part[p] += g;
            dots.part[p] += product;
        }
    for (size_t p = 0; i < r->n; p++, i += WIDTH) {
        norm_terms(r, dout, gain, offset, i, r->n - i < WIDTH ? r->n - i : WIDTH, &g, &product);
        sums.part[p] += g;
        dots.part[p] += product;
    }
    *sum = lanes16_fold(&sums);
    *dot = lanes16_fold(&dots);
}

static void norm(float *dx, const float *plus, const struct normed_row *r, const float *dout,
                 const float *gain, float offset)
{
    const float mean = r->mean, scale = r->scale, *x = r->x;
    float sum, dot;

    norm_sums(r, dout, gain, offset, &sum, &dot);
    sum = r->centred ? sum / (float)r->n : 0;
    dot /= (float)r->n;
    for (size_t i = 0; i < r->n; i++) {
        float d = scale * (dout[i] * (gain[i] + offset) - sum - (x[i] - mean) * scale * dot);

        dx[i] = plus ? plus[i] + d : d;
    }
}

static void norm_gain(float *to, const struct normed_row *r, const float *dout)
{
    for (size_t i = 0; i < r->n; i++)
        to[i] += dout[i] * ((r->x[i] - r->mean) * r->scale);
}

/* Attention and the loss. */

static float dot(const float *a, const float *b, size_t n)
{
    struct lanes16 lanes = {0};
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        for (size_t p = 0; p < PARTS; p++)
            lanes.part[p] += vec_load(a + i + p * WIDTH) * vec_load(b + i + p * WIDTH);
    for (size_t p = 0; i < n; p++, i += WIDTH) {
        size_t some = n - i < WIDTH ? n - i : WIDTH;

        lanes.part[p] += vec_load_some(a + i, some) * vec_load_some(b + i, some);
    }
    return lanes16_fold(&lanes);
}

static void exponentials(float *x, size_t n, float about, float by)
{
    size_t i = 0;

    for (; i + WIDTH <= n; i += WIDTH)
        vec_store(x + i, exp_of(vec_load(x + i) - about) * by);
    if (i < n)
        vec_store_some(x + i, exp_of(vec_load_some(x + i, n - i) - about) * by, n - i);
}

static void softmax(float *x, const float *weight, size_t n, float mean, float by)
{
    for (size_t i = 0; i < n; i++)
        x[i] = by * (weight[i] * (x[i] - mean));
}

const struct backward_kernels BACKWARD_KERNELS;
const struct backward_kernels BACKWARD_KERNELS = {
    .activate = {[NET_GELU_TANH] = gelu_tanh,
                 [NET_GELU_ERF] = gelu_erf,
                 [NET_SILU] = silu,
                 [NET_RELU] = relu},
    .norm = norm,
    .norm_gain = norm_gain,
    .dot = dot,
    .exponentials = exponentials,
    .softmax = softmax,
};
