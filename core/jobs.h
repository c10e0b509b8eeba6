/* A pool of workers, and jobs that carry their own result.
 *
 * work() runs on a worker, then the job is put on the done list and the wake descriptor becomes
 * readable; done() runs on the thread that drains. A cancelled job skips work() but still gets
 * done(). Jobs submitted explicitly run before those that the feed makes up. */
#ifndef TARE_CORE_JOBS_H
#define TARE_CORE_JOBS_H

#include <glib.h>
#include <stdbool.h>

struct job {
    void (*work)(struct job *job, guint worker); /* worker: 0 .. threads-1 */
    void (*done)(struct job *job);               /* frees the job */
    const gint *cancelled;                       /* polled before work(); may be NULL */
    struct job *next;
};

struct pool;

/* feed: called by a worker that finds nothing submitted; a job or NULL when there is none now. */
typedef struct job *(*pool_feed)(void *data);

struct pool *pool_create(guint threads, pool_feed feed, void *feed_data);
/* Waits for running jobs; what never ran still gets done() on the calling thread. NULL is fine. */
void pool_destroy(struct pool *p);

guint pool_threads(const struct pool *p);
/* Any thread. The pool owns the job until done(). */
void pool_submit(struct pool *p, struct job *job);
/* Tells the workers that the feed has jobs again. Any thread. */
void pool_kick(struct pool *p);
/* Readable when jobs wait to be drained; poll it, never read it. */
int pool_wake_fd(const struct pool *p);
/* Waits until a job can be drained. */
void pool_wait(const struct pool *p);
/* Runs done() of every finished job on this thread; the number of them. */
guint pool_drain(struct pool *p);

/* Number of threads the machine gives this process, at least 1. */
guint pool_default_threads(void);

#endif
