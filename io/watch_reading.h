/* One reading of a watched file from beginning to end: opened, compared with the base, scanned. */
#ifndef TARE_IO_WATCH_READING_H
#define TARE_IO_WATCH_READING_H

#include "core/watch_look.h"
#include "io/watch_base.h"
#include "io/watch_folder.h"

struct watch_reading {
    struct watch_entry *entry; /* NULL: none is under way */
    int fd;                    /* tells at the end whether the file changed */
    gint64 began;
    struct comparison *comparison; /* NULL: it could not be opened */
    GError *error;
};

/* Opens path, which is e's, by a descriptor of its own, never with a lock. False: it is another
 * file than was seen last, and nothing has begun. What can't be read ends at once, with the reason.
 */
bool watch_reading_begin(struct watch_reading *r, struct watch_entry *e, const char *path,
                         const struct watch_base *base, const struct comparison_options *options,
                         struct open_watch *watch, gint64 now);
bool watch_reading_has_ended(const struct watch_reading *r);
/* Absorbs what is finished, gives up on what has changed meanwhile. */
void watch_reading_go_on(struct watch_reading *r);
/* What the machine of the entry makes of it; r->comparison stays the caller's to take, with
 * *look of it where it is good. */
enum watch_result watch_reading_end(struct watch_reading *r, struct watch_look **look, gint64 now);
/* Frees what is left. */
void watch_reading_finish(struct watch_reading *r);

#endif
