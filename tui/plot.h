/* Bars, ramps and histograms in cells: eighths and half blocks in UTF-8, characters in ASCII.
 * The information is the same with colour off. */
#ifndef TARE_TUI_PLOT_H
#define TARE_TUI_PLOT_H

#include "tui/surface.h"

/* share in [0,1] of `cols` cells; NAN draws nothing. */
void plot_bar(const struct surface *s, int row, int col, int cols, struct style style,
              double share);

/* One cell for a value on a log scale from low to high: ramp glyph (".:-=+*#%@") and, with colour,
 * the ramp's paint; below low '.' dim; NAN a blank. */
void plot_heat(const struct surface *s, int row, int col, double value, double low, double high);
/* Instead of that, where the storage can't tell the value from rounding: '<' dim. */
void plot_below(const struct surface *s, int row, int col);
/* Step 0..PAINT_RAMP_STEPS-1 of that scale. */
int plot_ramp_step(double value, double low, double high);

/* Cells across that a bin takes so that `cols` hold no more than about 2 sqrt(elems) bins: a
 * histogram of few values in many bins is a comb. */
int plot_bin_width(guint64 elems, int cols);

/* One column of a histogram over the surface's rows, `share` in [0,1] of them filled from below. */
void plot_column(const struct surface *s, int col, struct style style, double share);

struct plot_series {
    const double *counts; /* [n] */
    enum paint paint;
    char letter;      /* what marks it where colour can't: 'b', 't', 'd' */
    const char *name; /* in the legend */
};

/* Overlaid columns, a bin every `wide` cells, over the whole surface (n = its columns / wide).
 * log_y: heights by log10(1 + count). A cell that one series reaches shows its letter, one that
 * several reach a block
 * ('@' in ASCII); '.' on the bottom row: there is something, less than half a cell. One series
 * alone is drawn in solid blocks. */
void plot_columns(const struct surface *s, const struct plot_series *series, int n_series, int wide,
                  bool log_y);
/* "b base  t tuned  @ both"; returns the column after it. */
int plot_columns_legend(const struct surface *s, int row, int col, const struct plot_series *series,
                        int n_series);

struct plot_curve {
    const double *y; /* [n], at x = 1 .. n */
    guint n;         /* may be 0 */
    enum paint paint;
    char letter;
    const double *x; /* [n], rising; NULL: as above */
};

struct plot_range {
    double x_low, x_high;
    double y_low, y_high;
    bool log_x, linear_y; /* y is logarithmic otherwise, and positive */
};

#define PLOT_MOST_CURVES 32

/* Curves over the whole surface, joined by lines: dots of an eighth of a cell, with the curve's
 * letter set into them now and then; in ASCII the letters alone, '@' where curves meet. What is not
 * in the range is left out. */
void plot_curves(const struct surface *s, const struct plot_curve *curves, int n_curves,
                 const struct plot_range *range);

/* Sparkline of n values, each `wide` cells. */
void plot_spark(const struct surface *s, int row, int col, const double *values, int n, int wide,
                struct style style);

#endif
