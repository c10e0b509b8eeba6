/* What the pairs view lists, apart from how it is drawn: tensors of one side, pairs that differ or
 * deserve a remark, and everything that is in the files and no weight.
 *
 * Pure; rows refer to the comparison and live as long as it. */
#ifndef TARE_TUI_PAIRS_ROWS_H
#define TARE_TUI_PAIRS_ROWS_H

#include "core/comparison.h"
#include "tui/list.h"

enum pairs_pane { PANE_BASE_ONLY, PANE_TUNED_ONLY, PANE_DIFFERENT, PANE_ASIDE, PANE_COUNT };

enum aside { ASIDE_NONE, ASIDE_SKIPPED, ASIDE_WARNING, ASIDE_ALIAS };

struct pairs_row {
    uint32_t entry; /* PAIR_NONE for the last pane */
    enum aside aside;
    bool tuned;                /* which side */
    const char *path, *reason; /* of what is aside; raw */
};

struct pairs_rows {
    GArray *pane[PANE_COUNT]; /* struct pairs_row */
    guint n_aliases, n_skipped, n_warnings;
};

void pairs_rows_init(struct pairs_rows *p);
void pairs_rows_finish(struct pairs_rows *p);
/* m NULL: everything. The number of rows. */
guint pairs_rows_build(struct pairs_rows *p, const struct comparison *c, const struct matcher *m);

/* The row's text in columns, escaped and owned: name, then shape and type, then why. */
struct pairs_text {
    char *name, *shape, *why;
};
void pairs_text_init(struct pairs_text *t, const struct comparison *c, const struct pairs_row *row);
void pairs_text_finish(struct pairs_text *t);

#endif
