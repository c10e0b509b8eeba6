#include "tui/tensor_histogram.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "tui/plot.h"
#include "tui/units.h"

/* Below this share of a column an exact bin is too coarse, and the sketch is finer near zero. */
#define FINEST_COLUMN 0.5

void histogram_init(struct histogram *h)
{
    *h = (struct histogram){.low = NAN, .high = NAN, .cursor = -1};
}

void histogram_finish(struct histogram *h)
{
    for (int i = 0; i < HISTOGRAM_SERIES; i++)
        g_clear_pointer(&h->series[i].counts, g_free);
    h->n_series = h->n = 0;
}

void histogram_reset(struct histogram *h)
{
    h->low = h->high = NAN;
    h->cursor = -1;
}

/* One side of a result. */
struct side {
    const struct stats *stats;
    const struct sketch *sketch;
    const struct exact_side *exact;
    const char *name;
    enum paint paint;
    char letter;
};

static int sides_of(const struct histogram *h, const struct scan_result *r,
                    const struct exact_result *x, struct side sides[HISTOGRAM_SERIES])
{
    const struct side base = {&r->stats.base, &r->base,   x ? &x->base : NULL,
                              "base",         PAINT_BASE, 'b'};
    const struct side tuned = {&r->stats.tuned, &r->tuned,   x ? &x->tuned : NULL,
                               "tuned",         PAINT_TUNED, 't'};
    const struct side delta = {&r->stats.delta, &r->delta,   x ? &x->delta : NULL,
                               "delta",         PAINT_DELTA, 'd'};
    int n = 0;

    if (h->mode == MODE_DELTA && r->has_delta) {
        sides[n++] = delta;
        return n;
    }
    if (r->has_base && (h->mode != MODE_TUNED || !r->has_tuned))
        sides[n++] = base;
    if (r->has_tuned && (h->mode != MODE_BASE || !r->has_base))
        sides[n++] = tuned;
    return n;
}

static void find_range(struct histogram *h, const struct side *sides, int n)
{
    h->full_low = INFINITY;
    h->full_high = -INFINITY;
    for (int i = 0; i < n; i++) {
        if (isnan(sides[i].stats->min))
            continue;
        h->full_low = MIN(h->full_low, sides[i].stats->min);
        h->full_high = MAX(h->full_high, sides[i].stats->max);
    }
    if (!(h->full_low <= h->full_high))
        h->full_low = h->full_high = 0;
    if (h->full_low == h->full_high) { /* a constant stands in the middle */
        double room = h->full_low != 0 ? fabs(h->full_low) / 2 : 1;

        h->full_low -= room;
        h->full_high += room;
    }
    /* A range beyond the largest double can't be divided into columns. */
    h->full_low = MAX(h->full_low, -DBL_MAX / 4);
    h->full_high = MIN(h->full_high, DBL_MAX / 4);
}

static void clamp_range(struct histogram *h)
{
    if (isnan(h->low)) {
        h->low = h->full_low;
        h->high = h->full_high;
    }
    h->low = CLAMP(h->low, h->full_low, h->full_high);
    h->high = CLAMP(h->high, h->full_low, h->full_high);
    if (!(h->low < h->high)) {
        h->low = h->full_low;
        h->high = h->full_high;
    }
}

void histogram_rebin(const struct exact_side *x, double low, double high, double *counts, int n)
{
    double width = (x->high - x->low) / EXACT_BINS, column = (high - low) / n;

    memset(counts, 0, sizeof counts[0] * (gsize)n);
    for (int i = 0; i < EXACT_BINS; i++) {
        double from = (x->low + i * width - low) / column;
        double to = (x->low + (i + 1) * width - low) / column;

        if (!x->bins[i] || to < 0 || from > n)
            continue;
        if (!(to > from)) { /* a constant: all in one place */
            counts[CLAMP((int)from, 0, n - 1)] += (double)x->bins[i];
            continue;
        }
        for (int k = MAX((int)from, 0); k < n && k < to; k++) {
            double part = MIN(to, k + 1.0) - MAX(from, (double)k);

            if (part > 0)
                counts[k] += (double)x->bins[i] * part / (to - from);
        }
    }
}

/* A bin of the sketch that holds the smallest value reaches below it, and so at the largest: what
 * is spread beyond an end of all values belongs to the last column there. */
static void fill_from_sketch(const struct histogram *h, struct histogram_series *out,
                             const struct side *side)
{
    sketch_histogram(side->sketch, h->low, h->high, out->counts, (size_t)h->n);
    if (!side->sketch->total)
        return;
    if (h->low <= h->full_low)
        out->counts[0] += sketch_rank(side->sketch, h->low);
    if (h->high >= h->full_high)
        out->counts[h->n - 1] += (double)side->sketch->total - sketch_rank(side->sketch, h->high);
}

static void put_constant(const struct histogram *h, struct histogram_series *out, double value)
{
    double column = (value - h->low) / (h->high - h->low) * h->n;

    if (column >= 0 && column <= h->n)
        out->counts[MIN((int)column, h->n - 1)] = (double)out->total;
}

static void fill_series(struct histogram *h, struct histogram_series *out, const struct side *side)
{
    out->name = side->name;
    out->paint = side->paint;
    out->letter = side->letter;
    out->total = stats_finite(side->stats);
    out->counts = g_new0(double, h->n);
    if (side->stats->min == side->stats->max)
        put_constant(h, out, side->stats->min);
    else if (h->exact)
        histogram_rebin(side->exact, h->low, h->high, out->counts, h->n);
    else
        fill_from_sketch(h, out, side);
    out->inside = 0;
    for (int i = 0; i < h->n; i++)
        out->inside += out->counts[i];
}

/* The finer of the two: a bin of the sketch grows with its values, an exact one does not. */
static bool exact_is_finer(const struct histogram *h, const struct exact_side *x)
{
    double bin = (x->high - x->low) / EXACT_BINS, column = (h->high - h->low) / h->n;

    return column >= bin * FINEST_COLUMN ||
           bin <= 2 * SKETCH_ERROR * MAX(fabs(h->low), fabs(h->high));
}

static uint64_t most_elements(const struct side *sides, int n)
{
    uint64_t most = 0;

    for (int i = 0; i < n; i++)
        most = MAX(most, stats_finite(sides[i].stats));
    return most;
}

void histogram_fill(struct histogram *h, const struct scan_result *r,
                    const struct exact_result *exact, int cols)
{
    struct side sides[HISTOGRAM_SERIES];
    int n_series;

    histogram_finish(h);
    if (cols < 1)
        return;
    n_series = sides_of(h, r, exact, sides);
    find_range(h, sides, n_series);
    clamp_range(h);
    h->wide = plot_bin_width(most_elements(sides, n_series), cols);
    h->n = MAX(cols / h->wide, 1);
    h->exact = exact != NULL;
    for (int i = 0; i < n_series && exact; i++)
        h->exact &= exact_is_finer(h, sides[i].exact);
    for (int i = 0; i < n_series; i++)
        fill_series(h, &h->series[i], &sides[i]);
    h->n_series = n_series;
    h->cursor = h->cursor < 0 ? h->n / 2 : MIN(h->cursor, h->n - 1);
}

static double column_value(const struct histogram *h, double column)
{
    return h->low + (h->high - h->low) * column / h->n;
}

/* Shows `factor` of the present width, the cursor's value staying in its column. */
static void zoom(struct histogram *h, double factor)
{
    double share = (h->cursor + 0.5) / h->n, centre = column_value(h, h->cursor + 0.5);
    double width = (h->high - h->low) * factor;

    width = MIN(width, h->full_high - h->full_low);
    if (!(width > 0) || centre - width * share == centre)
        return;
    h->low = centre - width * share;
    h->low = CLAMP(h->low, h->full_low, h->full_high - width);
    h->high = h->low + width;
}

bool histogram_act(struct histogram *h, int action)
{
    switch (action) {
    case ACTION_LEFT:
        h->cursor = MAX(h->cursor - 1, 0);
        return true;
    case ACTION_RIGHT:
        h->cursor = MAX(MIN(h->cursor + 1, h->n - 1), 0);
        return true;
    case ACTION_ZOOM_IN:
    case ACTION_ZOOM_OUT:
        if (h->n > 0)
            zoom(h, action == ACTION_ZOOM_IN ? 0.5 : 2);
        return true;
    case ACTION_ZOOM_RESET:
        histogram_reset(h);
        return true;
    case ACTION_MODE:
        h->mode = (h->mode + 1) % MODE_COUNT;
        histogram_reset(h);
        return true;
    case ACTION_LOG:
        h->log_y = !h->log_y;
        return true;
    }
    return false;
}

const char *histogram_mode_name(const struct histogram *h)
{
    static const char *const names[MODE_COUNT] = {"base and tuned", "base", "tuned", "delta"};

    return h->n_series == 1 ? h->series[0].name : names[h->mode];
}

/* Drawing. */

double histogram_top(const struct histogram *h)
{
    double most = 0;

    for (int i = 0; i < h->n_series; i++)
        for (int k = 0; k < h->n; k++)
            most = MAX(most, h->series[i].counts[k]);
    return most;
}

/* A label of the axis, unless the cursor stands in it. */
static void draw_tick(const struct histogram *h, const struct surface *s, int row, int col,
                      const char *text)
{
    int end = col + (int)strlen(text), cursor = h->cursor * h->wide;

    if (cursor + h->wide < col || cursor > end)
        surface_text(s, row, col, style_of(PAINT_DIM), text);
}

static void draw_axis(const struct histogram *h, const struct surface *s, int row)
{
    double middle = (h->low + h->high) / 2;
    int cols = h->n * h->wide;
    char text[UNIT_BYTES];

    draw_tick(h, s, row, 0, unit_value(text, h->low, 9));
    unit_value(text, h->high, 9);
    draw_tick(h, s, row, cols - (int)strlen(text), text);
    unit_value(text, fabs(middle) < 1e-9 * (h->high - h->low) ? 0 : middle, 9);
    if (cols > 36)
        draw_tick(h, s, row, (cols - (int)strlen(text)) / 2, text);
    surface_fill(s, row, h->cursor * h->wide, 1, h->wide, style_of(PAINT_KEY), '^');
    surface_cursor(s, row, h->cursor * h->wide);
}

void histogram_draw(const struct histogram *h, const struct surface *s)
{
    struct plot_series series[HISTOGRAM_SERIES];
    struct surface plot = surface_part(s, 1, 0, s->rows - HISTOGRAM_FRAME_ROWS, h->n * h->wide);

    if (h->n_series == 0 || h->n < 1 || s->rows < 3 || plot.cols != h->n * h->wide)
        return;
    for (int i = 0; i < h->n_series; i++)
        series[i] = (struct plot_series){h->series[i].counts, h->series[i].paint,
                                         h->series[i].letter, h->series[i].name};
    plot_columns_legend(s, 0, 0, series, h->n_series);
    plot_columns(&plot, series, h->n_series, h->wide, h->log_y);
    draw_axis(h, s, s->rows - 1);
}

char *histogram_bin_text(const struct histogram *h)
{
    char low[UNIT_BYTES], high[UNIT_BYTES];

    if (!h->n)
        return g_strdup("");
    return g_strdup_printf("bin %d: %s .. %s", h->cursor + 1,
                           unit_value(low, column_value(h, h->cursor), 9),
                           unit_value(high, column_value(h, h->cursor + 1), 9));
}

char *histogram_count_text(const struct histogram *h, int series)
{
    const struct histogram_series *s = &h->series[series];
    double total = s->total ? (double)s->total : NAN, outside = (double)s->total - s->inside;
    char share[UNIT_BYTES], out[UNIT_BYTES];
    double count = s->counts[h->cursor];
    /* Else it is a part of one bin of what was counted. */
    bool whole = count >= 10 || fabs(count - round(count)) < 0.01;

    return g_strdup_printf("%-5s %s%.*f (%s)%s%s", s->name, whole ? "" : "~", whole ? 0 : 1, count,
                           unit_percent(share, count / total), outside > 0.5 ? "  outside " : "",
                           outside > 0.5 ? unit_count(out, (guint64)(outside + 0.5)) : "");
}
