#include "core/exact_all.h"

#include <string.h>

/* A selection's tables take tens of megabytes a worker. */
#define MOST_WORKERS 4

struct all {
    struct comparison *comparison;
    struct exact_quantiles *out;
    uint32_t next; /* under the pool's lock */
    uint32_t n_left;
};

struct entry_job {
    struct job job;
    struct all *all;
    uint32_t entry;
    GError *error;
};

static gboolean compute(struct comparison *c, uint32_t entry, struct exact_result *x,
                        GError **error)
{
    const struct exact_request request = {
        .base = c->base, .tuned = c->tuned, .pair = &c->pairing.entries[entry]};

    return exact_request_compute(&request, x, NULL, error);
}

static void work_entry(struct job *job, guint worker)
{
    struct entry_job *e = (struct entry_job *)job;
    struct exact_quantiles *out = &e->all->out[e->entry];
    struct exact_result *x = g_new0(struct exact_result, 1);

    (void)worker;
    out->ok = compute(e->all->comparison, e->entry, x, &e->error);
    memcpy(out->base, x->base.quantiles, sizeof out->base);
    memcpy(out->tuned, x->tuned.quantiles, sizeof out->tuned);
    g_free(x);
}

static void done_entry(struct job *job)
{
    struct entry_job *e = (struct entry_job *)job;
    struct summary *s = &e->all->comparison->summary;

    if (e->error) {
        s->entries[e->entry].state = ENTRY_FAILED;
        s->entries[e->entry].error = g_strdup(e->error->message);
        s->n_failed++;
        g_error_free(e->error);
    }
    e->all->n_left--;
    g_free(e);
}

static struct job *next_entry(void *data)
{
    struct all *all = data;
    const struct summary *s = &all->comparison->summary;
    struct entry_job *e;

    while (all->next < s->n && !all->out[all->next].ok)
        all->next++;
    if (all->next == s->n)
        return NULL;
    e = g_new0(struct entry_job, 1);
    *e = (struct entry_job){{.work = work_entry, .done = done_entry}, all, all->next++, NULL};
    return &e->job;
}

void exact_all(struct comparison *c, struct exact_quantiles *out)
{
    struct all all = {c, out, 0, 0};
    struct pool *pool;

    /* ok says which are wanted until the job says which came. */
    for (uint32_t i = 0; i < c->summary.n; i++) {
        out[i].ok = c->summary.entries[i].state == ENTRY_DONE;
        all.n_left += out[i].ok;
    }
    pool = pool_create(MIN(c->threads, MOST_WORKERS), next_entry, &all);
    while (all.n_left > 0) {
        pool_wait(pool);
        pool_drain(pool);
    }
    pool_destroy(pool);
}
