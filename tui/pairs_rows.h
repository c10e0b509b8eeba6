/* What the pairs view lists, apart from how it is drawn: tensors of one side, pairs that differ or
 * deserve a remark, and everything that is in the files and no weight.
 *
 * Pure; rows refer to the comparison and live as long as it. */
#ifndef TARE_TUI_PAIRS_ROWS_H
#define TARE_TUI_PAIRS_ROWS_H

#include "core/pair_content.h"
#include "tui/list.h"

enum pairs_pane {
    PANE_BASE_ONLY,
    PANE_TUNED_ONLY,
    PANE_PROPOSALS,
    PANE_DIFFERENT, /* the rules at work, then pairs */
    PANE_ASIDE,
    PANE_COUNT
};

enum aside { ASIDE_NONE, ASIDE_SKIPPED, ASIDE_WARNING, ASIDE_ALIAS, ASIDE_RULE, ASIDE_PROPOSAL };

struct pairs_row {
    uint32_t entry; /* PAIR_NONE: no tensor that stands in the pairing, but what `aside` says */
    enum aside aside;
    guint proposal; /* of ASIDE_PROPOSAL: its index */
    uint32_t count; /* of ASIDE_RULE: pairs that it made */
    bool tuned;                /* which side */
    const char *path, *reason; /* of what is aside; raw */
};

struct pairs_rows {
    GArray *pane[PANE_COUNT]; /* struct pairs_row */
    GArray *proposals;        /* struct proposal; NULL while the scan runs */
    const struct comparison *proposals_of;
    uint64_t proposals_at; /* the summary's version that they were made from */
    guint n_aliases, n_skipped, n_warnings;
    guint n_rules; /* listed */
};

void pairs_rows_init(struct pairs_rows *p);
void pairs_rows_finish(struct pairs_rows *p);
/* m NULL: everything. The number of rows. */
guint pairs_rows_build(struct pairs_rows *p, const struct comparison *c, const struct matcher *m);

/* Looks for proposals where the scan has ended and they are not those already; true: there are
 * others now, and the rows are to be built again. */
bool pairs_rows_propose(struct pairs_rows *p, const struct comparison *c);

/* The row's text in columns, escaped and owned: name, then shape and type, then why. */
struct pairs_text {
    char *name, *shape, *why;
};
void pairs_text_init(struct pairs_text *t, const struct pairs_rows *p, const struct comparison *c,
                     const struct pairs_row *row);
void pairs_text_finish(struct pairs_text *t);

#endif
