/* Which widths of vectors this processor has: one answer for every table of kernels. Any thread. */
#ifndef TARE_CORE_CPU_H
#define TARE_CORE_CPU_H

#include <stdbool.h>

enum cpu_width {
    CPU_SCALAR,
    CPU_AVX2,   /* with F16C and FMA, as every processor that has AVX2 */
    CPU_AVX512, /* F, BW and DQ */
    CPU_WIDTHS
};

/* The widest that runs here, or the one that TARE_CPU names (scalar, avx2, avx512; NULL: none).
 * False: it names none that runs here. */
bool cpu_choose(const char *tare_cpu, enum cpu_width *out);

#endif
