#include "core/scan/sketch.h"

#include <float.h>
#include <glib.h>
#include <math.h>
#include <stdbool.h>

#include "core/scan/sketch_table.h"

void sketch_init(struct sketch *s)
{
    *s = (struct sketch){0};
}

void sketch_finish(struct sketch *s)
{
    g_free(s->bins);
    sketch_init(s);
}

void sketch_merge(struct sketch *into, const struct sketch *next)
{
    if (next->n_bins == 0)
        return;

    struct sketch_bin *bins = g_new(struct sketch_bin, (gsize)into->n_bins + next->n_bins);
    uint32_t a = 0, b = 0, n = 0;

    while (a < into->n_bins || b < next->n_bins) {
        bool from_a =
            b == next->n_bins || (a < into->n_bins && into->bins[a].key <= next->bins[b].key);
        struct sketch_bin bin = from_a ? into->bins[a++] : next->bins[b++];

        if (n > 0 && bins[n - 1].key == bin.key)
            bins[n - 1].count += bin.count;
        else
            bins[n++] = bin;
    }
    g_free(into->bins);
    into->bins = g_renew(struct sketch_bin, bins, n);
    into->n_bins = n;
    into->total += next->total;
}

/* Key k > 0 stands for [1 + m/32, 1 + (m+1)/32) * 2^e with k = 32 (e + 1075) + m. */
void sketch_bin_range(int32_t key, double *low, double *high)
{
    int32_t k = key < 0 ? -key : key;
    int exponent = k / SKETCH_PER_OCTAVE - 1075;
    double step = 1.0 / SKETCH_PER_OCTAVE, start = 1 + k % SKETCH_PER_OCTAVE * step;
    double near = key == 0 ? 0 : ldexp(start, exponent);
    double far = key == 0 ? 0 : ldexp(start + step, exponent);

    if (key != 0 && far == near) /* the smallest subnormals are further apart than bins */
        far = nextafter(near, INFINITY);
    far = fmin(far, DBL_MAX);
    *low = key < 0 ? -far : near;
    *high = key < 0 ? -near : far;
}

double sketch_bin_value(int32_t key)
{
    double low, high, ratio;

    sketch_bin_range(key, &low, &high);
    ratio = high / low;
    return key == 0 ? 0 : low * (2 * ratio / (1 + ratio));
}

/* Value of the bin that holds the element of this rank (0-based). */
static double value_at(const struct sketch *s, uint64_t rank)
{
    uint64_t below = 0;
    uint32_t i = 0;

    while (i + 1 < s->n_bins && below + s->bins[i].count <= rank)
        below += s->bins[i++].count;
    return sketch_bin_value(s->bins[i].key);
}

static double clamp(double x, double min, double max)
{
    if (x < min)
        return min;
    return x > max ? max : x;
}

double sketch_quantile(const struct sketch *s, double q, double min, double max)
{
    if (s->total == 0 || isnan(q))
        return NAN;

    double rank = clamp(q, 0, 1) * (double)(s->total - 1), whole = floor(rank);
    uint64_t at = (uint64_t)whole, next = at + 1 < s->total ? at + 1 : at;
    double a = clamp(value_at(s, at), min, max), b = clamp(value_at(s, next), min, max);

    if (at == 0 && !isnan(min))
        a = min;
    if (next == s->total - 1 && !isnan(max))
        b = max;
    return a + (rank - whole) * (b - a);
}

double sketch_rank(const struct sketch *s, double x)
{
    double rank = 0;

    for (uint32_t i = 0; i < s->n_bins; i++) {
        double low, high, count = (double)s->bins[i].count;

        sketch_bin_range(s->bins[i].key, &low, &high);
        if (high <= x && low < x)
            rank += count;
        else if (low < x)
            rank += count * ((x - low) / (high - low));
    }
    return rank;
}

/* Adds the part of a bin's count that falls into each of n steps of `width` from `low`. */
static void spread(double *counts, size_t n, double low, double width, double from, double to,
                   double count)
{
    double first = floor((from - low) / width), last = floor((to - low) / width);
    size_t i = (size_t)clamp(first, 0, (double)n - 1), end = (size_t)clamp(last, 0, (double)n - 1);

    for (; i <= end; i++) {
        double left = low + (double)i * width, right = i + 1 == n ? INFINITY : left + width;
        double part = fmin(right, to) - fmax(left, from);

        if (part > 0)
            counts[i] += count * (part / (to - from));
    }
}

void sketch_histogram(const struct sketch *s, double low, double high, double *counts, size_t n)
{
    double width = (high - low) / (double)n;

    for (size_t i = 0; i < n; i++)
        counts[i] = 0;
    for (uint32_t b = 0; b < s->n_bins; b++) {
        double from, to, count = (double)s->bins[b].count;

        sketch_bin_range(s->bins[b].key, &from, &to);
        if (to < low || from > high)
            continue;
        if (from == to || !(width > 0)) {
            counts[width > 0 ? (size_t)clamp((from - low) / width, 0, (double)n - 1) : 0] += count;
            continue;
        }

        double inside = fmin(to, high) - fmax(from, low);

        if (inside > 0)
            spread(counts, n, low, width, fmax(from, low), fmin(to, high),
                   count * (inside / (to - from)));
    }
}
