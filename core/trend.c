#include "core/trend.h"

#include <glib.h>
#include <math.h>
#include "core/ranks.h"
#include "core/sorted.h"

static double *indices(uint32_t n)
{
    double *x = g_new(double, (size_t)n + 1);

    for (uint32_t i = 0; i < n; i++)
        x[i] = i;
    return x;
}

double trend_rho(const double *y, uint32_t n)
{
    double *x = indices(n), rho = rank_correlation(x, y, n);

    g_free(x);
    return rho;
}

double trend_p(const double *y, uint32_t n)
{
    double *x = indices(n), p = rank_correlation_p(x, y, n);

    g_free(x);
    return p;
}

double trend_slope(const double *x, const double *y, uint32_t n)
{
    double *slope = g_new(double, (size_t)n *n / 2 + 1), median;
    size_t m = 0;

    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = i + 1; k < n; k++)
            if (isfinite(x[i]) && isfinite(x[k]) && isfinite(y[i]) && isfinite(y[k]) &&
                x[k] != x[i])
                slope[m++] = (y[k] - y[i]) / (x[k] - x[i]);
    sort_doubles(slope, m);
    median = sorted_median(slope, m);
    g_free(slope);
    return median;
}
