#include "core/logits.h"

#include <math.h>

uint32_t logits_first(const float *x, uint32_t n)
{
    uint32_t first = 0;

    for (uint32_t i = 1; i < n; i++)
        if (x[i] > x[first])
            first = i;
    return first;
}

double logits_log_sum(const float *x, uint32_t n, uint32_t *most)
{
    double sum = 0;

    *most = logits_first(x, n);
    for (uint32_t i = 0; i < n; i++)
        sum += exp((double)x[i] - (double)x[*most]);
    return (double)x[*most] + log(sum);
}

double logits_divergence(const struct activity_kernels *k, const float *base, const float *tuned,
                         uint32_t n, bool *agreed)
{
    uint32_t top = logits_first(base, n), tuned_top = logits_first(tuned, n);
    double cross = 0, unused = 0;
    double sum = k->exponentials(base, tuned, n, base[top], &cross);
    double tuned_sum = k->exponentials(tuned, tuned, n, tuned[tuned_top], &unused);

    *agreed = top == tuned_top;
    return fmax(cross / sum - ((double)base[top] + log(sum)) +
                    ((double)tuned[tuned_top] + log(tuned_sum)),
                0);
}

double logits_entropy(const float *x, uint32_t n)
{
    uint32_t most;
    double all = logits_log_sum(x, n, &most), sum = 0;

    for (uint32_t i = 0; i < n; i++) {
        double log_p = (double)x[i] - all;

        sum -= exp(log_p) * log_p;
    }
    return sum;
}
