#include "core/spectrum_bulk.h"

#include <glib.h>
#include <math.h>

#define TRACY_WIDOM_99 2.0234 /* 99 % point of the law of order 1 */
#define HALVINGS 60
#define SLICES 4000
#define MOST_ROUNDS 50

/* Share of the law below edge, by x = centre - half cos t: the roots at both ends vanish. */
static double share_below(double ratio, double x)
{
    double centre = 1 + ratio, half = 2 * sqrt(ratio), sum = 0;
    double end = acos(CLAMP((centre - x) / half, -1, 1)), step = end / SLICES;

    /* Simpson; at t = 0 with ratio 1 the integrand has the limit below. */
    for (int i = 0; i <= SLICES; i++) {
        double t = i * step, sine = sin(t), below = centre - half * cos(t);
        double f = below > 1e-300 ? half * half * sine * sine / below : 2 * half;

        sum += f * (i == 0 || i == SLICES ? 1 : i % 2 ? 4 : 2);
    }
    return sum * step / 3 / (2 * G_PI * ratio);
}

double spectrum_bulk_median(double ratio)
{
    double low = (1 - sqrt(ratio)) * (1 - sqrt(ratio)),
           high = (1 + sqrt(ratio)) * (1 + sqrt(ratio));

    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;

        if (share_below(ratio, middle) < 0.5)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

/* Of the m - skipped smallest. */
static double median(const double *sigma, uint32_t m, uint32_t skipped)
{
    uint32_t n = m - skipped;
    double a = sigma[skipped + (n - 1) / 2], b = sigma[skipped + n / 2];

    return (a * a + b * b) / 2;
}

static uint32_t count_above(const double *sigma, uint32_t rank, double n, double edge)
{
    uint32_t count = 0;

    while (count < rank && sigma[count] * sigma[count] / n > edge)
        count++;
    return count;
}

void spectrum_bulk_fit(const double *sigma, uint32_t m, uint32_t rank, uint64_t n,
                       struct spectrum_bulk *out)
{
    double big = (double)n, root_n = sqrt(big - 1), root_m = sqrt(m), law;
    double location = (root_n + root_m) * (root_n + root_m);
    double spread = (root_n + root_m) * cbrt(1 / root_n + 1 / root_m);
    uint32_t before = UINT32_MAX;

    *out = (struct spectrum_bulk){NAN, NAN, NAN, 0, 0};
    if (m < 2)
        return;
    law = spectrum_bulk_median((double)m / big);
    /* Spikes pull the median up; without them it falls, and more may stand out. */
    for (int round = 0; round < MOST_ROUNDS && out->spikes != before && out->spikes < m; round++) {
        before = out->spikes;
        out->variance = median(sigma, m, before) / big / law;
        out->edge = out->variance * (1 + sqrt(m / big)) * (1 + sqrt(m / big));
        out->margin =
            fmax(out->variance * (location + TRACY_WIDOM_99 * spread) / big - out->edge, 0);
        out->spikes = count_above(sigma, rank, big, out->edge + out->margin);
    }
    out->above = count_above(sigma, rank, big, out->edge);
}
