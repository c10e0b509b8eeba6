#include "core/spectrum_blocks.h"

gboolean spectrum_blocks_init(struct spectrum_blocks *b, uint64_t rows, uint64_t cols,
                              GError **error)
{
    *b = (struct spectrum_blocks){
        .rows = rows, .cols = cols, .n = MIN(rows, cols), .length = MAX(rows, cols)};
    b->step = MIN(MAX(SPECTRUM_BLOCK / b->n, 1), b->length);
    b->stored = g_try_malloc_n(b->step * b->n, sizeof(double));
    if (!b->stored)
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_LIMIT, "no memory for a spectrum");
    return b->stored != NULL;
}

void spectrum_blocks_finish(struct spectrum_blocks *b)
{
    g_free(b->stored);
}

uint64_t spectrum_blocks_values(const struct spectrum_blocks *b)
{
    return b->step * b->n;
}

size_t spectrum_blocks_count(const struct spectrum_blocks *b)
{
    return (size_t)MIN(b->step, b->length - b->at);
}

/* A panel is a piece of every row. */
static gboolean read_stored(struct spectrum_blocks *b, struct source *source, uint32_t index,
                            size_t count, GError **error)
{
    size_t bytes = dtype_info(source->tensors[index].dtype)->bytes;

    if (b->rows >= b->cols)
        return source->ops->read(source, index, b->at * b->cols, count * b->cols, b->stored, error);
    for (uint64_t row = 0; row < b->rows; row++)
        if (!source->ops->read(source, index, row * b->cols + b->at, count,
                               b->stored + row * count * bytes, error))
            return FALSE;
    return TRUE;
}

gboolean spectrum_blocks_read(struct spectrum_blocks *b, struct source *source, uint32_t index,
                              double *values, struct linalg_block *out, GError **error)
{
    size_t count = spectrum_blocks_count(b);

    if (!read_stored(b, source, index, count, error))
        return FALSE;
    dtype_info(source->tensors[index].dtype)->decode(values, b->stored, count * b->n);
    *out = (struct linalg_block){values, count, b->rows >= b->cols ? LINALG_ROWS : LINALG_COLUMNS};
    return TRUE;
}
