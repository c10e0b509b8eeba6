#include "core/spectrum_tail.h"

#include <glib.h>
#include <math.h>

/* logs ascending from the xmin on; sum of them. */
static double fit_from(const double *logs, uint32_t m, double sum, double *alpha)
{
    double above = sum - m * logs[0], worst = 0;

    *alpha = 1 + m / above;
    if (!(above > 0) || !isfinite(*alpha))
        return INFINITY;
    for (uint32_t i = 0; i < m; i++) {
        double fitted = -expm1((1 - *alpha) * (logs[i] - logs[0]));

        worst = fmax(worst, fabs(fitted - (double)i / m));
    }
    return worst;
}

void spectrum_tail_fit(const double *lambda, uint32_t n, struct spectrum_tail *out)
{
    double *logs = g_new(double, n + 1), *sums = g_new(double, n + 1);

    *out = (struct spectrum_tail){NAN, NAN, NAN, 0};
    for (uint32_t i = 0; i < n; i++)
        logs[i] = log(lambda[n - 1 - i]);
    sums[n] = 0;
    for (uint32_t i = n; i-- > 0;)
        sums[i] = sums[i + 1] + logs[i];
    for (uint32_t i = 0; i + 1 < n; i++) {
        double alpha, distance = fit_from(logs + i, n - i, sums[i], &alpha);

        if (isfinite(distance) && !(distance >= out->distance))
            *out = (struct spectrum_tail){alpha, lambda[n - 1 - i], distance, n - i};
    }
    g_free(logs);
    g_free(sums);
}
