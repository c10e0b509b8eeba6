/* Attentions x heads as numbers: of which part of the attention, which measure, in which order, on
 * which scale.
 *
 * Pure: no surface, no app. UI thread; of the comparison it only borrows. */
#ifndef TARE_TUI_HEADS_GRID_H
#define TARE_TUI_HEADS_GRID_H

#include <stdio.h>

#include "core/activity.h"
#include "core/heads.h"

/* A part of enum head_part, or all of them pooled. */
#define HEADS_ALL ((unsigned)HEAD_PARTS)

/* Norms are of the weights that belong to the head. From HEADS_SHIFT on: what the head does on the
 * examples that the models were run on; of two models the magnitude of the change, of one the value
 * itself. */
enum heads_measure {
    HEADS_RELATIVE,
    HEADS_BASE,
    HEADS_TUNED,
    HEADS_DELTA,
    HEADS_SHIFT,    /* of attention, 0 to 1: activity_head */
    HEADS_ENTROPY,
    HEADS_FIRST,    /* attention on the first token */
    HEADS_PREVIOUS, /* on the token before */
    HEADS_MEASURES
};

struct heads_row {
    uint32_t attention; /* of the comparison's */
    uint32_t n;         /* heads */
    struct head *heads; /* [n] */
    struct activity_head *flow; /* [n]; NULL: nothing of it was run */
    double *values;     /* [n], NAN: undefined or not there yet */
    double *floors;     /* [n], what the stored types can resolve of a value; NAN: none known */
    double mean, max;   /* of those that are there; NAN: none */
    double floor;       /* mean of the floors */
    char *label;        /* of the attention, escaped; owned */
};

struct heads_grid {
    const struct comparison *of; /* NULL: nothing loaded */
    guint64 stamp;               /* version of the summary + 1 */
    uint32_t category;           /* of the activity, or ACTIVITY_ALL: set before an update */
    struct {
        const struct activity *of;
        uint64_t rows;
        uint32_t category;
    } flow; /* what the rows' numbers of it are of */
    struct heads_row *rows;      /* [n_rows], an attention each, in model order */
    guint n_rows, columns;       /* columns: the most heads of a row */
    guint *shown;                /* [n_rows] indices of rows, in the order of the list */
    double *column_max;          /* [columns]; NAN: nothing there */
    unsigned part;               /* enum head_part or HEADS_ALL */
    enum heads_measure measure;
    bool by_max, reversed;
    double low, high; /* of the log scale that all cells share; high 0: nothing to show */
};

void heads_grid_init(struct heads_grid *g);
void heads_grid_finish(struct heads_grid *g);
/* Follows the comparison (NULL: none); true if the rows are others than before. */
bool heads_grid_update(struct heads_grid *g, const struct comparison *c);
/* Metric (the part), mode (the measure), sort and reverse; false: none of them. */
bool heads_grid_act(struct heads_grid *g, int action);
/* A part or measure by its name, "all", "query", "delta" ...; false: no such. */
bool heads_grid_choose(struct heads_grid *g, const char *name);

/* Whether it is about what the head does, not about its weights. */
bool heads_is_flow(enum heads_measure measure);
/* NAN: nothing was seen. */
double heads_flow_value(const struct activity_head *h, bool pair, enum heads_measure measure);
/* One file has base norms alone; what flows is there if models were run. */
bool heads_grid_can(const struct heads_grid *g, enum heads_measure measure);
double heads_value(const struct head *h, unsigned part, enum heads_measure measure);
/* Of a relative value, what the stored types can resolve; NAN: it knows none. */
double heads_floor(const struct head *h, unsigned part, enum heads_measure measure);
/* Some value on the grid is below its floor. */
bool heads_grid_any_below(const struct heads_grid *g);
/* The part with the largest value of the measure; HEADS_ALL: none has any. */
unsigned heads_strongest(const struct head *h, enum heads_measure measure);
/* 1-based place of a value among all cells, the largest first; *of: how many there are. */
guint heads_grid_rank(const struct heads_grid *g, double value, guint *of);
/* The place of an attention in the order of the list; false: not there. */
bool heads_grid_find(const struct heads_grid *g, uint32_t attention, guint *at);
/* The row at a place of the list. */
const struct heads_row *heads_grid_row(const struct heads_grid *g, guint at);

const char *heads_measure_name(enum heads_measure measure);
const char *heads_part_title(unsigned part); /* "q,k,v,o", "query" ... */
/* "L13.h5"; owned. */
char *heads_name(const struct heads_row *row, uint32_t head);
/* TSV with a heading, a line a head, all parts; what is not defined is empty. */
void heads_grid_write(const struct heads_grid *g, FILE *out);

#endif
