/* The depth rule with every input, as the JSON report's "depth". */
#ifndef TARE_IO_REPORT_JSON_DEPTH_H
#define TARE_IO_REPORT_JSON_DEPTH_H

#include "core/comparison.h"
#include "io/json_write.h"

/* "depth": the first stack of blocks, further ones in its "other_stacks"; null: there is none, or
 * nothing to compare with. */
void report_json_depth(struct json_writer *w, const struct comparison *c);

#endif
