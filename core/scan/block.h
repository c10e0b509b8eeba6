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
    struct energy_run energy;
    /* Base and tuned only; values NULL: not there. */
    const void *values;
    enum dtype dtype;
    size_t bytes;
    void (*decode)(double *dst, const void *src, size_t elems);
};

struct scan_scratch {
    struct side base, tuned, delta;
    struct pair_lanes pair;
    uint64_t unmoved_nonfinite;
    bool uneven; /* an element is finite on one side only */
    bool scaled; /* at least one side has a scale */
    const struct scan_ops *ops;
    const struct scan_span *span;
    size_t n; /* elements of the block: span->n */
};

static inline bool scratch_is_pair(const struct scan_scratch *s)
{
    return s->base.values && s->tuned.values;
}

static inline void side_decode(struct side *s, size_t at, size_t n)
{
    s->decode(s->x, (const char *)s->values + at * s->bytes, n);
}

/* NULL: no energies are wanted. */
static inline struct energy_run *side_energy(struct side *s)
{
    return s->energy.col ? &s->energy : NULL;
}

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

/* Points each side at its part of the block's energies, all 0, and after the last run adds the row
 * that the block ends within. */
void scan_energy_begin(struct scan_scratch *b, struct energy *e);
void scan_energy_end(struct scan_scratch *b);
/* Delta of a run in which not everything is finite, or its difference. */
void scan_energy_add_delta(struct scan_scratch *b, size_t n);

/* Minimum and maximum of a 64-bit integer block in its own type; other types are left alone. */
void scan_exact_range(const struct side *s, size_t n, uint64_t first, struct stats *out);

#endif
