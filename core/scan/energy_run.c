/* A block's energies, run by run. Plain C, the same for every row of kernels. */
#include <float.h>
#include "core/scan/block.h"

static void clear_lanes(struct scan_scratch *b)
{
    memset(b->base.row_lanes, 0, sizeof b->base.row_lanes);
    memset(b->tuned.row_lanes, 0, sizeof b->tuned.row_lanes);
    memset(b->delta.row_lanes, 0, sizeof b->delta.row_lanes);
}

void scan_energy_begin(struct scan_scratch *b, struct energy *e)
{
    b->energy_spoilt = e->shape.rows == 0 || b->scaled;
    if (!b->energy_spoilt)
        energy_clear_columns(e);
}

static void side_aim(struct side *s, const struct energy *e, enum energy_side side,
                     const struct scan_run *run)
{
    if (!e->col[side])
        return;
    s->tile = (struct energy_tile){.rows = run->rows,
                                   .cols = run->cols,
                                   .col = e->col[side] + run->col,
                                   .row = e->row[side] + run->row,
                                   .lanes = run->stride <= SCAN_LANES ? NULL : s->row_lanes,
                                   .is_long = e->n_rows > SCAN_LONG};
}

void scan_energy_aim(struct scan_scratch *b, struct energy *e, const struct scan_run *run)
{
    side_aim(&b->base, e, ENERGY_BASE, run);
    side_aim(&b->tuned, e, ENERGY_TUNED, run);
    side_aim(&b->delta, e, ENERGY_DELTA, run);
}

static void fold(struct scan_scratch *b, const struct energy_tile *t)
{
    if (t->lanes)
        b->ops->fold(t->row, t->lanes, t->rows);
}

void scan_energy_end(struct scan_scratch *b, const struct scan_run *run)
{
    if (!run->is_last)
        return;
    if (b->base.values)
        fold(b, &b->base.tile);
    if (b->tuned.values)
        fold(b, &b->tuned.tile);
    if (scratch_is_pair(b))
        fold(b, &b->delta.tile);
}

/* A difference that overflows has an infinite square. */
static void find_delta(struct scan_scratch *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double x = b->base.x[i], y = b->tuned.x[i];

        b->delta.x[i] = isfinite(x) && isfinite(y) ? fmax(-DBL_MAX, fmin(y - x, DBL_MAX)) : NAN;
    }
}

static void run_again(struct scan_scratch *b, const struct scan_run *run)
{
    if (b->base.values) {
        side_gather(&b->base, run);
        energy_squares(&b->base.tile, b->base.x);
    }
    if (b->tuned.values) {
        side_gather(&b->tuned, run);
        energy_squares(&b->tuned.tile, b->tuned.x);
    }
    if (scratch_is_pair(b)) {
        find_delta(b, run->n);
        energy_squares(&b->delta.tile, b->delta.x);
    }
}

void scan_energy_again(struct scan_scratch *b, struct energy *e)
{
    struct scan_band band = {.at = 0};
    struct scan_run run;

    energy_clear_columns(e);
    clear_lanes(b);
    while (scan_next_run(b->span, &band, &run)) {
        scan_energy_aim(b, e, &run);
        run_again(b, &run);
        scan_energy_end(b, &run);
    }
}
