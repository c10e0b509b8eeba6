#include "core/lora_sum.h"

#include <string.h>

/* Sums that stay in registers while the ranks go by. */
#define STRIP 32

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#define VARIANTS __attribute__((target_clones("default", "avx2", "avx512f")))
#else
#define VARIANTS
#endif

/* Whole strips; returns how many elements that were. */
VARIANTS static size_t add_strips(double *dst, const double *left, size_t left_step,
                                  const double *right, size_t right_step, uint32_t rank,
                                  double scale, size_t n)
{
    size_t at = 0;

    for (; at + STRIP <= n; at += STRIP) {
        double sum[STRIP] = {0};

        for (uint32_t k = 0; k < rank; k++) {
            const double *r = right + k * right_step + at;
            double l = left[k * left_step];

            for (int i = 0; i < STRIP; i++)
                sum[i] += l * r[i];
        }
        for (int i = 0; i < STRIP; i++)
            dst[at + i] += scale * sum[i];
    }
    return at;
}

void lora_sum_row(double *dst, const double *left, size_t left_step, const double *right,
                  size_t right_step, uint32_t rank, double scale, size_t n)
{
    size_t at = add_strips(dst, left, left_step, right, right_step, rank, scale, n);

    for (; at < n; at++) {
        double sum = 0;

        for (uint32_t k = 0; k < rank; k++)
            sum += left[k * left_step] * right[k * right_step + at];
        dst[at] += scale * sum;
    }
}
