/* Names in the first column of the overview: how wide they would like it to be, and that no two
 * look alike where it is narrower. Pure. */
#ifndef TARE_TUI_OVERVIEW_NAMES_H
#define TARE_TUI_OVERVIEW_NAMES_H

#include "tui/overview_facts.h"

/* Columns of the longest name. */
int overview_names_longest(const struct overview_rows *r);

/* A name cut to `columns` such that what stands at byte `from` of it can be seen; owned. */
char *name_cut_at(const char *name, int columns, gsize from);
/* Of n rows, cuts the names that would look like another one's once they are cut in the middle to
 * `columns`: where they begin to differ is shown. */
void overview_names_apart(struct row_facts *f, guint n, int columns);

#endif
