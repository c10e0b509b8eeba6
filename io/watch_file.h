/* When a file that somebody writes may be read, and what a reading is worth: a state machine that
 * makes no system call.
 *
 * A reading starts when nothing changed for 20 ms and counts if nothing changed until its end.
 * Equal times and sizes alone can't tell (in a fast loop of rewriting, every sixth torn reading has
 * them); with the quiet before it none was missed. One write() of everything at once could still be
 * under way, so a reading is called settled only when two seconds are quiet and another one found
 * the same. Times are monotonic, us; never those of the file, which another machine may have set.
 */
#ifndef TARE_IO_WATCH_FILE_H
#define TARE_IO_WATCH_FILE_H

#include <stdbool.h>
#include <sys/stat.h>
#include "core/watch.h"

#define WATCH_QUIET 20000
#define WATCH_SETTLE 2000000

/* What stat says of a path. */
struct sight {
    bool there;
    dev_t device;
    ino_t inode;
    guint64 size;
    gint64 mtime_ns, ctime_ns;
};

void sight_of(struct sight *s, const struct stat *st);
bool sight_equal(const struct sight *a, const struct sight *b);
/* Leaves the change time out: renaming a file, or another over its name, is no change of content.
 */
bool sight_same_content(const struct sight *a, const struct sight *b);

enum watch_outcome { OUTCOME_NONE, OUTCOME_GOOD, OUTCOME_FAILED };

struct watch_file {
    struct sight seen;
    gint64 since, checked; /* seen is what it is since; was so at */
    struct sight reading;  /* there: one is under way */
    bool disturbed;        /* since its begin */
    struct sight read;     /* of the last one that counted; not there: none, or content is new */
    enum watch_outcome outcome;
    bool again;    /* that one was repeated, or need not be */
    bool settled;  /* and the repetition found the same */
    bool recheck;  /* somebody wants to know whether it is settled */
    bool has_good; /* of whatever content */
    uint64_t fingerprint;
};

enum watch_wish { WISH_NOTHING, WISH_READ, WISH_RECHECK };

/* now: seen is what stat said then. */
void watch_file_see(struct watch_file *f, const struct sight *s, gint64 now);
/* Somebody wrote into it. */
void watch_file_touch(struct watch_file *f, gint64 now);
enum watch_wish watch_file_wish(const struct watch_file *f);
/* When stat should be asked next, G_MAXINT64: when something is heard of it. */
gint64 watch_file_due(const struct watch_file *f);

/* opened: of the descriptor that is read. */
void watch_file_begin(struct watch_file *f, const struct sight *opened);
enum watch_result {
    RESULT_TORN,  /* does not count: something changed meanwhile */
    RESULT_NEW,   /* good, and other content than the last good one's */
    RESULT_EQUAL, /* good, the same as before: settled */
    RESULT_FAILED /* nothing changed meanwhile, and it can't be read */
};
/* after: of the descriptor, at the end. */
enum watch_result watch_file_end(struct watch_file *f, const struct sight *after, bool good,
                                 uint64_t fingerprint, gint64 now);
/* Read it again whatever is known. */
void watch_file_forget(struct watch_file *f);

enum watch_state watch_file_state(const struct watch_file *f);

#endif
