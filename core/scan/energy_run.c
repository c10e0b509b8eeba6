/* Takes a block's runs apart into rows. Plain C, the same for every row of kernels. */
#include <float.h>
#include "core/scan/block.h"

static void side_begin(struct side *s, struct energy *e, enum energy_side side, uint64_t at)
{
    s->energy = (struct energy_run){
        .row = e->row[side], .col = e->col[side], .cols = e->shape.cols, .at = at};
    if (!s->energy.col)
        return;
    memset(e->row[side], 0, e->n_rows * sizeof(double));
    memset(e->col[side], 0, e->shape.cols * sizeof(double));
}

void scan_energy_begin(struct scan_scratch *b, struct energy *e)
{
    uint64_t at = e->shape.cols > 0 ? b->span->first % e->shape.cols : 0;

    side_begin(&b->base, e, ENERGY_BASE, at);
    side_begin(&b->tuned, e, ENERGY_TUNED, at);
    side_begin(&b->delta, e, ENERGY_DELTA, at);
}

static void side_end(struct energy_run *e)
{
    if (e->col && e->at > 0)
        energy_row_end(e);
}

void scan_energy_end(struct scan_scratch *b)
{
    side_end(&b->base.energy);
    side_end(&b->tuned.energy);
    side_end(&b->delta.energy);
}

/* A difference that overflows has an infinite square; the kernels would leave it out. */
void scan_energy_add_delta(struct scan_scratch *b, size_t n)
{
    double d[SCAN_RUN];

    for (size_t i = 0; i < n; i++) {
        double x = b->base.x[i], y = b->tuned.x[i];

        d[i] = isfinite(x) && isfinite(y) ? fmax(-DBL_MAX, fmin(y - x, DBL_MAX)) : NAN;
    }
    energy_add(side_energy(&b->delta), d, n, energy_squares);
}
