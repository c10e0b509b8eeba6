/* Every number a rule compares with: named, shown, and set by a file or the command line. */
#ifndef TARE_CORE_THRESHOLD_H
#define TARE_CORE_THRESHOLD_H

#include <glib.h>
#include <stdbool.h>

enum threshold {
    THRESHOLD_DEPTH_BAND,
    THRESHOLD_DEPTH_CONTRAST,
    THRESHOLD_DEPTH_HEAVY,
    THRESHOLD_DEPTH_MIDDLE,
    THRESHOLD_DEPTH_EARLY_MOVED,
    THRESHOLD_MISMATCH_RELATIVE,
    THRESHOLD_MISMATCH_COSINE,
    THRESHOLD_NORM_GROWTH,
    THRESHOLD_LARGE_WEIGHT_RMS,
    THRESHOLD_LARGE_WEIGHT_GROWTH,
    THRESHOLD_ROW_OUTLIER,
    THRESHOLD_HEAD_OUTLIER,
    THRESHOLD_HEAD_SPREAD,
    THRESHOLD_DECAYED_RESIDUAL,
    THRESHOLD_DECAYED_SHARE,
    THRESHOLD_DEAD_NORM,
    THRESHOLD_DEAD_SHARE,
    THRESHOLD_UNTOUCHED_SHARE,
    THRESHOLD_LOW_RANK_ENERGY,
    THRESHOLD_LOW_RANK_SHARE,
    THRESHOLD_GAP_MARGIN,
    THRESHOLD_GENERAL_HARMLESS,
    THRESHOLD_GENERAL_HARM,
    THRESHOLD_SINK_FIRST,
    THRESHOLD_SINK_RISE,
    THRESHOLD_SILENT_SHARE,
    THRESHOLD_SILENT_TOKENS,
    THRESHOLD_SHIFT_EFFECT,
    THRESHOLD_SHIFT_RATE,
    THRESHOLD_RUN_SPIKE,
    THRESHOLD_RUN_GRADIENT,
    THRESHOLD_RUN_UPDATE_LOW,
    THRESHOLD_RUN_UPDATE_HIGH,
    THRESHOLD_RUN_UPDATE_JUMP,
    THRESHOLD_RUN_STALENESS,
    THRESHOLD_RUN_OVERFIT,
    THRESHOLD_RUN_PATIENCE,
    THRESHOLD_RUN_STILL,
    THRESHOLD_RUN_NEWLY_DEAD,
    THRESHOLD_RUN_ENTROPY_FALL,
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
/* How many differ from the defaults. */
guint thresholds_changed(const struct thresholds *t);

#endif
