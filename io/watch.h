/* Follows a folder that gains checkpoints, or a file that is replaced or rewritten, in a thread
 * that reads every new content once it is quiet and hands the newest over.
 *
 * The writer is never in its way: descriptors that only read, no lock, and where others want the
 * processor, the thread and its scans stand back. */
#ifndef TARE_IO_WATCH_H
#define TARE_IO_WATCH_H

#include "core/watch.h"

struct watch_options {
    const char *path; /* need not be there yet */
    const char *base; /* NULL: the first that can be read */
    const char *log;  /* numbers by step; NULL: what lies beside */
    bool in_order;    /* what is there at the start is read by name, not the newest first */
    struct comparison_options comparison;
};

/* Starts; everything is copied. */
struct watch *watch_create(const struct watch_options *options);

#endif
