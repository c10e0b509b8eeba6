/* Element types as rows of one table: a new type is one decode function and one row.
 *
 * Everything the scan computes is computed in double; `decode` turns stored values (native byte
 * order) into doubles, exactly for every type here but 64-bit integers beyond 2^53. */
#ifndef TARE_CORE_DTYPE_H
#define TARE_CORE_DTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dtype {
    DTYPE_F16,
    DTYPE_BF16,
    DTYPE_F32,
    DTYPE_F64,
    DTYPE_I8,
    DTYPE_I16,
    DTYPE_I32,
    DTYPE_I64,
    DTYPE_U8,
    DTYPE_U16,
    DTYPE_U32,
    DTYPE_U64,
    DTYPE_COUNT
};

struct dtype_info {
    const char *name;  /* as reports print it: "float32", "bfloat16", "int8" ... */
    const char *brief; /* as narrow columns print it: "f32", "bf16", "i8" ... */
    uint16_t bytes;    /* per element */
    bool is_integer;
    bool is_signed;
    double floor; /* one-sided storage rounding noise of a weight tensor, relative to its l2;
                     0 where rounding is no noise (integers). Measured on Gaussian weights: bf16 1.66e-3,
                     f16 2.08e-4, f32 2.5e-8 */
    /* dst[i] = value of element i; src needs no alignment. */
    void (*decode)(double *dst, const void *src, size_t elems);
    /* The other way, to the nearest value (ties to even), beyond the largest to infinity; NULL: of
     * integers. */
    void (*encode)(void *dst, const double *src, size_t elems);
};

/* Borrowed row; d must be below DTYPE_COUNT. */
const struct dtype_info *dtype_info(enum dtype d);

#endif
