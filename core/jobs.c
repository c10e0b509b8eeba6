#include "core/jobs.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "core/signals.h"

struct pool {
    GMutex lock;
    GCond work_waits;
    GQueue submitted;
    struct job *done_first, **done_end; /* under lock */
    pool_feed feed;
    void *feed_data;
    bool feed_dry; /* the feed had nothing; pool_kick clears it */
    bool stopping;
    int wake_fd;
    guint n_threads;
    GThread **threads;
};

struct worker {
    struct pool *pool;
    guint number;
};

/* Called with the lock held; NULL ends the worker. */
static struct job *next_job(struct pool *p)
{
    while (!p->stopping) {
        struct job *job = g_queue_pop_head(&p->submitted);

        if (!job && !p->feed_dry) {
            job = p->feed ? p->feed(p->feed_data) : NULL;
            p->feed_dry = !job;
        }
        if (job)
            return job;
        g_cond_wait(&p->work_waits, &p->lock);
    }
    return NULL;
}

static void finish_job(struct pool *p, struct job *job)
{
    const guint64 one = 1;

    job->next = NULL;
    g_mutex_lock(&p->lock);
    *p->done_end = job;
    p->done_end = &job->next;
    g_mutex_unlock(&p->lock);
    while (write(p->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

static gpointer run_worker(gpointer data)
{
    struct worker *w = data;
    struct pool *p = w->pool;
    struct job *job;

    for (;;) {
        g_mutex_lock(&p->lock);
        job = next_job(p);
        g_mutex_unlock(&p->lock);
        if (!job)
            break;
        if (!job->cancelled || !g_atomic_int_get(job->cancelled))
            job->work(job, w->number);
        finish_job(p, job);
    }
    g_free(w);
    return NULL;
}

static void start_workers(struct pool *p)
{
    for (guint i = 0; i < p->n_threads; i++) {
        struct worker *w = g_new(struct worker, 1);

        *w = (struct worker){p, i};
        p->threads[i] = signals_thread("worker", run_worker, w);
    }
}

struct pool *pool_create(guint threads, pool_feed feed, void *feed_data)
{
    struct pool *p = g_new0(struct pool, 1);

    g_mutex_init(&p->lock);
    g_cond_init(&p->work_waits);
    g_queue_init(&p->submitted);
    p->done_end = &p->done_first;
    p->feed = feed;
    p->feed_data = feed_data;
    p->feed_dry = !feed;
    p->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (p->wake_fd < 0)
        g_error("eventfd: %s", g_strerror(errno));
    p->n_threads = MAX(threads, 1);
    p->threads = g_new0(GThread *, p->n_threads);
    start_workers(p);
    return p;
}

static guint run_done(struct job *job)
{
    guint n = 0;

    while (job) {
        struct job *next = job->next;

        job->done(job);
        job = next;
        n++;
    }
    return n;
}

static struct job *take_done(struct pool *p)
{
    struct job *jobs;

    g_mutex_lock(&p->lock);
    jobs = p->done_first;
    p->done_first = NULL;
    p->done_end = &p->done_first;
    g_mutex_unlock(&p->lock);
    return jobs;
}

void pool_destroy(struct pool *p)
{
    struct job *job;

    if (!p)
        return;
    g_mutex_lock(&p->lock);
    p->stopping = true;
    g_cond_broadcast(&p->work_waits);
    g_mutex_unlock(&p->lock);
    for (guint i = 0; i < p->n_threads; i++)
        g_thread_join(p->threads[i]);
    run_done(take_done(p));
    while ((job = g_queue_pop_head(&p->submitted)))
        job->done(job);
    close(p->wake_fd);
    g_free(p->threads);
    g_mutex_clear(&p->lock);
    g_cond_clear(&p->work_waits);
    g_free(p);
}

guint pool_threads(const struct pool *p)
{
    return p->n_threads;
}

void pool_submit(struct pool *p, struct job *job)
{
    g_mutex_lock(&p->lock);
    g_queue_push_tail(&p->submitted, job);
    g_cond_signal(&p->work_waits);
    g_mutex_unlock(&p->lock);
}

void pool_kick(struct pool *p)
{
    g_mutex_lock(&p->lock);
    p->feed_dry = !p->feed;
    g_cond_broadcast(&p->work_waits);
    g_mutex_unlock(&p->lock);
}

int pool_wake_fd(const struct pool *p)
{
    return p->wake_fd;
}

void pool_wait(const struct pool *p)
{
    struct pollfd wake = {.fd = p->wake_fd, .events = POLLIN};

    while (poll(&wake, 1, -1) < 0 && errno == EINTR)
        ;
}

guint pool_drain(struct pool *p)
{
    guint64 count;

    /* Emptied before the list is taken: a job that ends in between wakes us once more. */
    while (read(p->wake_fd, &count, sizeof count) < 0 && errno == EINTR)
        ;
    return run_done(take_done(p));
}

guint pool_default_threads(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;

    return (guint)CLAMP(n, 1, 256);
}
