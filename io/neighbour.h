/* The configuration that frameworks write beside a weight file. */
#ifndef TARE_IO_NEIGHBOUR_H
#define TARE_IO_NEIGHBOUR_H

#include <glib.h>

/* Text of `name` in the directory of `path`, owned by the caller; NULL if there is none, or it is
 * no regular file (a symbolic link is not followed), or it is larger than LIMIT_JSON_BYTES, or it
 * holds a NUL. Never blocks on a FIFO. */
char *neighbour_read(const char *path, const char *name);
/* The same of what may hold NULs. */
guint8 *neighbour_read_bytes(const char *path, const char *name, gsize *bytes);

#endif
