#include "core/train/train_kernels.h"

#include "core/cpu.h"

extern const struct train_kernels train_kernels_scalar;
#if defined(__x86_64__)
extern const struct train_kernels train_kernels_avx2, train_kernels_avx512;
#endif

const struct train_kernels *train_kernels_choose(const char *tare_cpu)
{
    static const struct train_kernels *const rows[CPU_WIDTHS] = {
        [CPU_SCALAR] = &train_kernels_scalar,
#if defined(__x86_64__)
        [CPU_AVX2] = &train_kernels_avx2,
        [CPU_AVX512] = &train_kernels_avx512,
#endif
    };
    enum cpu_width width;

    return cpu_choose(tare_cpu, &width) ? rows[width] : NULL;
}
