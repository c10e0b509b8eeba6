/* What the overview gives away: a row as a line of text, all rows as a table.
 *
 * marks as in overview_facts.h. */
#ifndef TARE_TUI_OVERVIEW_EXPORT_H
#define TARE_TUI_OVERVIEW_EXPORT_H

#include <stdio.h>

#include "tui/marks.h"
#include "tui/overview_rows.h"

/* Owned by the caller. The group's numbers must be fresh. */
char *overview_line(const struct overview_rows *r, struct overview_row row, const struct marks *marks);
/* TSV with a heading: every row the filter leaves, folded or not; what is not defined is empty. */
void overview_table_write(struct overview_rows *r, const struct marks *marks, FILE *out);

/* The same columns for the entries of one group, whose numbers must be fresh. */
void overview_group_write(const struct overview_rows *r, uint32_t group, const uint32_t *entries,
                          guint n, const struct marks *marks, FILE *out);

#endif
