/* What every operation of a pass is given: who works, with which loops, and memory to work in. */
#ifndef TARE_CORE_NET_RUN_H
#define TARE_CORE_NET_RUN_H

#include "core/net/kernels.h"
#include "core/team.h"

/* Rows that one item takes where an operation goes row by row. */
#define RUN_ROWS 16

struct net_run {
    struct team *team;
    const struct net_kernels *kernels;
    float **scratch;       /* [threads] */
    size_t scratch_floats; /* of each; operations say how much they need */
    float *packed;         /* what all threads read of a product's factor */
    size_t packed_floats;
};

/* Rows of a matrix: row i at values + i * stride. */
struct net_rows {
    float *values;
    size_t stride;
    uint32_t n;
};

/* The items of RUN_ROWS rows, the last one shorter. */
static inline uint32_t run_row_items(uint32_t rows)
{
    return (rows + RUN_ROWS - 1) / RUN_ROWS;
}

static inline uint32_t run_rows_end(uint32_t item, uint32_t rows)
{
    return MIN((item + 1) * RUN_ROWS, rows);
}

#endif
