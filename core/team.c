#include "core/team.h"

#include <stdatomic.h>
#include <stdbool.h>
#include "core/jobs.h"
#include "core/signals.h"

#define SPINS 2000 /* looks before sleeping: some tens of microseconds */

struct team {
    guint n_threads;
    GThread **threads; /* [n_threads - 1] */

    /* The loop under way. Written before `turn` shows it; read by who claimed an item of it, which
     * keeps the loop from ending. */
    team_work work;
    void *data;
    guint items;

    /* High half: number of the loop; low half: items that nobody has claimed. */
    _Atomic guint64 turn;
    _Atomic guint unfinished;

    GMutex lock;
    GCond waits;
    guint sleepers; /* under lock, like what follows */
    bool stopping;
};

struct member {
    struct team *team;
    guint number;
};

static inline void pause_briefly(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

/* Items are claimed from the end of the loop that `turn` shows, whichever it is by then. */
static bool claim(struct team *t, guint *left)
{
    guint64 turn = atomic_load_explicit(&t->turn, memory_order_acquire);

    do {
        *left = (guint)turn;
        if (*left == 0)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&t->turn, &turn, turn - 1, memory_order_acquire,
                                                    memory_order_acquire));
    return true;
}

static void work_off(struct team *t, guint thread)
{
    guint left;

    while (claim(t, &left)) {
        t->work(t->data, t->items - left, thread);
        atomic_fetch_sub_explicit(&t->unfinished, 1, memory_order_release);
    }
}

static bool has_items(struct team *t)
{
    return (guint)atomic_load_explicit(&t->turn, memory_order_acquire) != 0;
}

/* False: the team is no more. */
static bool await_items(struct team *t)
{
    bool go;

    for (guint i = 0; i < SPINS; i++) {
        if (has_items(t))
            return true;
        pause_briefly();
    }
    g_mutex_lock(&t->lock);
    t->sleepers++;
    while (!t->stopping && !has_items(t))
        g_cond_wait(&t->waits, &t->lock);
    t->sleepers--;
    go = !t->stopping;
    g_mutex_unlock(&t->lock);
    return go;
}

static gpointer run_member(gpointer data)
{
    struct member *m = data;

    while (await_items(m->team))
        work_off(m->team, m->number);
    g_free(m);
    return NULL;
}

static void start_members(struct team *t)
{
    for (guint i = 1; i < t->n_threads; i++) {
        struct member *m = g_new(struct member, 1);

        *m = (struct member){t, i};
        t->threads[i - 1] = signals_thread("team", run_member, m);
    }
}

struct team *team_create(guint threads)
{
    struct team *t = g_new0(struct team, 1);

    t->n_threads = threads ? threads : pool_default_threads();
    t->threads = g_new0(GThread *, t->n_threads);
    g_mutex_init(&t->lock);
    g_cond_init(&t->waits);
    start_members(t);
    return t;
}

void team_destroy(struct team *t)
{
    if (!t)
        return;
    g_mutex_lock(&t->lock);
    t->stopping = true;
    g_cond_broadcast(&t->waits);
    g_mutex_unlock(&t->lock);
    for (guint i = 1; i < t->n_threads; i++)
        g_thread_join(t->threads[i - 1]);
    g_mutex_clear(&t->lock);
    g_cond_clear(&t->waits);
    g_free(t->threads);
    g_free(t);
}

guint team_threads(const struct team *t)
{
    return t->n_threads;
}

static void show_loop(struct team *t, guint items)
{
    guint64 turn = atomic_load_explicit(&t->turn, memory_order_relaxed);

    atomic_store_explicit(&t->unfinished, items, memory_order_relaxed);
    atomic_store_explicit(&t->turn, (((turn >> 32) + 1) << 32) | items, memory_order_release);
    g_mutex_lock(&t->lock);
    if (t->sleepers)
        g_cond_broadcast(&t->waits);
    g_mutex_unlock(&t->lock);
}

void team_run(struct team *t, guint items, team_work work, void *data)
{
    guint spins = 0;

    if (items == 0)
        return;
    if (items == 1 || t->n_threads == 1) {
        for (guint i = 0; i < items; i++)
            work(data, i, 0);
        return;
    }
    t->work = work;
    t->data = data;
    t->items = items;
    show_loop(t, items);
    work_off(t, 0);
    /* What is left is one item a worker, already under way. */
    while (atomic_load_explicit(&t->unfinished, memory_order_acquire) != 0) {
        pause_briefly();
        if (++spins % SPINS == 0)
            g_thread_yield();
    }
}
