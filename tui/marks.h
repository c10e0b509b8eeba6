/* What the findings of the latest check point at: for the flags of rows. Findings that were set
 * aside don't count. UI thread. */
#ifndef TARE_TUI_MARKS_H
#define TARE_TUI_MARKS_H

#include "tui/model.h"

/* Bits. */
enum mark { MARK_OTHER = 1, MARK_DEAD = 2, MARK_OUTLIER = 4, MARK_UNTOUCHED = 8 };

struct marks {
    guint8 *entry; /* [n_entries] enum mark */
    guint8 *group; /* [n_groups], with those of its entries */
    uint32_t n_entries, n_groups;
};

/* From m->comparison, which must be there; a zeroed one is empty. */
void marks_make(struct marks *k, const struct model *m);
void marks_finish(struct marks *k);
/* Appends a word for each: "!outlier"; "!" for what has no word. */
void marks_flags(unsigned marks, GString *out);

#endif
