/* Vocabulary rows and words by category in the reports. The scan has ended. */
#ifndef TARE_IO_REPORT_VOCABULARY_H
#define TARE_IO_REPORT_VOCABULARY_H

#include "io/json_write.h"
#include "io/report.h"

/* "vocabulary": an object a table. */
void report_vocabulary_json(struct json_writer *w, const struct report_input *in);
void report_vocabulary_text(FILE *out, const struct report_input *in);
/* A table of the tables, and one of the words by category, each after an empty line. */
void report_vocabulary_csv(FILE *out, const struct report_input *in);

#endif
