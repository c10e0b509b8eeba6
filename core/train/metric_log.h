/* Numbers by step that a training logs about itself: losses, rates, accuracies, whatever it names.
 *
 * Plain values; one thread at a time. Grows to a limit: of series that are longer than it can be
 * drawn, every other number is kept. */
#ifndef TARE_CORE_TRAIN_METRIC_LOG_H
#define TARE_CORE_TRAIN_METRIC_LOG_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct metric_series {
    char *name;    /* raw, as the log has it */
    GArray *steps; /* uint64_t, rising */
    GArray *values;
};

struct metric_log {
    GPtrArray *series; /* struct metric_series, in the order they came */
    uint64_t last;     /* the largest step there is; 0: none */
    uint64_t version;  /* grows with every change */
};

struct metric_log *metric_log_create(void);
void metric_log_destroy(struct metric_log *l); /* NULL is fine */
struct metric_log *metric_log_copy(const struct metric_log *l);
void metric_log_clear(struct metric_log *l);

/* A number that is not finite is left out. A step that is not behind the last one of its series
 * puts that back: the run was resumed, or began anew. */
void metric_log_add(struct metric_log *l, const char *name, uint64_t step, double value);
/* NULL: there is none. */
const struct metric_series *metric_log_find(const struct metric_log *l, const char *name);

/* What is known by other names, too. */
enum metric_role { METRIC_LOSS, METRIC_HELD_OUT, METRIC_RATE, METRIC_GRADIENT, METRIC_ROLES };
/* The series with that role, NULL: none. */
const struct metric_series *metric_log_role(const struct metric_log *l, enum metric_role role);
/* Of a series' name; METRIC_ROLES: none. */
enum metric_role metric_role_of(const char *name);

/* The number at that step exactly, NAN: none. */
double metric_series_at(const struct metric_series *s, uint64_t step);

#endif
