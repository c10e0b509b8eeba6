#include "core/student.h"

#include <float.h>
#include <glib.h>
#include <math.h>
#include <stdlib.h>

#define MOST_TERMS 10000

/* The continued fraction of the incomplete beta function, by Lentz's method (DLMF 8.17.22). */
static double beta_fraction(double x, double a, double b)
{
    double c = 1, d = 1 / (1 - (a + b) * x / (a + 1)), value = d;

    for (int m = 1; m < MOST_TERMS; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)), step;

        d = 1 / (1 + even * d);
        c = 1 + even / c;
        value *= d * c;
        d = 1 / (1 + odd * d);
        c = 1 + odd / c;
        step = d * c;
        value *= step;
        if (fabs(step - 1) < 4 * DBL_EPSILON)
            break;
    }
    return value;
}

/* I_x(a, b), regularised; y = 1 - x without its rounding. */
static double beta_share(double x, double y, double a, double b)
{
    double front;

    if (x <= 0)
        return 0;
    if (y <= 0)
        return 1;
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(y));
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(x, a, b) / a;
    return 1 - front * beta_fraction(y, b, a) / b;
}

double student_two_sided(double t, double df)
{
    double square = t * t;

    if (isnan(t) || !(df > 0))
        return NAN;
    if (isinf(square))
        return 0;
    return beta_share(df / (df + square), square / (df + square), df / 2, 0.5);
}

struct ranked {
    double p;
    uint32_t at;
};

static int descending(const void *a, const void *b)
{
    double x = ((const struct ranked *)a)->p, y = ((const struct ranked *)b)->p;

    return (x < y) - (x > y);
}

void false_discovery_rates(const double *p, uint32_t n, double *q)
{
    struct ranked *ranked = g_new(struct ranked, MAX(n, 1));
    uint32_t tests = 0;
    double least = 1;

    for (uint32_t i = 0; i < n; i++) {
        q[i] = NAN;
        if (!isnan(p[i]))
            ranked[tests++] = (struct ranked){p[i], i};
    }
    qsort(ranked, tests, sizeof *ranked, descending);
    for (uint32_t i = 0; i < tests; i++) {
        least = fmin(least, ranked[i].p * tests / (tests - i));
        q[ranked[i].at] = least;
    }
    g_free(ranked);
}
