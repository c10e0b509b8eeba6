/* The rare half of the scan: shifts, blocks of extreme magnitudes, 64-bit ranges. Plain C, the same
 * for every row of kernels. */
#include "core/scan/block.h"

#include <float.h>

#define SAMPLES 255
/* Fourth powers of 2^20 values of this size still add up below DBL_MAX. */
#define LARGE 1e75
#define SMALL 1e-75

/* Hoare's selection; reorders x. */
static double median(double *x, size_t n)
{
    size_t low = 0, high = n - 1, wanted = n / 2;

    while (low < high) {
        double pivot = x[low + (high - low) / 2];
        size_t i = low - 1, j = high + 1;

        for (;;) {
            while (x[++i] < pivot)
                ;
            while (x[--j] > pivot)
                ;
            if (i >= j)
                break;

            double t = x[i];

            x[i] = x[j];
            x[j] = t;
        }
        if (wanted <= j)
            high = j;
        else
            low = j + 1;
    }
    return x[wanted];
}

/* The k-th of m places spread over n, each somewhere in its own stretch: a fixed step could meet
 * the same column of a matrix every time. */
static size_t sample_place(size_t k, size_t m, size_t n)
{
    size_t start = k * n / m, end = (k + 1) * n / m;

    return start + k * 2654435761u % (end - start);
}

static void keep_finite(double *samples, size_t *n, double x)
{
    if (isfinite(x))
        samples[(*n)++] = x;
}

static double shift_of(double *samples, size_t n, int32_t scale)
{
    return n > 0 ? ldexp(median(samples, n), -scale) : 0;
}

void scan_choose_shifts(struct scan_scratch *b)
{
    double base[SAMPLES], tuned[SAMPLES], delta[SAMPLES], x = NAN, y = NAN;
    size_t m = b->n < SAMPLES ? b->n : SAMPLES, n_base = 0, n_tuned = 0, n_delta = 0;

    for (size_t k = 0; k < m; k++) {
        size_t at = sample_place(k, m, b->n);

        if (b->base.values)
            b->base.decode(&x, side_at(&b->base, at), 1);
        if (b->tuned.values)
            b->tuned.decode(&y, side_at(&b->tuned, at), 1);
        keep_finite(base, &n_base, x);
        keep_finite(tuned, &n_tuned, y);
        keep_finite(delta, &n_delta, y - x);
    }
    b->base.shift = shift_of(base, n_base, b->base.scale);
    b->tuned.shift = shift_of(tuned, n_tuned, b->tuned.scale);
    b->delta.shift = shift_of(delta, n_delta, b->delta.scale);
}

static bool is_extreme(double size)
{
    return size > LARGE || (size > 0 && size < SMALL);
}

static bool side_is_extreme(const struct side *s)
{
    return s->min <= s->max && is_extreme(fmax(fabs(s->min), fabs(s->max)));
}

bool scan_is_extreme(const struct scan_scratch *b)
{
    return side_is_extreme(&b->base) || side_is_extreme(&b->tuned) || side_is_extreme(&b->delta);
}

static double largest_finite(const double *x, size_t n, double size)
{
    for (size_t i = 0; i < n; i++)
        if (isfinite(x[i]) && fabs(x[i]) > size)
            size = fabs(x[i]);
    return size;
}

/* Infinite where a difference of finite values is. */
static double largest_delta(struct scan_scratch *b, size_t n, double size)
{
    size_t m = scan_squeeze_pair(b, n);

    for (size_t i = 0; i < m; i++)
        size = fmax(size, fabs(b->tuned.finite[i] - b->base.finite[i]));
    return size;
}

static int32_t scale_of(double size)
{
    int exponent = DBL_MAX_EXP + 1;

    if (isfinite(size))
        frexp(size, &exponent);
    return is_extreme(size) ? exponent : 0;
}

void scan_choose_scales(struct scan_scratch *b)
{
    double base = 0, tuned = 0, delta = 0;

    for (size_t at = 0; at < b->n; at += SCAN_RUN) {
        size_t n = b->n - at < SCAN_RUN ? b->n - at : SCAN_RUN;

        if (b->base.values) {
            side_decode(&b->base, at, n);
            base = largest_finite(b->base.x, n, base);
        }
        if (b->tuned.values) {
            side_decode(&b->tuned, at, n);
            tuned = largest_finite(b->tuned.x, n, tuned);
        }
        if (scratch_is_pair(b))
            delta = largest_delta(b, n, delta);
    }
    b->base.scale = scale_of(base);
    b->tuned.scale = scale_of(tuned);
    b->delta.scale = scale_of(delta);
    b->scaled = true;
}

/* Zeros are those of x: what is tiny beside the scale may vanish, but is none. */
static bool add_lifted(struct side *s, const double *x, size_t n)
{
    uint64_t zeros = s->lanes.zeros;

    if (!lanes_add(&s->lanes, s->lifted, n, s->shift))
        return false;
    for (size_t i = 0; i < n; i++)
        zeros += x[i] == 0;
    s->lanes.zeros = zeros;
    sketch_table_add(s->table, x, n);
    return true;
}

bool scan_add_scaled(struct side *s, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        s->lifted[i] = ldexp(x[i], -s->scale);
    return add_lifted(s, x, n);
}

/* A difference that overflows is taken of the scaled values. */
static double lift_delta(double a, double b, double d, int32_t scale)
{
    return isfinite(d) ? ldexp(d, -scale) : ldexp(b, -scale) - ldexp(a, -scale);
}

bool scan_add_scaled_delta(struct scan_scratch *b, size_t n)
{
    struct side *s = &b->delta;

    for (size_t i = 0; i < n; i++)
        s->lifted[i] = lift_delta(b->base.finite[i], b->tuned.finite[i], s->x[i], s->scale);
    return add_lifted(s, s->x, n);
}

/* p11 alone, about these shifts. */
static void add_products(struct scan_scratch *b, struct pair_lanes *run, size_t n, double shift_a)
{
    for (size_t i = 0; i < n; i++) {
        double x = b->base.finite[i], y = b->tuned.finite[i];

        pair_lanes_count(run, i % SCAN_LANES, ldexp(x, -b->base.scale),
                         lift_delta(x, y, y - x, b->delta.scale), shift_a, b->delta.shift);
    }
}

void scan_pair_scaled(struct scan_scratch *b, size_t n)
{
    struct pair_lanes run = {.sign_flips = 0};

    for (size_t i = 0; i < n; i++) {
        b->delta.x[i] = b->tuned.finite[i] - b->base.finite[i];
        run.sign_flips += opposite_signs(b->base.finite[i], b->tuned.finite[i]);
    }
    add_products(b, &run, n, b->base.shift);
    pair_lanes_commit(&b->pair, &run);
}

static void add_finite(struct lanes *sums, struct side *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        s->lifted[i] = ldexp(s->finite[i], -s->scale);
    lanes_add(sums, s->lifted, n, 0);
}

void scan_common(struct scan_scratch *b, struct lanes *base, struct lanes *tuned,
                 struct pair_lanes *pair)
{
    lanes_init(base);
    lanes_init(tuned);
    *pair = (struct pair_lanes){.sign_flips = 0};
    for (size_t at = 0; at < b->n; at += SCAN_RUN) {
        size_t n = b->n - at < SCAN_RUN ? b->n - at : SCAN_RUN, m;
        struct pair_lanes run = {.sign_flips = 0};

        side_decode(&b->base, at, n);
        side_decode(&b->tuned, at, n);
        m = scan_squeeze_pair(b, n);
        add_finite(base, &b->base, m);
        add_finite(tuned, &b->tuned, m);
        add_products(b, &run, m, 0);
        pair_lanes_commit(pair, &run);
    }
}

static bool below(enum dtype dtype, int64_t a, int64_t b)
{
    return dtype == DTYPE_U64 ? (uint64_t)a < (uint64_t)b : a < b;
}

void scan_exact_range(const struct side *s, size_t n, uint64_t first, struct stats *out)
{
    if (!s->values || (s->dtype != DTYPE_I64 && s->dtype != DTYPE_U64))
        return;
    for (size_t i = 0; i < n; i++) {
        int64_t v;

        memcpy(&v, (const char *)s->values + i * sizeof v, sizeof v);
        if (i == 0 || below(s->dtype, v, out->exact_min)) {
            out->exact_min = v;
            out->min_at = first + i;
        }
        if (i == 0 || below(s->dtype, out->exact_max, v)) {
            out->exact_max = v;
            out->max_at = first + i;
        }
    }
    out->has_exact = n > 0;
}
