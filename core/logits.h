/* Numbers of a row of logits. Pure. */
#ifndef TARE_CORE_LOGITS_H
#define TARE_CORE_LOGITS_H

#include <stdbool.h>
#include <stdint.h>
#include "core/activity_kernels.h"

/* Where the first of the largest stands; n at least 1. */
uint32_t logits_first(const float *x, uint32_t n);
/* ln of the sum of exponentials; *most: where the first of the largest stands. n at least 1. */
double logits_log_sum(const float *x, uint32_t n, uint32_t *most);
/* KL(base || tuned) of their softmax, nats: sum p (x - y) - ln sum exp x + ln sum exp y; *agreed:
 * their largest stand in the same place. */
double logits_divergence(const struct activity_kernels *k, const float *base, const float *tuned,
                         uint32_t n, bool *agreed);
/* Of the softmax: -sum p ln p, nats. */
double logits_entropy(const float *x, uint32_t n);

#endif
