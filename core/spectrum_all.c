#include "core/spectrum_all.h"

/* What computations under way may take together; one alone may take more. */
#define MOST_BYTES ((uint64_t)2 << 30)

struct wanted {
    uint32_t entry;
    uint64_t bytes;
};

struct all {
    struct comparison *comparison;
    struct pool *pool;
    struct wanted *wanted; /* largest first */
    guint n_wanted, next;  /* next: under the pool's lock */
    guint n_left;
    GMutex lock;
    uint64_t bytes; /* under way; under the lock */
};

struct entry_job {
    struct job job;
    struct all *all;
    const struct wanted *what;
    struct spectrum *spectrum;
    GError *error;
};

static void work_entry(struct job *job, guint worker)
{
    struct entry_job *e = (struct entry_job *)job;
    const struct comparison *c = e->all->comparison;
    const struct scan_result *r = &c->summary.entries[e->what->entry].result;
    const struct spectrum_request request = {c->base, c->tuned, &c->pairing.entries[e->what->entry],
                                             r->stats, r->has_delta};
    struct lazy_watch watch = {0};

    (void)worker;
    e->spectrum = spectrum_request_compute(&request, &watch, &e->error);
}

static void give_back(struct all *all, uint64_t bytes)
{
    g_mutex_lock(&all->lock);
    all->bytes -= bytes;
    g_mutex_unlock(&all->lock);
    pool_kick(all->pool);
}

static void done_entry(struct job *job)
{
    struct entry_job *e = (struct entry_job *)job;
    struct comparison *c = e->all->comparison;
    struct entry_summary *s = &c->summary.entries[e->what->entry];

    if (e->error && !g_error_matches(e->error, TARE_ERROR, TARE_ERROR_LIMIT)) {
        s->state = ENTRY_FAILED;
        s->error = g_strdup(e->error->message);
        c->summary.n_failed++;
    }
    lazy_cache_put(&c->spectra, e->what->entry, e->spectrum, e->error ? e->error->message : NULL);
    g_clear_error(&e->error);
    e->all->n_left--;
    give_back(e->all, e->what->bytes);
    g_free(e);
}

/* Is there room for one more? Then it is taken. */
static bool take(struct all *all, uint64_t bytes)
{
    bool room;

    g_mutex_lock(&all->lock);
    room = all->bytes == 0 || all->bytes + bytes <= MOST_BYTES;
    if (room)
        all->bytes += bytes;
    g_mutex_unlock(&all->lock);
    return room;
}

static struct job *next_entry(void *data)
{
    struct all *all = data;
    struct entry_job *e;

    if (all->next == all->n_wanted || !take(all, all->wanted[all->next].bytes))
        return NULL;
    e = g_new0(struct entry_job, 1);
    *e = (struct entry_job){.job = {.work = work_entry, .done = done_entry},
                            .all = all,
                            .what = &all->wanted[all->next++]};
    return &e->job;
}

static int larger_first(gconstpointer a, gconstpointer b)
{
    const struct wanted *x = a, *y = b;

    if (x->bytes != y->bytes)
        return x->bytes > y->bytes ? -1 : 1;
    return x->entry < y->entry ? -1 : 1;
}

static void add_wanted(struct all *all, uint32_t entry)
{
    const struct comparison *c = all->comparison;
    const struct place *place = comparison_place(c, entry);
    uint64_t rows, cols;

    if (c->summary.entries[entry].state != ENTRY_DONE || !place->matrix ||
        !spectrum_shape(comparison_tensor(c, entry), place, &rows, &cols))
        return;
    all->wanted[all->n_wanted++] = (struct wanted){entry, spectrum_bytes(rows, cols)};
}

void spectrum_all(struct comparison *c)
{
    struct all all = {.comparison = c, .wanted = g_new(struct wanted, c->pairing.n_entries + 1)};

    g_mutex_init(&all.lock);
    for (uint32_t i = 0; i < c->pairing.n_entries; i++)
        add_wanted(&all, i);
    qsort(all.wanted, all.n_wanted, sizeof *all.wanted, larger_first);
    all.n_left = all.n_wanted;
    all.pool = pool_create(c->threads, next_entry, &all);
    while (all.n_left > 0) {
        pool_wait(all.pool);
        pool_drain(all.pool);
    }
    pool_destroy(all.pool);
    g_mutex_clear(&all.lock);
    g_free(all.wanted);
}
