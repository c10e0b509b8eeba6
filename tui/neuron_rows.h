/* Neurons of a group as the view lists them: computed once for a group, sorted once for an order.
 *
 * UI thread; of the comparison it only borrows. */
#ifndef TARE_TUI_NEURON_ROWS_H
#define TARE_TUI_NEURON_ROWS_H

#include "core/neurons.h"
#include "tui/list.h"
#include "tui/relative_bins.h"

enum neuron_sort { NEURON_BY_RELATIVE, NEURON_BY_NORM, NEURON_BY_UNIT, NEURON_SORTS };

struct neuron_rows {
    const struct comparison *of;
    guint64 version;
    GArray *groups; /* struct neuron_group */
    guint group;
    struct neuron *units; /* [n_units], by number */
    guint n_units;
    double top; /* the largest relative, 1 if there is none: what a full bar stands for */
    struct relative_bins bins;
    guint32 *shown; /* [n_shown] units, in the order of the list */
    guint n_shown;
    enum neuron_sort sort;
    bool reversed;
    struct matcher *filter; /* of the number and the flags */
};

void neuron_rows_init(struct neuron_rows *r);
void neuron_rows_finish(struct neuron_rows *r);
/* Follows the comparison. */
void neuron_rows_update(struct neuron_rows *r, const struct comparison *c);
/* After a change of group; of sort, order or filter. */
void neuron_rows_load(struct neuron_rows *r);
void neuron_rows_arrange(struct neuron_rows *r);

/* NULL: there is no group. */
const struct neuron_group *neuron_rows_group(const struct neuron_rows *r);
/* The group's name, escaped; owned by the caller. */
char *neuron_rows_label(const struct neuron_rows *r);
/* "newly dead", "dead", "revived" or "". */
const char *neuron_flag(const struct neuron *n, bool pair);
const char *neuron_sort_name(enum neuron_sort sort);

#endif
