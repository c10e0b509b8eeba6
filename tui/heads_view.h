/* What the two files of the view of heads share: one acts, the other draws. Private to them. */
#ifndef TARE_TUI_HEADS_VIEW_H
#define TARE_TUI_HEADS_VIEW_H

#include "tui/heads_page.h"
#include "tui/heads_table.h"
#include "tui/list.h"
#include "tui/view.h"

#define TALL_ENOUGH 10 /* rows from which on legend and maxima are there */
#define HEAD_ROWS 2    /* headings, maxima */
#define FOOT_ROWS 2    /* legend, where the heads come from: the last of the view */
#define NO_ATTENTION G_MAXUINT32

enum { HEADS_DIGITS = ACTION_VIEW, HEADS_ONE, HEADS_CATEGORY_BEFORE, HEADS_CATEGORY_AFTER };

struct place_of_head {
    uint32_t attention, head;
};

struct heads_view {
    struct view view;
    struct heads_grid grid;
    struct heads_table table;
    struct list list;
    struct page page, second; /* the selected head, the pinned one; or why there is no grid */
    struct place_of_head at, pinned;
    uint32_t said_head; /* what the other views were told of */
    uint32_t said_entry;
    struct matcher *search;
    bool one; /* of what flows: the category that is selected, in place of all */
    int grid_columns;
    enum { READOUT_LINE, READOUT_BESIDE, READOUT_BELOW } readout;
};

bool heads_ready(const struct heads_view *d);
const struct heads_row *heads_selected(const struct heads_view *d);

/* As the operations of a view. */
void heads_draw(const struct view *v, const struct surface *s);
char *heads_copy(const struct view *v);

#endif
