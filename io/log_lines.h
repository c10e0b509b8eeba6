/* Lines that a training logs, as numbers by step: JSON lines, CSV with a heading (Keras's CSVLogger
 * too), Python dictionaries as HF's Trainer prints them, and its trainer_state.json.
 *
 * The step is the column step, global_step, iteration ... or else the epoch. What is no number is
 * left out, a line that is none of this too. */
#ifndef TARE_IO_LOG_LINES_H
#define TARE_IO_LOG_LINES_H

#include "core/train/metric_log.h"

struct log_lines {
    char delimiter;   /* of CSV; 0: the lines are objects */
    char **heading;   /* of CSV; NULL: not seen yet */
    bool begun;       /* the first line told which */
    bool from_zero;   /* epochs are counted from 0: the number of those that are done is one more */
    uint64_t records; /* where neither step nor whole epoch is told */
};

void log_lines_init(struct log_lines *l);
void log_lines_finish(struct log_lines *l);
/* One line without its end; bytes <= LIMIT_LOG_LINE_BYTES. */
void log_lines_take(struct log_lines *l, const char *line, gsize bytes, struct metric_log *out);
/* A whole JSON file with a list log_history; false: it is none, or not whole. */
bool log_history_take(const char *text, gsize bytes, struct metric_log *out);

#endif
