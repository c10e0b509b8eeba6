/* What watched checkpoints are compared with, kept while the file it came from is rewritten. */
#ifndef TARE_IO_WATCH_BASE_H
#define TARE_IO_WATCH_BASE_H

#include "core/shared_source.h"
#include "io/watch_file.h"

struct watch_base {
    struct shared_source *source; /* NULL: none yet */
    char *path;
    struct sight sight; /* of the file it was read from */
    bool watched;       /* that is one of the watched ones: this is a copy */
};

/* copy: the file may be rewritten in place, so that its bytes go into a file without a name in the
 * temporary folder, which goes with the process; where there is no room for that, the file itself
 * is kept open, which a rename or removal leaves whole. False, TARE_ERROR_CHANGED: it changed
 * meanwhile. */
gboolean watch_base_open(struct watch_base *b, const char *path, bool copy,
                         struct open_watch *watch, GError **error);
void watch_base_finish(struct watch_base *b);

#endif
