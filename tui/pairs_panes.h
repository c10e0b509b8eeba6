/* The lists of the pairs view on the screen: where each lies, how its rows look, and a search
 * through all of them. UI thread; the comparison is borrowed. */
#ifndef TARE_TUI_PAIRS_PANES_H
#define TARE_TUI_PAIRS_PANES_H

#include "tui/pairs_rows.h"
#include "tui/surface.h"

struct pane {
    struct list list;
    int row, col, rows, cols; /* with its title row; rows 0: not shown */
};

struct pairs_panes {
    struct pairs_rows rows;
    const struct comparison *of;
    struct pane panes[PANE_COUNT];
    int focus; /* the pane that has the keys */
};

/* Side by side where there is room, else stacked; a pane with rows gets the keys. */
void pairs_panes_layout(struct pairs_panes *p, int rows, int cols);
void pairs_panes_draw(const struct pairs_panes *p, const struct surface *s);
/* In all lists; the one with the hit gets the keys. The number of hits. */
guint pairs_panes_search(struct pairs_panes *p, const struct matcher *m, enum list_way way);

#endif
