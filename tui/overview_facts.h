/* What a row of the overview says, the same for a group and a tensor, on the screen and in TSV. */
#ifndef TARE_TUI_OVERVIEW_FACTS_H
#define TARE_TUI_OVERVIEW_FACTS_H

#include "tui/marks.h"
#include "tui/model.h"
#include "tui/overview_rows.h"

struct row_facts {
    char *name;  /* escaped, as it stands under its group */
    char *shape; /* or "6 tensors" */
    char dtype[24];
    GString *flags;
    char *error; /* escaped; NULL unless the tensor failed */
    bool folds, open, nested;
    bool outside; /* optimizer and others: no part of the model */
    bool hit;     /* a search found it */
    bool pinned;  /* its numbers stay in the preview */
    bool pending; /* not scanned yet: its numbers are not there */
    bool below;   /* relative delta below the storage floor: shown dim, marked '<' */
    bool dim;     /* that, or of vectors only */
    uint64_t elems;
    double base_l2, tuned_l2, delta_l2, value, cosine;
    double unchanged, flips;     /* shares of the elements */
    double rms, min, max, zeros; /* of the one side that stands for a tensor */
    const double *role;          /* [ROLE_COUNT] of a complete group, else NULL */
    const bool *role_below;      /* the same of struct group_numbers */
};

/* marks NULL: none. Group numbers must be fresh. */
void row_facts_init(struct row_facts *f, const struct overview_rows *r, struct overview_row row,
                    const struct marks *marks);
void row_facts_finish(struct row_facts *f);

#endif
