/* Attentions by heads as a grid of one number each: computed once for a state of the summary.
 *
 * UI thread; of the comparison it only borrows. */
#ifndef TARE_TUI_HEADS_GRID_H
#define TARE_TUI_HEADS_GRID_H

#include "core/heads.h"

enum heads_metric {
    HEADS_RELATIVE, /* pooled over query, key, value and output */
    HEADS_QUERY,    /* relative delta of one part */
    HEADS_KEY,
    HEADS_VALUE,
    HEADS_OUTPUT,
    HEADS_DELTA_L2, /* over the known parts */
    HEADS_BASE_L2,
    HEADS_METRICS
};

struct heads_row {
    guint32 attention;  /* of c->attentions */
    char *label;        /* made safe to show; owned */
    guint n;            /* heads */
    struct head *heads; /* [n] */
    double mean, max;   /* of the metric, NAN if no head has it */
    double floor;       /* mean of the heads' */
};

struct heads_grid {
    const struct comparison *of;
    guint64 version;
    struct heads_row *rows; /* [n_rows], an attention each */
    guint n_rows, n_cols;   /* n_cols: the most heads of any */
    enum heads_metric metric;
    bool by_max;       /* rows with the largest first, else in the model's order */
    double low, high;  /* ends of the scale: two decades below the largest value */
};

void heads_grid_finish(struct heads_grid *g);
/* Follows the comparison. */
void heads_grid_update(struct heads_grid *g, const struct comparison *c);
/* After a change of metric or order. */
void heads_grid_arrange(struct heads_grid *g);

double heads_grid_value(const struct heads_grid *g, const struct head *h);
/* Relative, of what the metric is a delta of; NAN: it is none. */
double heads_grid_floor(const struct heads_grid *g, const struct head *h);
/* 1 for the largest value of all heads; 0 if the head has none. */
guint heads_grid_rank(const struct heads_grid *g, const struct head *h);
guint heads_grid_total(const struct heads_grid *g);
const char *heads_metric_name(enum heads_metric m);
bool heads_metric_is_ratio(enum heads_metric m);

#endif
