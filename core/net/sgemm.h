/* Products of float32 matrices by OpenBLAS, on the calling thread. Row-major. */
#ifndef TARE_CORE_NET_SGEMM_H
#define TARE_CORE_NET_SGEMM_H

#include <stdbool.h>
#include "core/error.h"

/* Before all others; FALSE: no OpenBLAS. Any thread. */
gboolean sgemm_need(GError **error);

struct sgemm_operand {
    const float *values;
    size_t stride; /* of its rows as stored */
};

/* out[m][n] = by a[m][k] b[n][k]^T, or added to it. */
void sgemm_by_rows(size_t m, size_t n, size_t k, float by, struct sgemm_operand a,
                   struct sgemm_operand b, bool add, float *out, size_t out_stride);
/* out[m][n] = a[m][k] b[k][n] */
void sgemm(size_t m, size_t n, size_t k, struct sgemm_operand a, struct sgemm_operand b, float *out,
           size_t out_stride);

#endif
