/* Distances and shares read off sketches: all bins of one key cover the same values, so two
 * sketches are walked side by side over the union of their keys. */
#include "core/scan/sketch.h"

#include <glib.h>
#include <math.h>
#include <stdbool.h>

/* The next key of either, with the share of each side's elements it holds. */
struct walk {
    const struct sketch *a, *b;
    uint32_t at_a, at_b;
    int32_t key;
    double share_a, share_b;
};

static bool walk_next(struct walk *w)
{
    bool more_a = w->at_a < w->a->n_bins, more_b = w->at_b < w->b->n_bins;
    int32_t key_a = more_a ? w->a->bins[w->at_a].key : G_MAXINT32;
    int32_t key_b = more_b ? w->b->bins[w->at_b].key : G_MAXINT32;

    w->key = MIN(key_a, key_b);
    w->share_a = w->share_b = 0;
    if (more_a && key_a == w->key)
        w->share_a = (double)w->a->bins[w->at_a++].count / (double)w->a->total;
    if (more_b && key_b == w->key)
        w->share_b = (double)w->b->bins[w->at_b++].count / (double)w->b->total;
    return more_a || more_b;
}

/* Integral of |f| over a step of this width where f goes from f0 to f1 in a straight line. */
static double area(double f0, double f1, double width)
{
    if (f0 * f1 >= 0)
        return (fabs(f0) + fabs(f1)) / 2 * width;
    return (f0 * f0 + f1 * f1) / (2 * (fabs(f0) + fabs(f1))) * width;
}

double sketch_wasserstein(const struct sketch *a, const struct sketch *b)
{
    struct walk w = {.a = a, .b = b};
    double sum = 0, ahead = 0, end = NAN; /* ahead: F_a - F_b at `end` */

    if (a->total == 0 || b->total == 0)
        return NAN;
    while (walk_next(&w)) {
        double low, high, before = ahead;

        sketch_bin_range(w.key, &low, &high);
        if (!isnan(end))
            sum += fabs(ahead) * (low - end);
        ahead += w.share_a - w.share_b;
        sum += area(before, ahead, high - low);
        end = high;
    }
    return sum;
}

double sketch_ks(const struct sketch *a, const struct sketch *b)
{
    struct walk w = {.a = a, .b = b};
    uint64_t below_a = 0, below_b = 0;
    double most = 0;

    if (a->total == 0 || b->total == 0)
        return NAN;
    while (walk_next(&w)) {
        if (w.share_a > 0)
            below_a += a->bins[w.at_a - 1].count;
        if (w.share_b > 0)
            below_b += b->bins[w.at_b - 1].count;
        most = fmax(most,
                    fabs((double)below_a / (double)a->total - (double)below_b / (double)b->total));
    }
    return most;
}

static double divergence(double p, double middle)
{
    return p > 0 ? p * log2(p / middle) : 0;
}

double sketch_js(const struct sketch *a, const struct sketch *b)
{
    struct walk w = {.a = a, .b = b};
    double sum = 0;

    if (a->total == 0 || b->total == 0)
        return NAN;
    while (walk_next(&w)) {
        double middle = w.share_a / 2 + w.share_b / 2;

        sum += divergence(w.share_a, middle) + divergence(w.share_b, middle);
    }
    return sqrt(fmin(fmax(sum / 2, 0), 1));
}

static double size_of(int32_t key)
{
    return fabs(sketch_bin_value(key));
}

/* Takes bins from both ends, the larger magnitude first, until `left` elements are taken; returns
 * their energy in units of unit^2, so that nothing overflows. */
static double largest_energy(const struct sketch *s, double left, double unit)
{
    uint32_t first = 0, last = s->n_bins;
    double sum = 0;

    while (left > 0 && first < last) {
        bool negative = size_of(s->bins[first].key) > size_of(s->bins[last - 1].key);
        const struct sketch_bin *bin = negative ? &s->bins[first++] : &s->bins[--last];
        double size = size_of(bin->key) / unit;

        sum += fmin(left, (double)bin->count) * size * size;
        left -= (double)bin->count;
    }
    return sum;
}

double sketch_energy_share(const struct sketch *s, double share)
{
    double unit = 0;

    if (s->n_bins > 0)
        unit = fmax(size_of(s->bins[0].key), size_of(s->bins[s->n_bins - 1].key));
    if (!(unit > 0))
        return NAN;
    return largest_energy(s, share * (double)s->total, unit) /
           largest_energy(s, (double)s->total, unit);
}
