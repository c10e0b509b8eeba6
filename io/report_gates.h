/* Gates of recurrent layers in the reports. The scan has ended. */
#ifndef TARE_IO_REPORT_GATES_H
#define TARE_IO_REPORT_GATES_H

#include "core/comparison.h"
#include "io/json_write.h"

/* "gates" of a tensor: an object each; nothing where it has none. */
void report_gates_json(struct json_writer *w, const struct comparison *c, uint32_t entry);
void report_gates_text(FILE *out, const struct comparison *c);

#endif
