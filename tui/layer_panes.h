/* The panes of the layer view on the screen: the tensors of one group, what they add up to, one of
 * them in brief. UI thread; the comparison is borrowed. */
#ifndef TARE_TUI_LAYER_PANES_H
#define TARE_TUI_LAYER_PANES_H

#include "tui/layer_page.h"
#include "tui/marks.h"
#include "tui/overview_table.h"
#include "tui/tensor_histogram.h"

#define NO_GROUP G_MAXUINT32

enum pane { PANE_TENSORS, PANE_TOTALS, PANE_TENSOR, PANES };

struct rectangle {
    int row, col, rows, cols; /* with its title; rows 0: not shown */
};

struct layer_panes {
    struct overview_rows rows; /* of all groups; this view's is unfolded in it */
    struct overview_table table;
    struct marks marks;
    struct list list;
    uint32_t *shown; /* [list.n] entries of the group, in the order of the list */
    uint32_t group;  /* NO_GROUP: none yet */
    guint64 scaled;  /* version of the summary + 1 that the scale was made for */
    struct page totals, tensor;
    struct histogram histogram;
    uint32_t counted; /* the entry the histogram was reset for */
    struct matcher *search;
    enum pane pane; /* has the keys */
    bool maximised;
    struct rectangle at[PANES];
    int plot_rows; /* of the tensor's pane, for the histogram */
};

/* PAIR_NONE: the filter leaves nothing of this layer. */
uint32_t layer_panes_selected(const struct layer_panes *d);

/* Where each pane lies; then, with the marks made, what it shows. There must be a group. */
void layer_panes_place(struct layer_panes *d, int rows, int cols);
void layer_panes_fill(struct layer_panes *d);
void layer_panes_draw(const struct layer_panes *d, const struct surface *s);

#endif
