/* What rules of runs share: robust windows, and alarms as one finding. */
#ifndef TARE_CORE_TRAIN_ALARM_H
#define TARE_CORE_TRAIN_ALARM_H

#include "core/rule.h"
#include "core/train/timeline.h"

#define ALARM_WINDOW 64
#define ALARM_FEWEST 8 /* numbers before the first that can be judged */

/* The last numbers before one, in their order and sorted. Starts as zeros. */
struct alarm_window {
    double last[ALARM_WINDOW], sorted[ALARM_WINDOW];
    unsigned n, at;
};

/* NAN is left out. */
void alarm_window_add(struct alarm_window *w, double x);
/* NAN until there are ALARM_FEWEST. */
double alarm_window_median(const struct alarm_window *w);
/* (x - median) / (1.4826 MAD) of a number that is not among them; the MAD counts as at least
 * 1e-3 |median|, so that equal numbers make no small step an alarm. Same NAN. */
double alarm_window_z(const struct alarm_window *w, double x);

/* Appends an alarm to what struct rule.alarms was given. */
void alarm_add(GArray *out, uint64_t step, int32_t block, double value);

/* The rule's alarms as one finding that leads to the training view, with how many there were,
 * at which steps, the largest and last number, and the rule's thresholds as evidence; the first of
 * them in *first. what: the caller's. NULL: there are none. */
struct finding *alarm_finding(const struct rule *rule, const struct comparison *c,
                              enum severity severity, GArray *out, struct alarm *first);
/* "at 3 steps, 120 to 131", of a finding's evidence; owned. */
char *alarm_steps_text(const struct finding *f);

#endif
