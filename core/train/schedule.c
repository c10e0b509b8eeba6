#include "core/train/schedule.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

static double constant(double done, double end)
{
    (void)done;
    (void)end;
    return 1;
}

static double linear(double done, double end)
{
    return 1 - (1 - end) * done;
}

static double cosine(double done, double end)
{
    return end + (1 - end) * 0.5 * (1 + cos(M_PI * done));
}

static const struct schedule constant_row = {"constant", "1", constant};
static const struct schedule linear_row = {"linear", "1 - (1 - end) done", linear};
static const struct schedule cosine_row = {
    "cosine", "end + (1 - end) (1 + cos(pi done)) / 2 (Loshchilov and Hutter 2017)", cosine};

const struct schedule *const schedule_table[] = {&constant_row, &linear_row, &cosine_row, NULL};

const struct schedule *schedule_find(const char *name)
{
    for (size_t i = 0; schedule_table[i]; i++)
        if (strcmp(schedule_table[i]->name, name) == 0)
            return schedule_table[i];
    return NULL;
}

double schedule_rate(const struct schedule *s, uint64_t step, uint64_t steps, uint64_t warmup,
                     double end)
{
    if (step <= warmup)
        return (double)step / (double)warmup;
    if (step > steps)
        return s->share(1, end);
    return s->share((double)(step - 1 - warmup) / (double)(steps - warmup), end);
}
