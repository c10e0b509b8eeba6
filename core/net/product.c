#include "core/net/product.h"

#include <string.h>

void product_multiply(const struct product_kernels *p, float *out, size_t out_stride, bool add,
                      const float *a, size_t a_stride, uint32_t rows,
                      const struct product_panel *panel)
{
    size_t bytes = panel->n * sizeof *out;
    float *spare = panel->spare;

    if (panel->n == panel->width) {
        p->multiply(out, out_stride, add, a, a_stride, rows, panel->values, panel->width, panel->k);
        return;
    }
    for (uint32_t i = 0; add && i < rows; i++)
        memcpy(spare + (size_t)i * PRODUCT_PANEL, out + i * out_stride, bytes);
    p->multiply(spare, PRODUCT_PANEL, add, a, a_stride, rows, panel->values, panel->width,
                panel->k);
    for (uint32_t i = 0; i < rows; i++)
        memcpy(out + i * out_stride, spare + (size_t)i * PRODUCT_PANEL, bytes);
}
