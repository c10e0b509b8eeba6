/* The pane below the overview: the selected row in full. */
#ifndef TARE_TUI_OVERVIEW_PREVIEW_H
#define TARE_TUI_OVERVIEW_PREVIEW_H

#include "tui/overview_rows.h"
#include "tui/surface.h"

#define PREVIEW_ROWS 7

/* Under a rule with the lead and the name of the row. Group numbers must be fresh. */
void overview_preview_draw(const struct overview_rows *r, struct overview_row row, const char *lead,
                           const struct surface *s);

#endif
