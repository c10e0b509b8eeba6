#include "core/activity_kernels.h"

#include <stdbool.h>
#include <string.h>

extern const struct activity_kernels activity_kernels_scalar;
#if defined(__x86_64__)
extern const struct activity_kernels activity_kernels_avx2, activity_kernels_avx512;
#endif

static bool runs_scalar(void)
{
    return true;
}

#if defined(__x86_64__)
static bool runs_avx2(void)
{
    return __builtin_cpu_supports("avx2");
}

static bool runs_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
}
#endif

/* The best first. */
static const struct {
    const struct activity_kernels *kernels;
    bool (*runs_here)(void);
} rows[] = {
#if defined(__x86_64__)
    {&activity_kernels_avx512, runs_avx512},
    {&activity_kernels_avx2, runs_avx2},
#endif
    {&activity_kernels_scalar, runs_scalar},
};

const struct activity_kernels *activity_kernels_choose(const char *tare_cpu)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].runs_here() && (!tare_cpu || strcmp(tare_cpu, rows[i].kernels->name) == 0))
            return rows[i].kernels;
    return NULL;
}
