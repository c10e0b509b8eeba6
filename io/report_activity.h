/* What flowed through the models, by layer and category, in each form of a report: of examples that
 * were run here, or of a recording. a NULL: nothing is written. */
#ifndef TARE_IO_REPORT_ACTIVITY_H
#define TARE_IO_REPORT_ACTIVITY_H

#include "core/activity.h"
#include "io/json_write.h"

/* The member "activity". remarks (may be NULL): what of a recording was left out. */
void report_activity_json(struct json_writer *w, const struct activity *a,
                          const char *const *remarks);
void report_activity_text(FILE *out, const struct activity *a, const char *const *remarks);
/* After an empty line a row a layer and category. */
void report_activity_csv(FILE *out, const struct activity *a);

#endif
