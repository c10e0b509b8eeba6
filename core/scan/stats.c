#include "core/scan/stats.h"

#include <math.h>
#include <string.h>

void stats_init(struct stats *s)
{
    memset(s, 0, sizeof *s);
    s->min = s->max = NAN;
}

void pair_stats_init(struct pair_stats *p)
{
    memset(p, 0, sizeof *p);
    stats_init(&p->base);
    stats_init(&p->tuned);
    stats_init(&p->delta);
}

uint64_t stats_finite(const struct stats *s)
{
    return s->elems - s->nan - s->inf;
}

/* The larger scale of the two, but nothing follows from the scale of zeros. */
static int32_t common_scale(int32_t a, bool a_is_zero, int32_t b, bool b_is_zero)
{
    if (a_is_zero)
        return b;
    if (b_is_zero)
        return a;
    return a > b ? a : b;
}

static void stats_rescale(struct stats *s, int32_t scale)
{
    int by = s->scale - scale;

    s->scale = scale;
    if (by == 0)
        return;
    s->l1 = ldexp(s->l1, by);
    s->mean = ldexp(s->mean, by);
    s->mean_low = ldexp(s->mean_low, by);
    s->sumsq = ldexp(s->sumsq, 2 * by);
    s->m2 = ldexp(s->m2, 2 * by);
    s->m3 = ldexp(s->m3, 3 * by);
    s->m4 = ldexp(s->m4, 4 * by);
}

/* a is at most as long ago as b: the first of equals stays. */
static void merge_extremes(struct stats *a, const struct stats *b)
{
    if (b->min < a->min) {
        a->min = b->min;
        a->min_at = b->min_at;
    }
    if (b->max > a->max) {
        a->max = b->max;
        a->max_at = b->max_at;
    }
}

/* Of two integers that round to the same double, is a below b? Negative ones are of a signed type;
 * of the others the bits compare the same either way. */
static bool exact_below(int64_t a, int64_t b, double rounded)
{
    return rounded < 0 ? a < b : (uint64_t)a < (uint64_t)b;
}

static void merge_exact_extremes(struct stats *a, const struct stats *b)
{
    if (b->min < a->min || (b->min == a->min && exact_below(b->exact_min, a->exact_min, a->min))) {
        a->min = b->min;
        a->exact_min = b->exact_min;
        a->min_at = b->min_at;
    }
    if (b->max > a->max || (b->max == a->max && exact_below(a->exact_max, b->exact_max, a->max))) {
        a->max = b->max;
        a->exact_max = b->exact_max;
        a->max_at = b->max_at;
    }
}

/* high + low = a + b exactly (Knuth). */
static double two_sum(double a, double b, double *low)
{
    double sum = a + b, part = sum - a;

    *low = (a - (sum - part)) + (b - part);
    return sum;
}

/* Pebay 2008, eq. 3.1 for k = 2, 3, 4; the mean in two doubles, so that the difference of the means
 * of two blocks keeps its digits where the mean is large beside the spread. */
static void merge_moments(struct stats *a, const struct stats *b)
{
    double na = (double)stats_finite(a), nb = (double)stats_finite(b), n = na + nb;
    double d = (b->mean - a->mean) + (b->mean_low - a->mean_low), step = d * (nb / n), low;
    double ra = na / n, rb = nb / n, d2 = d * d;

    a->m4 += b->m4 + d2 * d2 * (na * rb) * (ra * ra - ra * rb + rb * rb) +
             6 * d2 * (ra * ra * b->m2 + rb * rb * a->m2) + 4 * d * (ra * b->m3 - rb * a->m3);
    a->m3 += b->m3 + d2 * d * (na * rb) * (ra - rb) + 3 * d * (ra * b->m2 - rb * a->m2);
    a->m2 += b->m2 + d2 * (na * rb);
    a->mean = two_sum(a->mean, step, &low);
    a->mean = two_sum(a->mean, a->mean_low + low, &a->mean_low);
}

static void merge_values(struct stats *into, const struct stats *next)
{
    struct stats b = *next;
    int32_t scale = common_scale(into->scale, into->l1 == 0, b.scale, b.l1 == 0);

    stats_rescale(into, scale);
    stats_rescale(&b, scale);
    if (into->has_exact && b.has_exact)
        merge_exact_extremes(into, &b);
    else
        merge_extremes(into, &b);
    into->has_exact = into->has_exact && b.has_exact;
    merge_moments(into, &b);
    into->l1 += b.l1;
    into->sumsq += b.sumsq;
    into->zeros += b.zeros;
}

void stats_merge(struct stats *into, const struct stats *next)
{
    struct stats before = *into;

    if (stats_finite(next) > 0) {
        if (stats_finite(into) > 0)
            merge_values(into, next);
        else
            *into = *next;
    }
    into->elems = before.elems + next->elems;
    into->nan = before.nan + next->nan;
    into->inf = before.inf + next->inf;
}

/* *sum in units of 4^*scale grows by add in units of 4^scale_add. */
static void merge_squares(double *sum, int32_t *scale, double add, int32_t scale_add)
{
    int32_t to = common_scale(*scale, *sum == 0, scale_add, add == 0);

    *sum = ldexp(*sum, 2 * (*scale - to)) + ldexp(add, 2 * (scale_add - to));
    *scale = to;
}

void pair_stats_merge(struct pair_stats *into, const struct pair_stats *next)
{
    int32_t base_a = into->base_scale, delta_a = into->delta.scale;

    merge_squares(&into->base_sumsq, &into->base_scale, next->base_sumsq, next->base_scale);
    merge_squares(&into->tuned_sumsq, &into->tuned_scale, next->tuned_sumsq, next->tuned_scale);
    stats_merge(&into->base, &next->base);
    stats_merge(&into->tuned, &next->tuned);
    stats_merge(&into->delta, &next->delta);

    int32_t to = into->base_scale + into->delta.scale;

    into->base_dot_delta = ldexp(into->base_dot_delta, base_a + delta_a - to) +
                           ldexp(next->base_dot_delta, next->base_scale + next->delta.scale - to);
    into->unchanged += next->unchanged;
    into->sign_flips += next->sign_flips;
}

double stats_l1(const struct stats *s)
{
    return ldexp(s->l1, s->scale);
}

double stats_l2(const struct stats *s)
{
    return ldexp(sqrt(s->sumsq), s->scale);
}

double stats_rms(const struct stats *s)
{
    uint64_t n = stats_finite(s);

    return n ? ldexp(sqrt(s->sumsq / (double)n), s->scale) : NAN;
}

double stats_mean(const struct stats *s)
{
    return stats_finite(s) ? ldexp(s->mean + s->mean_low, s->scale) : NAN;
}

double stats_std(const struct stats *s)
{
    uint64_t n = stats_finite(s);

    return n ? ldexp(sqrt(s->m2 / (double)n), s->scale) : NAN;
}

double stats_skewness(const struct stats *s)
{
    double n = (double)stats_finite(s);

    return s->m2 > 0 ? sqrt(n) * s->m3 / (s->m2 * sqrt(s->m2)) : NAN;
}

double stats_kurtosis(const struct stats *s)
{
    double n = (double)stats_finite(s);

    return s->m2 > 0 ? n * (s->m4 / s->m2) / s->m2 - 3 : NAN;
}

double stats_max_abs(const struct stats *s)
{
    return fmax(fabs(s->min), fabs(s->max));
}

double pair_relative(const struct pair_stats *p)
{
    if (!(p->base_sumsq > 0))
        return NAN;
    return ldexp(sqrt(p->delta.sumsq) / sqrt(p->base_sumsq), p->delta.scale - p->base_scale);
}

/* What is left of delta at right angles to a side of this length: |delta|^2 - along^2. */
static double across(double delta, double along)
{
    return fmax((delta - along) * (delta + along), 0);
}

/* sin^2 is the part of delta at right angles to one side over the square of the other, and 1 - cos
 * = sin^2 / (1 + cos): nothing close to 1 is ever subtracted from 1. The longer side is divided by.
 */
double pair_cosine_distance(const struct pair_stats *p)
{
    if (!(p->base_sumsq > 0 && p->tuned_sumsq > 0))
        return NAN;

    double base = sqrt(p->base_sumsq);
    double tuned = ldexp(sqrt(p->tuned_sumsq), p->tuned_scale - p->base_scale);
    double delta = ldexp(sqrt(p->delta.sumsq), p->delta.scale - p->base_scale);
    double along_base = ldexp(p->base_dot_delta / base, p->delta.scale - p->base_scale);
    double cosine = (base + along_base) / tuned;
    double along_tuned = along_base * (base / tuned) + delta * (delta / tuned);

    if (cosine < 0.5)
        return fmin(1 - cosine, 2);
    if (tuned > base)
        return across(delta, along_base) / tuned / tuned / (1 + fmin(cosine, 1));
    return across(delta, along_tuned) / base / base / (1 + fmin(cosine, 1));
}

double pair_radial(const struct pair_stats *p)
{
    if (!(p->base_sumsq > 0))
        return NAN;
    return ldexp(p->base_dot_delta / sqrt(p->base_sumsq), p->delta.scale);
}

double pair_tangential(const struct pair_stats *p)
{
    if (!(p->base_sumsq > 0))
        return NAN;

    double delta = sqrt(p->delta.sumsq), along = p->base_dot_delta / sqrt(p->base_sumsq);

    return ldexp(sqrt(across(delta, along)), p->delta.scale);
}

double pair_decay(const struct pair_stats *p)
{
    if (!(p->base_sumsq > 0))
        return NAN;
    return 1 + ldexp(p->base_dot_delta / p->base_sumsq, p->delta.scale - p->base_scale);
}
