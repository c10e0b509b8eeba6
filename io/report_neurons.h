/* Neurons in the reports: a line a group, with those that moved most. The scan has ended. */
#ifndef TARE_IO_REPORT_NEURONS_H
#define TARE_IO_REPORT_NEURONS_H

#include "core/comparison.h"
#include "io/json_write.h"

/* "neurons": an object a group. */
void report_neurons_json(struct json_writer *w, const struct comparison *c);
void report_neurons_text(FILE *out, const struct comparison *c);
/* A table of the groups after an empty line. */
void report_neurons_csv(FILE *out, const struct comparison *c);

#endif
