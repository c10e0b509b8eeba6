/* What a watch and its thread share; nobody else includes it. */
#ifndef TARE_IO_WATCH_INTERNAL_H
#define TARE_IO_WATCH_INTERNAL_H

#include "io/log_follow.h"
#include "io/watch.h"
#include "io/watch_points.h"
#include "io/watch_reading.h"
#include "io/watch_system.h"

struct watcher {
    struct watch watch;
    char *path, *base_path, *log_path; /* log_path NULL: one is looked for */
    GThread *thread;
    int news, command; /* eventfds: to who takes, to the thread */
    struct open_watch opening;
    gint stopping; /* atomic */
    gint ended;    /* atomic */

    GMutex lock; /* of what follows */
    struct watch_status status;
    struct comparison *ready;
    GPtrArray *lines;
    struct watch_points points;
    struct metric_log *log;   /* as far as it was told */
    guint64 taken, taken_log; /* versions of both */
    bool has_next;
    struct comparison_options next; /* with limits and map of its own */
    struct thresholds next_limits;

    /* The thread's own. */
    struct comparison_options options;
    struct thresholds limits;
    struct watch_system *system;
    struct watch_folder folder;
    struct watch_base base;
    struct watch_reading reading;
    GHashTable *reasons; /* name -> why it can't be read */
    bool there, listed, listing_asked;
    gint64 sweep_at, swept, heard;
    struct log_follow *following; /* NULL: no log yet */
    struct metric_log *read;      /* of it */
    gint64 log_at;
};

/* Of an eventfd. */
void watch_ring(int fd);
void watch_hush(int fd);
/* A copy with thresholds and pairs of its own. */
void watch_keep_options(struct comparison_options *to, struct thresholds *limits,
                        const struct comparison_options *from);

/* watch_log.c. Where none was named, the one that lies beside, as soon as there is one. */
void watch_find_log(struct watcher *w);
/* Takes in what is new. */
void watch_follow_log(struct watcher *w);

/* watch_thread.c. Names of files that are seen under another name, for struct watch_folder. */
void watch_renamed(void *watcher, const char *from, const char *to);
/* The thread: until `stopping`. */
gpointer watch_run(gpointer watcher);

#endif
