/* Blocks down, time across: how much a step moved each, and what became of it since the start.
 *
 * UI thread. */
#ifndef TARE_TUI_TRAINING_HEAT_H
#define TARE_TUI_TRAINING_HEAT_H

#include "core/threshold.h"
#include "core/train/timeline.h"
#include "tui/surface.h"
#include "tui/time_axis.h"

enum heat_metric { HEAT_UPDATE, HEAT_RELATIVE, HEAT_NORM, HEAT_DEAD, HEAT_ENTROPY, HEAT_METRICS };

const char *heat_metric_name(enum heat_metric m); /* for ":metric NAME" */
/* Rows of blocks, the last one is all outside of them where the metric knows it. */
uint32_t heat_blocks(const struct timeline *t, enum heat_metric m);
/* The rows that it makes use of, of so many. */
int training_heat_rows(const struct timeline *t, enum heat_metric m, int rows);
/* A title, then the blocks in the rows there are, several a row where there are more; `block` is
 * the selected one. Of the steps in a column the largest number is shown. */
void training_heat_draw(const struct surface *s, const struct timeline *t, enum heat_metric m,
                        const struct time_axis *a, const struct thresholds *limits, uint32_t block);
/* Of one block at a step: of the step itself, or of the last look that is not behind it. */
double training_heat_value(const struct timeline *t, enum heat_metric m, uint32_t block,
                           uint64_t step);

#endif
