/* Checkpoints that were read and numbers that were logged, as one run over its steps. Pure. */
#ifndef TARE_IO_WATCH_TIMELINE_H
#define TARE_IO_WATCH_TIMELINE_H

#include "core/train/timeline.h"
#include "io/watch_points.h"

/* A look for each checkpoint and each held-out loss, a step for each loss. NULL: no checkpoint yet.
 * Owned by the caller. */
struct timeline *watch_timeline(const struct watch_points *p, const struct metric_log *log);

#endif
