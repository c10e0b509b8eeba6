#include "core/activity_kernels.h"

#include "core/cpu.h"

extern const struct activity_kernels activity_kernels_scalar;
#if defined(__x86_64__)
extern const struct activity_kernels activity_kernels_avx2, activity_kernels_avx512;
#endif

const struct activity_kernels *activity_kernels_choose(const char *tare_cpu)
{
    static const struct activity_kernels *const rows[CPU_WIDTHS] = {
        [CPU_SCALAR] = &activity_kernels_scalar,
#if defined(__x86_64__)
        [CPU_AVX2] = &activity_kernels_avx2,
        [CPU_AVX512] = &activity_kernels_avx512,
#endif
    };
    enum cpu_width width;

    return cpu_choose(tare_cpu, &width) ? rows[width] : NULL;
}
