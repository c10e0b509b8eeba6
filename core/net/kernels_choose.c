#include "core/net/kernels.h"

#include "core/cpu.h"

extern const struct net_kernels net_kernels_scalar;
#if defined(__x86_64__)
extern const struct net_kernels net_kernels_avx2, net_kernels_avx512;
#endif

const struct net_kernels *net_kernels_choose(const char *tare_cpu)
{
    static const struct net_kernels *const rows[CPU_WIDTHS] = {
        [CPU_SCALAR] = &net_kernels_scalar,
#if defined(__x86_64__)
        [CPU_AVX2] = &net_kernels_avx2,
        [CPU_AVX512] = &net_kernels_avx512,
#endif
    };
    enum cpu_width width;

    return cpu_choose(tare_cpu, &width) ? rows[width] : NULL;
}
