/* Checkpoints that another program writes, followed as they come: what is told of them.
 *
 * A watch works in a thread of its own. Its descriptor becomes readable when there is news; take
 * gives all of it. */
#ifndef TARE_CORE_WATCH_H
#define TARE_CORE_WATCH_H

#include "core/comparison.h"
#include "core/train/timeline.h"

enum watch_state {
    WATCH_WAITING, /* no checkpoint was read yet */
    WATCH_LIVE,    /* what was read is what is there, as far as one reading can tell */
    WATCH_WRITING, /* something newer is being written, or read */
    WATCH_SETTLED, /* nothing changed for two seconds, and a second reading found the same */
    WATCH_STALE,   /* what is there now can't be read: half-written and left, or damaged */
    WATCH_GONE     /* what was read is no longer there */
};

const char *watch_state_name(enum watch_state s);

struct watch_status {
    enum watch_state state;
    char *shown;       /* path of the newest checkpoint that could be read; NULL: none yet */
    gint64 read;       /* when that was, monotonic us */
    guint generation;  /* readings of new content so far */
    guint checkpoints; /* points of the timeline */
    guint waiting;     /* checkpoints still to be read */
    char *reason;      /* STALE and WAITING: why the newest can't be read; NULL: not known */
    bool listed;       /* what is there at the start is known */
    bool failed;       /* the watch has ended: reason says why */
};

void watch_status_finish(struct watch_status *s);
/* "writing  checkpoint-500.h5 read 12 s ago  gen 3"; raw bytes, owned by the caller. */
char *watch_status_text(const struct watch_status *s, gint64 now);

struct watch_news {
    struct watch_status status;
    struct comparison *comparison; /* of status.shown, scanned; NULL: still the one taken before */
    struct timeline *timeline;     /* NULL: as before */
    GPtrArray *lines;              /* what happened since, a line each, escaped; NULL: nothing */
};

struct watch;

struct watch_ops {
    int (*fd)(const struct watch *w);
    /* Everything in *out is the caller's. */
    void (*take)(struct watch *w, struct watch_news *out);
    /* Reads the newest again, with these options from now on (copied); NULL: as before. */
    void (*again)(struct watch *w, const struct comparison_options *options);
    /* Asks its thread to end; false: it is still in a library after so long, and then it can't be
     * closed. */
    bool (*stop)(struct watch *w, int milliseconds);
    void (*close)(struct watch *w);
};

struct watch {
    const struct watch_ops *ops;
};

#endif
