#include "core/scan/kernel.h"

#include "core/cpu.h"

const struct scan_ops *scan_ops_choose(const char *tare_cpu)
{
    static const struct scan_ops *const rows[CPU_WIDTHS] = {
        [CPU_SCALAR] = &scan_ops_scalar,
#if defined(__x86_64__)
        [CPU_AVX2] = &scan_ops_avx2,
        [CPU_AVX512] = &scan_ops_avx512,
#endif
    };
    enum cpu_width width;

    return cpu_choose(tare_cpu, &width) ? rows[width] : NULL;
}

const char *scan_ops_name(const struct scan_ops *ops)
{
    return ops->name;
}
