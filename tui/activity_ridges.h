/* Histograms of what flows through each layer of a site, on one axis of values: from the sketches
 * of an activity.
 *
 * Pure counts: no surface, no app. UI thread. */
#ifndef TARE_TUI_ACTIVITY_RIDGES_H
#define TARE_TUI_ACTIVITY_RIDGES_H

#include "core/activity.h"

enum ridges_show { RIDGES_SIDES, RIDGES_DELTA, RIDGES_SHOWS };

/* What is counted; compared as a whole. */
struct ridges_ask {
    enum activity_kind kind;
    uint32_t category; /* or ACTIVITY_ALL; of the delta all of them */
    enum ridges_show show;
    bool log_x; /* signed logarithm: even steps below `linear`, then ratios */
    bool all;   /* up to the last value, in place of 99.8 % of the layer that reaches farthest */
    int n;      /* bins */
};

struct ridge {
    double *counts[ACTIVITY_SIDES];                      /* [n]; the delta in the first; owned */
    double below[ACTIVITY_SIDES], above[ACTIVITY_SIDES]; /* values outside of the axis */
    double total[ACTIVITY_SIDES];
    double most;       /* density of the highest bin, of either pane */
    double most_count; /* the same in values of the narrowest bin */
    double js;         /* distance of the two sides, 0 to 1; NAN: one model, or the delta */
};

struct ridges {
    struct ridges_ask ask;
    const struct activity *of; /* borrowed: of this frame */
    uint64_t rows;             /* of the activity then */
    uint32_t first, n_layers;  /* layers of the activity; 0: nothing to show */
    unsigned panes;            /* of counts: 2 for both sides */
    double low, high, linear;  /* of the axis */
    double *edges, narrowest;  /* [n + 1], width of the narrowest bin; owned */
    struct ridge *items;       /* [n_layers] */
};

void ridges_init(struct ridges *r);
void ridges_finish(struct ridges *r);
/* Counts anew if the question or the activity is another one. */
void ridges_update(struct ridges *r, const struct activity *a, const struct ridges_ask *ask);
/* The value at the left edge of a bin; of n, the right end. */
double ridges_edge(const struct ridges *r, int bin);
/* The bin that holds a value, inside of the axis. */
int ridges_bin(const struct ridges *r, double value);
/* Height of a bin's density (values per width, so that a bent axis makes no humps) in units of the
 * highest one of its layer, both panes alike; log_y: of log10(1 + count in the narrowest width). */
double ridges_height(const struct ridges *r, uint32_t item, unsigned pane, int bin, bool log_y);
/* A bin's share of all values of its pane; NAN: there are none. */
double ridges_share(const struct ridges *r, uint32_t item, unsigned pane, int bin);

#endif
