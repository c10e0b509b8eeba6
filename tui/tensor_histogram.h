/* The histogram of one tensor at any zoom, from its sketch or from the exact bins: pure counts, and
 * the state that h, l, + and - change. */
#ifndef TARE_TUI_TENSOR_HISTOGRAM_H
#define TARE_TUI_TENSOR_HISTOGRAM_H

#include "core/exact.h"
#include "core/scan/scan.h"
#include "tui/keys.h"
#include "tui/surface.h"

enum histogram_mode { MODE_BOTH, MODE_BASE, MODE_TUNED, MODE_DELTA, MODE_COUNT };

#define HISTOGRAM_SERIES 2

struct histogram_series {
    const char *name;
    enum paint paint;
    char letter;
    double *counts; /* [n]; owned */
    uint64_t total; /* finite elements */
    double inside;  /* of them in the range shown */
};

struct histogram {
    enum histogram_mode mode;
    bool log_y;
    double full_low, full_high; /* all values of the series shown */
    double low, high;           /* the range shown; NAN: all */
    int cursor;                 /* bin of the read-out; -1: not placed yet */
    int n, wide;                /* bins, and cells that each takes across */
    struct histogram_series series[HISTOGRAM_SERIES];
    int n_series;
    bool exact; /* counts are of the exact bins */
};

void histogram_init(struct histogram *h);
void histogram_finish(struct histogram *h);
/* Forgets zoom and cursor: another tensor. */
void histogram_reset(struct histogram *h);
/* Counts again for that many cells across; exact may be NULL; 0 is fine. */
void histogram_fill(struct histogram *h, const struct scan_result *r,
                    const struct exact_result *exact, int cols);
/* Left, right, zoom, mode and log; false: none of them. */
bool histogram_act(struct histogram *h, int action);

/* counts[n] over n equal bins of [low, high] out of the exact bins, spread evenly. */
void histogram_rebin(const struct exact_side *x, double low, double high, double *counts, int n);

/* What was counted, in a word: "base and tuned". */
const char *histogram_mode_name(const struct histogram *h);
/* Legend, columns, axis; then the read-out of the cursor in the lines below. */
#define HISTOGRAM_FRAME_ROWS 2
void histogram_draw(const struct histogram *h, const struct surface *s);
/* The count of the highest column. */
double histogram_top(const struct histogram *h);
/* "bin 7: -0.021 .. -0.019" at the cursor, and a line per series; owned. */
char *histogram_bin_text(const struct histogram *h);
char *histogram_count_text(const struct histogram *h, int series);

#endif
