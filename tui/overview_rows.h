/* The rows of the overview, apart from how they are drawn: which groups are unfolded, what the
 * filter leaves, in which order; and the pooled numbers of a group, kept until the summary changes.
 *
 * Pure: no surface, no app. UI thread. */
#ifndef TARE_TUI_OVERVIEW_ROWS_H
#define TARE_TUI_OVERVIEW_ROWS_H

#include "core/comparison.h"
#include "core/metric.h"
#include "tui/list.h"

enum overview_sort { SORT_MODEL, SORT_METRIC, SORT_NAME, SORT_PARAMETERS, SORT_COUNT };

struct overview_order {
    enum overview_sort sort;
    bool reverse;
    const struct metric *metric;
};

/* entry PAIR_NONE: the row of the group itself. A group of one tensor has no row of its own. */
struct overview_row {
    uint32_t group, entry;
};

struct group_numbers {
    uint64_t stamp;                      /* version of the summary + 1; 0: never computed */
    struct rollup total;                 /* of a group without matrices: over its vectors */
    bool vectors;                        /* that is so */
    double relative_all;                 /* over all weights, NAN as usual */
    double role[ROLE_COUNT];             /* the metric, pooled per role; NAN: no such tensor */
    bool role_below[ROLE_COUNT];         /* it is a relative delta below its floor */
    uint64_t elems;                      /* of its weights; if it has none, of everything in it */
    uint32_t pending, failed, cancelled; /* entries of any kind */
    uint64_t elems_subtracted, elems_unchanged, elems_flipped; /* of its weights */
    uint32_t unchanged, subtracted, different, base_only, tuned_only;
    double floor; /* what its types can resolve of the ratio: rollup_floor */
};

struct overview_rows {
    const struct comparison *of; /* NULL: nothing loaded */
    struct overview_row *rows;
    guint n, n_groups;
    struct overview_order order;
    struct matcher *filter;   /* NULL: none */
    bool *open, *open_before; /* [n_groups]; as it was before the filter opened everything */
    gsize *skip; /* [n_groups] bytes that all names of the group start with, up to a dot */
    struct group_numbers *numbers; /* [n_groups] */
    uint32_t *sorted_groups;       /* [n_groups] and every group's entries, in the present order */
    uint32_t **sorted_entries;
    uint64_t built; /* version the order was made for */
    bool stale, unsorted;
};

void overview_rows_init(struct overview_rows *r);
void overview_rows_finish(struct overview_rows *r);
/* Looks at a comparison; another one than before drops folds and order of rows. */
void overview_rows_follow(struct overview_rows *r, const struct comparison *c);
/* Makes the rows again if anything they depend on changed; true if so. */
bool overview_rows_build(struct overview_rows *r);

void overview_rows_order(struct overview_rows *r, struct overview_order order);
void overview_rows_fold(struct overview_rows *r, uint32_t group, bool open);
/* Unfolds all, or folds all if all are unfolded. */
void overview_rows_fold_all(struct overview_rows *r);
/* NULL or "": no filter. The number of tensors it leaves. */
guint overview_rows_filter(struct overview_rows *r, const char *text);
bool overview_rows_is_open(const struct overview_rows *r, uint32_t group);
/* A group that shows as one row that is its tensor. */
bool overview_rows_is_single(const struct overview_rows *r, uint32_t group);

/* Every row that the filter leaves, as if all were unfolded; owned by the caller. */
GArray *overview_rows_all(const struct overview_rows *r);
bool overview_rows_hit(const struct overview_rows *r, const struct matcher *m,
                       struct overview_row row);
/* The row of an entry, or of its group while that is folded; 0 if neither is there. */
guint overview_rows_find(const struct overview_rows *r, struct overview_row row);
/* Hits among what the filter leaves, folded or not. */
guint overview_rows_hits(const struct overview_rows *r, const struct matcher *m);
/* The next hit after (before) row `from`, around the end; unfolds its group. False: no hit. */
bool overview_rows_search(struct overview_rows *r, const struct matcher *m, guint from,
                          bool backwards, guint *found);

/* Pooled numbers of a group, of the summary as it is now. */
const struct group_numbers *overview_rows_numbers(struct overview_rows *r, uint32_t group);
/* Value of the order's metric, NAN if it is not there; a group's numbers must be fresh. */
double overview_rows_value(const struct overview_rows *r, struct overview_row row);

#endif
