/* One opened source behind several checkpoints, each with a map of its own. */
#ifndef TARE_CORE_SHARED_SOURCE_H
#define TARE_CORE_SHARED_SOURCE_H

#include "core/source.h"

struct shared_source;

/* Owns `of`; the caller's reference is given back by shared_source_release. */
struct shared_source *shared_source_create(struct source *of);
/* Closed like any source; `of` closes with the last of all. Any thread. */
struct source *shared_source_open(struct shared_source *s);
void shared_source_release(struct shared_source *s); /* NULL is fine */

#endif
