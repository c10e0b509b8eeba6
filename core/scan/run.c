/* Takes a block apart into runs. */
#include "core/scan/block.h"

static size_t least(uint64_t a, uint64_t b)
{
    return (size_t)(a < b ? a : b);
}

/* Sixteens of narrow rows make whole groups of lanes. */
static size_t rows_at_once(uint64_t cols)
{
    size_t rows = SCAN_RUN / least(cols, SCAN_STRIPE);

    return rows < SCAN_LANES ? rows : rows / SCAN_LANES * SCAN_LANES;
}

/* Whole rows as long as there are, or what the block has of one. */
static void next_band(const struct scan_span *span, struct scan_band *band)
{
    uint64_t cols = span->shape.cols, place = span->first + band->at, left = span->n - band->at;

    band->rows = 1;
    band->done = 0;
    if (span->shape.rows == 0) {
        band->cols = left;
        return;
    }
    band->row = place / cols - span->first / cols;
    band->col = place % cols;
    band->cols = least(left, cols - band->col);
    if (band->cols == cols)
        band->rows = least(left / cols, rows_at_once(cols));
}

/* Columns of a band that a run takes. */
static size_t run_cols(const struct scan_band *band)
{
    if (band->cols < SCAN_STRIPE)
        return band->cols;
    return SCAN_RUN / band->rows / SCAN_STRIPE * SCAN_STRIPE;
}

bool scan_next_run(const struct scan_span *span, struct scan_band *band, struct scan_run *run)
{
    if (band->done == band->cols) {
        band->at += band->rows * band->cols;
        if (band->at == span->n)
            return false;
        next_band(span, band);
    }
    run->at = band->at + band->done;
    run->rows = band->rows;
    run->cols = least(run_cols(band), band->cols - band->done);
    run->n = run->rows * run->cols;
    run->stride = band->cols;
    run->row = band->row;
    run->col = band->col + band->done;
    band->done += run->cols;
    run->is_last = band->done == band->cols;
    return true;
}

size_t scan_run_place(const struct scan_run *run, size_t k)
{
    size_t stripe = k / (SCAN_STRIPE * run->rows), first = stripe * SCAN_STRIPE;
    size_t cols = least(SCAN_STRIPE, run->cols - first), rest = k - first * run->rows;

    return run->at + rest / cols * run->stride + first + rest % cols;
}

static void gather_stripe(struct side *s, const struct scan_run *run, size_t first)
{
    size_t cols = least(SCAN_STRIPE, run->cols - first);
    double *x = s->x + first * run->rows;

    for (size_t r = 0; r < run->rows; r++)
        s->decode(x + r * cols, side_at(s, run->at + first + r * run->stride), cols);
}

void side_gather(struct side *s, const struct scan_run *run)
{
    if (run->rows == 1 || (run->cols == run->stride && run->cols <= SCAN_STRIPE)) {
        side_decode(s, run->at, run->n);
        return;
    }
    for (size_t first = 0; first < run->cols; first += SCAN_STRIPE)
        gather_stripe(s, run, first);
}

static void gather_squares(struct side *s, const struct scan_run *run)
{
    for (size_t first = 0; first < run->cols; first += SCAN_STRIPE)
        s->gather(&s->tile, s->tile.col + first, s->x + first * run->rows,
                  side_at(s, run->at + first), least(SCAN_STRIPE, run->cols - first),
                  run->stride);
}

void side_square(struct scan_scratch *b, struct side *s)
{
    if (!b->energy_spoilt)
        b->ops->squares(&s->tile, s->x);
}

static bool is_gathered(const struct scan_scratch *b, const struct side *s,
                        const struct scan_run *run)
{
    return !b->energy_spoilt && s->gather && run->cols % (s->tile.lanes ? SCAN_LANES : 8) == 0;
}

void side_load(struct scan_scratch *b, struct side *s, const struct scan_run *run)
{
    if (is_gathered(b, s, run)) {
        gather_squares(s, run);
    } else {
        side_gather(s, run);
        side_square(b, s);
    }
}
