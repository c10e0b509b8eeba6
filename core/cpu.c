#include "core/cpu.h"

#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>

/* clang's __builtin_cpu_supports does not know f16c. */
static bool has_f16c(void)
{
    unsigned a, b, c = 0, d;

    __get_cpuid(1, &a, &b, &c, &d);
    return c & bit_F16C;
}

static bool runs(enum cpu_width width)
{
    switch (width) {
    case CPU_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq");
    case CPU_AVX2:
        return has_f16c() && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    default:
        return true;
    }
}
#else
static bool runs(enum cpu_width width)
{
    return width == CPU_SCALAR;
}
#endif

bool cpu_choose(const char *tare_cpu, enum cpu_width *out)
{
    static const char *const names[CPU_WIDTHS] = {"scalar", "avx2", "avx512"};

    for (int width = CPU_WIDTHS - 1; width >= 0; width--)
        if (runs((enum cpu_width)width) && (!tare_cpu || strcmp(tare_cpu, names[width]) == 0)) {
            *out = (enum cpu_width)width;
            return true;
        }
    return false;
}
