/* What the overview gives away: a row as a line of text, all rows as a table.
 *
 * found as in overview_facts.h. */
#ifndef TARE_TUI_OVERVIEW_EXPORT_H
#define TARE_TUI_OVERVIEW_EXPORT_H

#include <stdio.h>

#include "tui/overview_rows.h"

/* Owned by the caller. The group's numbers must be fresh. */
char *overview_line(const struct overview_rows *r, struct overview_row row, const guint8 *found);
/* TSV with a heading: every row the filter leaves, folded or not; what is not defined is empty. */
void overview_table_write(struct overview_rows *r, const guint8 *found, FILE *out);

#endif
