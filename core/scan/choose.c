#include "core/scan/kernel.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

static bool runs_scalar(void)
{
    return true;
}

#if defined(__x86_64__)
/* clang's __builtin_cpu_supports does not know f16c. */
static bool runs_avx2(void)
{
    unsigned a, b, c = 0, d;

    __get_cpuid(1, &a, &b, &c, &d);
    return (c & bit_F16C) && __builtin_cpu_supports("avx2");
}

static bool runs_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq");
}
#endif

/* The best first. */
static const struct {
    const struct scan_ops *ops;
    bool (*runs_here)(void);
} rows[] = {
#if defined(__x86_64__)
    {&scan_ops_avx512, runs_avx512},
    {&scan_ops_avx2, runs_avx2},
#endif
    {&scan_ops_scalar, runs_scalar},
};

const struct scan_ops *scan_ops_choose(const char *tare_cpu)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].runs_here() && (!tare_cpu || strcmp(tare_cpu, rows[i].ops->name) == 0))
            return rows[i].ops;
    return NULL;
}

const char *scan_ops_name(const struct scan_ops *ops)
{
    return ops->name;
}
