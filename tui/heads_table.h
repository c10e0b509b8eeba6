/* The grid of heads as cells: which heads fit a width, headings that stay while it scrolls, the
 * legend. */
#ifndef TARE_TUI_HEADS_TABLE_H
#define TARE_TUI_HEADS_TABLE_H

#include "tui/heads_grid.h"
#include "tui/surface.h"

struct heads_table {
    bool digits;       /* numbers in place of glyphs */
    int label, cell;   /* columns of a block's name, of a cell with the gap behind it */
    guint left, shown; /* the heads on the screen: [left, left + shown) */
    int stats;         /* 2: mean and max, 1: max alone, 0 */
};

/* What stands in a row beside its values. */
struct heads_marks {
    bool selected;
    guint head;  /* the selected one */
    gint pinned; /* in this row; -1: none */
    bool hit;    /* a search found the block */
};

/* Columns that all heads would take; roomy: with gaps and means. */
int heads_table_wish(const struct heads_table *t, const struct heads_grid *g, bool roomy);
/* Fits into `cols` and scrolls such that the head is in sight. */
void heads_table_fit(struct heads_table *t, const struct heads_grid *g, int cols, guint head);
/* The head at a column; false: none is there. */
bool heads_table_at(const struct heads_table *t, int col, guint *head);

void heads_table_head(const struct heads_table *t, const struct heads_grid *g,
                      const struct surface *s, int row);
void heads_table_row(const struct heads_table *t, const struct heads_grid *g,
                     const struct heads_row *r, const struct surface *s, int row,
                     const struct heads_marks *marks);
/* The largest value of every column. */
void heads_table_foot(const struct heads_table *t, const struct heads_grid *g,
                      const struct surface *s, int row);
/* What the glyphs stand for, with as many numbers as fit. */
void heads_table_legend(const struct heads_table *t, const struct heads_grid *g,
                        const struct surface *s, int row);
/* A value as the grid's measure is shown: percent, marked below its floor (NAN: it knows none), or a
 * norm; returns buf. */
char *heads_value_text(const struct heads_grid *g, double value, double floor, char *buf);

#endif
