/* What the name of a checkpoint says: of which step it is, and whether it is one at all. Pure. */
#ifndef TARE_IO_CHECKPOINT_NAME_H
#define TARE_IO_CHECKPOINT_NAME_H

#include <glib.h>
#include <stdbool.h>

/* The last whole number of the name, or else of the folder it lies in: 500 of "checkpoint-500/
 * tf_model.h5", 3 of "weights.03-0.35.weights.h5" (0.35 is none). A folder that counts, as
 * checkpoint-500 does, says more than what lies in it. False: there is none. */
bool checkpoint_name_step(const char *path, guint64 *step);
/* A writer's temporary file, or hidden: it will get another name, or nobody is meant to see it. */
bool checkpoint_name_is_temporary(const char *name);

#endif
