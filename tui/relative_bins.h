/* How many of many things moved how far: counts by half decades of the relative delta. */
#ifndef TARE_TUI_RELATIVE_BINS_H
#define TARE_TUI_RELATIVE_BINS_H

#include "tui/surface.h"

#define RELATIVE_BINS 12

struct relative_bins {
    guint n[RELATIVE_BINS]; /* [0]: exactly 0; [1]: below 0.01 %; the last: 1000 % and more */
    guint undefined;
};

/* NAN counts as undefined. */
void relative_bins_add(struct relative_bins *b, double relative);
/* A row a bin, from the top: its lower end, a bar, the count. */
void relative_bins_draw(const struct relative_bins *b, const struct surface *s);

#endif
