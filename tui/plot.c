#include "tui/plot.h"

#include <math.h>
#include <string.h>

#define FULL_BLOCK 0x2588
#define EIGHTHS 8

/* "below the scale" first, then one a step of the ramp. */
static const char ramp_glyphs[] = ".:-=+*#%@";

static int clamp_int(double v, int low, int high)
{
    return v <= low ? low : v >= high ? high : (int)v;
}

static void bar_ascii(const struct surface *bar, struct style style, double share)
{
    int full = (int)lround(share * bar->cols);

    surface_fill(bar, 0, 0, 1, bar->cols, style_of(PAINT_DIM), '-');
    surface_fill(bar, 0, 0, 1, full, style, '#');
    if (!full && share > 0)
        surface_glyph(bar, 0, 0, style, '.');
}

static void bar_blocks(const struct surface *bar, struct style style, double share)
{
    int eighths = (int)lround(share * bar->cols * EIGHTHS);

    if (!eighths && share > 0)
        eighths = 1;
    surface_fill(bar, 0, 0, 1, bar->cols, style_of(PAINT_TEXT), ' ');
    surface_fill(bar, 0, 0, 1, eighths / EIGHTHS, style, FULL_BLOCK);
    if (eighths % EIGHTHS)
        surface_glyph(bar, 0, eighths / EIGHTHS, style,
                      FULL_BLOCK + EIGHTHS - (gunichar)(eighths % EIGHTHS));
}

void plot_bar(const struct surface *s, int row, int col, int cols, struct style style, double share)
{
    struct surface bar = surface_part(s, row, col, 1, cols);

    if (isnan(share) || bar.rows < 1)
        return;
    share = CLAMP(share, 0, 1);
    if (s->canvas->ascii)
        bar_ascii(&bar, style, share);
    else
        bar_blocks(&bar, style, share);
}

int plot_ramp_step(double value, double low, double high)
{
    if (!(value > low))
        return 0;
    if (value >= high || !(low > 0))
        return PAINT_RAMP_STEPS - 1;
    return clamp_int(PAINT_RAMP_STEPS * log(value / low) / log(high / low), 0,
                     PAINT_RAMP_STEPS - 1);
}

void plot_heat(const struct surface *s, int row, int col, double value, double low, double high)
{
    int step;

    if (isnan(value)) {
        surface_glyph(s, row, col, style_of(PAINT_TEXT), ' ');
        return;
    }
    if (value < low) {
        surface_glyph(s, row, col, style_of(PAINT_DIM), (gunichar)ramp_glyphs[0]);
        return;
    }
    step = plot_ramp_step(value, low, high);
    surface_glyph(s, row, col, style_of((enum paint)(PAINT_RAMP + step)),
                  (gunichar)ramp_glyphs[1 + step]);
}

void plot_below(const struct surface *s, int row, int col)
{
    surface_glyph(s, row, col, style_of(PAINT_DIM), '<');
}

#define FEWEST_BINS 5

int plot_bin_width(guint64 elems, int cols)
{
    double most = MAX(2 * sqrt((double)elems), FEWEST_BINS);

    return MAX((int)ceil(cols / most), 1);
}

static double height_of(double count, bool log_y)
{
    if (!(count > 0))
        return 0;
    return log_y ? log10(1 + count) : count;
}

static double highest(const struct plot_series *series, int n_series, int n, bool log_y)
{
    double top = 0;

    for (int k = 0; k < n_series; k++)
        for (int i = 0; i < n; i++)
            top = MAX(top, height_of(series[k].counts[i], log_y));
    return top;
}

/* The partly filled cell on top is a step of the ramp. */
static void column_ascii(const struct surface *s, int col, struct style style, int eighths)
{
    int full = eighths / EIGHTHS;

    surface_fill(s, s->rows - full, col, full, 1, style, (gunichar)ramp_glyphs[EIGHTHS]);
    if (eighths % EIGHTHS)
        surface_glyph(s, s->rows - 1 - full, col, style,
                      (gunichar)ramp_glyphs[eighths % EIGHTHS - 1]);
}

static void column_of_blocks(const struct surface *s, int col, struct style style, int eighths)
{
    int full = eighths / EIGHTHS;

    surface_fill(s, s->rows - full, col, full, 1, style, FULL_BLOCK);
    if (eighths % EIGHTHS)
        surface_glyph(s, s->rows - 1 - full, col, style,
                      FULL_BLOCK - EIGHTHS + (gunichar)(eighths % EIGHTHS));
}

void plot_column(const struct surface *s, int col, struct style style, double share)
{
    int eighths = (int)lround(share * s->rows * EIGHTHS);

    if (!eighths && share > 0)
        eighths = 1;
    if (s->canvas->ascii)
        column_ascii(s, col, style, eighths);
    else
        column_of_blocks(s, col, style, eighths);
}

/* Where series stand together: a block, so that what only one reaches stands out. */
static gunichar glyph_of_many(const struct surface *s)
{
    return s->canvas->ascii ? '@' : FULL_BLOCK;
}

/* One cell of a column of several series, each `height` cells tall. */
static void column_cell(const struct surface *s, const struct plot_series *series,
                        const int *height, int n_series, int level, int col)
{
    int reach = 0, last = 0;

    for (int k = 0; k < n_series; k++) {
        if (height[k] <= level)
            continue;
        reach++;
        last = k;
    }
    if (reach == 1)
        surface_glyph(s, s->rows - 1 - level, col, style_of(series[last].paint),
                      (gunichar)series[last].letter);
    else if (reach > 1)
        surface_glyph(s, s->rows - 1 - level, col, style_of(PAINT_DIM), glyph_of_many(s));
}

#define MAX_SERIES 4

static void column_of_letters(const struct surface *s, const struct plot_series *series,
                              int n_series, int col, int bin, bool log_y, double top)
{
    int height[MAX_SERIES], tallest = 0, trace = -1;

    for (int k = 0; k < n_series; k++) {
        double h = height_of(series[k].counts[bin], log_y);

        height[k] = (int)lround(h / top * s->rows);
        tallest = MAX(tallest, height[k]);
        if (h > 0 && trace < 0)
            trace = k;
    }
    if (!tallest && trace >= 0)
        surface_glyph(s, s->rows - 1, col, style_of(series[trace].paint), '.');
    for (int level = 0; level < tallest; level++)
        column_cell(s, series, height, n_series, level, col);
}

void plot_columns(const struct surface *s, const struct plot_series *series, int n_series, int wide,
                  bool log_y)
{
    double top;
    int n = s->cols / wide;

    n_series = MIN(n_series, MAX_SERIES);
    top = highest(series, n_series, n, log_y);
    if (!(top > 0) || !isfinite(top))
        return;
    for (int col = 0; col < n * wide; col++) {
        int bin = col / wide;

        if (n_series == 1 && !s->canvas->ascii)
            plot_column(s, col, style_of(series->paint),
                        height_of(series->counts[bin], log_y) / top);
        else
            column_of_letters(s, series, n_series, col, bin, log_y, top);
    }
}

int plot_columns_legend(const struct surface *s, int row, int col, const struct plot_series *series,
                        int n_series)
{
    for (int k = 0; k < n_series; k++) {
        surface_glyph(s, row, col, (struct style){PAINT_TEXT, (guint8)series[k].paint, 0},
                      n_series == 1 && !s->canvas->ascii ? ' ' : (gunichar)series[k].letter);
        col = surface_print(s, row, col + 1, style_of(PAINT_TEXT), " %s  ", series[k].name);
    }
    if (n_series > 1) {
        surface_glyph(s, row, col, style_of(PAINT_DIM), glyph_of_many(s));
        col = surface_print(s, row, col + 1, style_of(PAINT_TEXT), " %s",
                            n_series == 2 ? "both" : "several");
    }
    return col;
}

void plot_spark(const struct surface *s, int row, int col, const double *values, int n, int wide,
                struct style style)
{
    double top = 0;

    for (int i = 0; i < n; i++)
        if (isfinite(values[i]))
            top = MAX(top, values[i]);
    for (int i = 0; i < n; i++) {
        int step = top > 0 ? clamp_int(values[i] / top * EIGHTHS, 0, EIGHTHS - 1) : 0;

        if (isnan(values[i]))
            continue;
        surface_fill(s, row, col + i * wide, 1, wide, style,
                     s->canvas->ascii ? (gunichar)ramp_glyphs[1 + step] : 0x2581 + (gunichar)step);
    }
}
