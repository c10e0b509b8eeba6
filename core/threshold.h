/* Every number a rule compares with: named, shown, and set by a file or the command line. */
#ifndef TARE_CORE_THRESHOLD_H
#define TARE_CORE_THRESHOLD_H

#include <glib.h>
#include <stdbool.h>

enum threshold {
    THRESHOLD_DEPTH_BAND, /* f of METRICS 3.2 */
    THRESHOLD_LOW_RANK_ENERGY,
    THRESHOLD_LOW_RANK_SHARE,
    THRESHOLD_COUNT
};

struct threshold_info {
    const char *name; /* "depth.band": in files, options and evidence */
    double value;     /* the default */
    double low, high; /* what may be set, both ends included */
    const char *help; /* what is compared with it */
    const char *source;
};

/* [THRESHOLD_COUNT] */
extern const struct threshold_info threshold_table[];

struct thresholds {
    double value[THRESHOLD_COUNT];
};

void thresholds_init(struct thresholds *t); /* the defaults */
/* "depth.band=0.5"; an unknown name or a value out of its range is TARE_ERROR_USAGE. */
gboolean thresholds_set(struct thresholds *t, const char *assignment, GError **error);

#endif
