/* One head in lines: its parts on both sides, how far they moved, its rank, what it shares. */
#ifndef TARE_TUI_HEADS_PAGE_H
#define TARE_TUI_HEADS_PAGE_H

#include "tui/heads_grid.h"
#include "tui/page.h"

#define HEADS_PAGE_COLUMNS 38
#define HEADS_PAGE_ROWS 10 /* at most, of its weights */
#define HEADS_FLOW_ROWS 7  /* and of what it does, if models were run */

/* Appends; pinned: the one that another is compared with, in brief. */
void heads_page_add(struct page *p, const struct heads_grid *g, const struct heads_row *row,
                    uint32_t head, bool pinned);

#endif
