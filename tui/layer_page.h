/* One layer or block in lines: what its tensors add up to, and the rows and columns of one of them
 * that stand out. Pure. */
#ifndef TARE_TUI_LAYER_PAGE_H
#define TARE_TUI_LAYER_PAGE_H

#include "tui/overview_rows.h"
#include "tui/page.h"

/* Numbers pooled over the group; its place among the others once all is scanned. */
void layer_page_totals(struct page *p, struct overview_rows *r, uint32_t group, int cols);
/* side: whose rows and columns are ranked, by their norm; ENERGY_DELTA falls back to a side that is
 * there. */
void layer_page_tensor(struct page *p, const struct comparison *c, uint32_t entry,
                       enum energy_side side, int cols);

#endif
