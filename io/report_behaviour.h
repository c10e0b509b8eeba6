/* What models do with examples, in each form of a report. */
#ifndef TARE_IO_REPORT_BEHAVIOUR_H
#define TARE_IO_REPORT_BEHAVIOUR_H

#include "io/behaviour_open.h"
#include "io/json_write.h"

/* Members of an object: examples, categories, gap and what else is known. */
void report_behaviour_json(struct json_writer *w, const struct behaviour_result *r);
void report_generations_json(struct json_writer *w, const struct behaviour *b);
void report_association_json(struct json_writer *w, const struct behaviour *b);

void report_behaviour_text(FILE *out, const struct behaviour_result *r);
void report_generations_text(FILE *out, const struct behaviour *b);
void report_association_text(FILE *out, const struct behaviour *b);

/* A row an example; after an empty line a row a category. */
void report_behaviour_csv(FILE *out, const struct behaviour_result *r);

/* Whether a category is one of the tables: not of general text alone. */
bool report_category_shown(const struct behaviour *b, uint32_t category);

#endif
