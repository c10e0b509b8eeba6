/* Inner loops of training beside those of optimizers, a table for each width of vectors; all tables
 * give the same bits. Sums are float64 in 16 lanes, but for a few elements at once in dot. Any
 * thread. */
#ifndef TARE_CORE_TRAIN_TRAIN_KERNELS_H
#define TARE_CORE_TRAIN_TRAIN_KERNELS_H

#include <stddef.h>

struct train_kernels {
    const char *name;
    double (*squares)(const float *x, size_t n);
    double (*dot)(const float *x, const float *y, size_t n);
    double (*distance)(const float *x, const float *y, size_t n); /* sum (x - y)^2 */
    void (*add_scaled)(float *to, const float *x, float by, size_t n);
};

/* For this processor, or the one that TARE_CPU names (scalar, avx2, avx512); NULL if it names none
 * that runs here. */
const struct train_kernels *train_kernels_choose(const char *tare_cpu);

#endif
