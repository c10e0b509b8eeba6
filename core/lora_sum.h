/* The inner loop of a low-rank update: a row of W + scale * L R. */
#ifndef TARE_CORE_LORA_SUM_H
#define TARE_CORE_LORA_SUM_H

#include <stddef.h>
#include <stdint.h>

/* dst[i] += scale * sum over k of left[k * left_step] * right[k * right_step + i], k from 0 up, in
 * float64 without fused operations. */
void lora_sum_row(double *dst, const double *left, size_t left_step, const double *right,
                  size_t right_step, uint32_t rank, double scale, size_t n);

#endif
