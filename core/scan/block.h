/* One block on its way through the kernels. Private to core/scan. */
#ifndef TARE_CORE_SCAN_BLOCK_H
#define TARE_CORE_SCAN_BLOCK_H

#include "core/scan/kernel.h"

/* What is summed up of base, of tuned or of delta. */
struct side {
    _Alignas(64) double x[SCAN_RUN]; /* values of the run */
    double finite[SCAN_RUN];         /* those of them that are to be counted */
    double lifted[SCAN_RUN];         /* the same times 2^-scale */
    struct lanes lanes;              /* in units of 2^scale */
    double shift;
    int32_t scale;
    bool dirty; /* the run holds values that are not finite */
    uint64_t nan, inf;
    double min, max;
    size_t min_at, max_at; /* within the block */
    struct sketch_table *table;
    struct energy_tile tile; /* of the run */
    _Alignas(64) double row_lanes[SCAN_ROWS][SCAN_LANES]; /* all 0 between blocks */
    /* Base and tuned only; values NULL: not there. */
    const void *values;
    enum dtype dtype;
    size_t bytes;
    void (*decode)(double *dst, const void *src, size_t elems);
    void (*gather)(const struct energy_tile *tile, double *col, double *dst, const void *src,
                   size_t cols, size_t stride);
};

/* What goes through the kernels at once. Of a block of a tensor without a matrix form, SCAN_RUN
 * elements on end. Of a matrix, up to SCAN_STRIPE columns of as many rows as make SCAN_RUN elements
 * (SCAN_STRIPEs, where there are fewer rows), so that columns add up in registers; of a row that
 * the block cuts, SCAN_RUN columns. */
struct scan_run {
    size_t at, n; /* its first element within the block, and how many */
    size_t rows, cols;
    size_t stride;     /* from row to row */
    uint64_t row, col; /* row: of those that the block touches */
    bool is_last;      /* of its rows */
};

/* The rows under way: all columns that the block has of them. Zeros before the first run. */
struct scan_band {
    size_t at, rows, cols, done;
    uint64_t row, col;
};

/* The next run in the order that defines the sums; false: there is none. */
bool scan_next_run(const struct scan_span *span, struct scan_band *band, struct scan_run *run);
/* Where element k of the run's values stands in the block. */
size_t scan_run_place(const struct scan_run *run, size_t k);

struct scan_scratch {
    struct side base, tuned, delta;
    struct pair_lanes pair;
    uint64_t unmoved_nonfinite;
    bool uneven;        /* an element is finite on one side only */
    bool scaled;        /* at least one side has a scale */
    bool energy_spoilt; /* by what is not finite; or none are wanted */
    const struct scan_ops *ops;
    const struct scan_span *span;
    size_t n; /* elements of the block: span->n */
};

static inline bool scratch_is_pair(const struct scan_scratch *s)
{
    return s->base.values && s->tuned.values;
}

/* The stored element at that place in the block. */
static inline const void *side_at(const struct side *s, size_t at)
{
    return (const char *)s->values + at * s->bytes;
}

static inline void side_decode(struct side *s, size_t at, size_t n)
{
    s->decode(s->x, side_at(s, at), n);
}

/* The values of a run into x, and their squares to where the side's tile says; only the values if
 * the energies are spoilt. */
void side_load(struct scan_scratch *b, struct side *s, const struct scan_run *run);
void side_gather(struct side *s, const struct scan_run *run);
void side_square(struct scan_scratch *b, struct side *s);

/* Sets each side's shift: near the median, so that power sums about it keep their digits. */
void scan_choose_shifts(struct scan_scratch *s);

/* Whether the sides' extremes say that the sums may have overflowed or vanished. */
bool scan_is_extreme(const struct scan_scratch *s);
/* Reads the block for its largest magnitudes and sets each side's scale. */
void scan_choose_scales(struct scan_scratch *s);
/* As the kernels do, for sides with a scale; x, base.finite and tuned.finite are unscaled. */
bool scan_add_scaled(struct side *s, const double *x, size_t n);
bool scan_add_scaled_delta(struct scan_scratch *b, size_t n);
void scan_pair_scaled(struct scan_scratch *b, size_t n);

/* finite[0..result) of both sides = the elements where both are finite. */
size_t scan_squeeze_pair(struct scan_scratch *b, size_t n);
/* The sums over those, base and tuned about 0, by reading the block again. */
void scan_common(struct scan_scratch *b, struct lanes *base, struct lanes *tuned,
                 struct pair_lanes *pair);

/* All 0. */
void scan_energy_begin(struct scan_scratch *b, struct energy *e);
/* Before and after a run: where its squares go; rows that end. */
void scan_energy_aim(struct scan_scratch *b, struct energy *e, const struct scan_run *run);
void scan_energy_end(struct scan_scratch *b, const struct scan_run *run);
/* All of the block once more, leaving out what is not finite. */
void scan_energy_again(struct scan_scratch *b, struct energy *e);

/* Minimum and maximum of a 64-bit integer block in its own type; other types are left alone. */
void scan_exact_range(const struct side *s, size_t n, uint64_t first, struct stats *out);

#endif
