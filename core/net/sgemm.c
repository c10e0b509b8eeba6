#include "core/net/sgemm.h"

#include <cblas.h>
#include "core/blas.h"

static __typeof__(&cblas_sgemm) blas_sgemm;

static const struct blas_symbol symbols[] = {{"cblas_sgemm", &blas_sgemm}};

static gpointer load(gpointer data)
{
    (void)data;
    return GINT_TO_POINTER(blas_load(symbols, G_N_ELEMENTS(symbols)));
}

gboolean sgemm_need(GError **error)
{
    static GOnce once = G_ONCE_INIT;

    if (GPOINTER_TO_INT(g_once(&once, load, NULL)))
        return TRUE;
    g_set_error_literal(error, TARE_ERROR, TARE_ERROR_LIMIT,
                        "running a model needs OpenBLAS, which is not here: install libopenblas0");
    return FALSE;
}

void sgemm_by_rows(size_t m, size_t n, size_t k, float by, struct sgemm_operand a,
                   struct sgemm_operand b, bool add, float *out, size_t out_stride)
{
    blas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)m, (int)n, (int)k, by, a.values,
               (int)a.stride, b.values, (int)b.stride, add ? 1 : 0, out, (int)out_stride);
}

void sgemm(size_t m, size_t n, size_t k, struct sgemm_operand a, struct sgemm_operand b, float *out,
           size_t out_stride)
{
    blas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)m, (int)n, (int)k, 1, a.values,
               (int)a.stride, b.values, (int)b.stride, 0, out, (int)out_stride);
}
