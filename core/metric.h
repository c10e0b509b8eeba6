/* One number of one tensor, pair or group: a file and a row each.
 *
 * Views pick columns from this table, help is printed from it. A value that is not defined is NAN,
 * never an error and never 0. */
#ifndef TARE_CORE_METRIC_H
#define TARE_CORE_METRIC_H

#include "core/summary.h"

enum metric_need {
    METRIC_NEEDS_PAIR = 1 /* defined only where both sides were subtracted */
};

enum metric_form {
    METRIC_RATIO,  /* shown as percent on screens, as a fraction in files */
    METRIC_VALUE,  /* in units of the weights */
    METRIC_COUNT
};

struct metric {
    const char *name;   /* "rel" in columns and :metric */
    const char *title;  /* "relative delta" */
    const char *unit;   /* "" if none */
    const char *help;   /* one sentence: what it says and how to read it */
    const char *source; /* formula or paper */
    unsigned needs;     /* enum metric_need */
    enum metric_form form;
    double (*of_entry)(const struct scan_result *r);
    double (*of_rollup)(const struct rollup *r); /* NULL: not defined for a group */
};

/* NULL-terminated. */
extern const struct metric *const metric_table[];
/* Of the angle between base and tuned; NAN if there is none. */
extern const struct metric metric_cosine;
const struct metric *metric_find(const char *name);

#endif
