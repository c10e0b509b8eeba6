/* Optimizers: a file and a row each. One call updates a contiguous stretch of one tensor. */
#ifndef TARE_CORE_TRAIN_OPTIMIZER_H
#define TARE_CORE_TRAIN_OPTIMIZER_H

#include <stddef.h>
#include <stdint.h>

#include "core/cpu.h"

#define OPTIMIZER_MOMENTS 2

struct optimizer_numbers {
    double beta_1, beta_2, epsilon; /* AdamW: 0.9, 0.999, 1e-8 */
    double momentum;                /* SGD: 0.9 */
};

struct optimizer_step {
    uint64_t step;         /* 1: the first */
    double learning_rate;  /* of this tensor, now */
    double weight_decay;   /* 0: does not decay */
    double gradient_scale; /* clipping */
    struct optimizer_numbers numbers;
};

/* What an update tells of itself, added up in the order of calls; within 1e-6, in float64. */
struct optimizer_sums {
    double update, weight; /* sum (w' - w)^2, sum w^2 before */
    /* sum (g / (sqrt(v) + eps))^2 with v as it is now, its start corrected: RMS_t of StableAdamW
     * (Wortsman et al. 2023, there with max in place of the sum) is the root of its mean: about 1,
     * above where v lags behind; 0 where there is none. */
    double staleness;
};

/* w, moments [n]; gradient [n] is read only. Bits do not depend on how a tensor is cut, nor on the
 * width of vectors; sums depend on the cut: callers cut at fixed places. */
typedef void optimizer_update(const struct optimizer_step *s, float *w, const float *gradient,
                              float *const *moments, size_t n, struct optimizer_sums *sums);

struct optimizer {
    const char *name;    /* "adamw" */
    const char *formula; /* and where it is from */
    unsigned moments;    /* arrays that it keeps, all 0 at first */
    optimizer_update *update[CPU_WIDTHS];
};

extern const struct optimizer *const optimizer_table[]; /* NULL-terminated */
const struct optimizer *optimizer_find(const char *name);

#endif
