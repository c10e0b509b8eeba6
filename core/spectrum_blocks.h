/* A matrix form read in blocks that a reduction can take, scaled so that no square overflows.
 *
 * A tall matrix comes in strips of rows, a wide one in panels of columns: memory is bounded by
 * SPECTRUM_BLOCK values a buffer whatever the shape. Worker threads. */
#ifndef TARE_CORE_SPECTRUM_BLOCKS_H
#define TARE_CORE_SPECTRUM_BLOCKS_H

#include "core/linalg.h"
#include "core/source.h"

#define SPECTRUM_BLOCK ((uint64_t)1 << 22)

struct spectrum_blocks {
    uint64_t rows, cols;
    uint64_t n, length; /* smaller and longer side */
    uint64_t at;        /* along the longer side: where the next block starts */
    uint64_t step;      /* vectors a block */
    unsigned char *stored;
};

gboolean spectrum_blocks_init(struct spectrum_blocks *b, uint64_t rows, uint64_t cols,
                              GError **error);
void spectrum_blocks_finish(struct spectrum_blocks *b);
/* Values that a caller's buffer must hold. */
uint64_t spectrum_blocks_values(const struct spectrum_blocks *b);
/* Vectors of the block at b->at, at most b->step; 0: the end. */
size_t spectrum_blocks_count(const struct spectrum_blocks *b);

/* That block of one tensor into values, and as a block for linalg. */
gboolean spectrum_blocks_read(struct spectrum_blocks *b, struct source *source, uint32_t index,
                              double *values, struct linalg_block *out, GError **error);

#endif
