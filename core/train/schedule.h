/* Learning-rate schedules: a file or function and a row each. Pure. */
#ifndef TARE_CORE_TRAIN_SCHEDULE_H
#define TARE_CORE_TRAIN_SCHEDULE_H

#include <stdint.h>

struct schedule {
    const char *name; /* "constant", "linear", "cosine" */
    const char *formula;
    /* The share of the peak at `done` (0 .. 1) of what follows the warm-up; `end` of it at 1. */
    double (*share)(double done, double end);
};

extern const struct schedule *const schedule_table[]; /* NULL-terminated */
const struct schedule *schedule_find(const char *name);
/* Of the peak, for step 1 .. steps. step / warmup up to step `warmup`, which has all of it; then
 * done = (step - 1 - warmup) / (steps - warmup), so that no step is at 0. After the warm-up that is
 * what transformers' get_*_schedule_with_warmup give; during it they are a step behind. */
double schedule_rate(const struct schedule *s, uint64_t step, uint64_t steps, uint64_t warmup,
                     double end);

#endif
