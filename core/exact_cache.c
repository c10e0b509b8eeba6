#include "core/exact_cache.h"

#include <glib.h>

struct exact_job {
    struct job job;
    struct exact_cache *cache;
    struct exact_request request;
    gint cancelled;
    gboolean ok;
    struct exact_result *result;
    GError *error;
};

void exact_cache_init(struct exact_cache *x)
{
    *x = (struct exact_cache){0};
    for (unsigned i = 0; i < EXACT_CACHE_SLOTS; i++)
        x->slots[i].entry = PAIR_NONE;
}

void exact_cache_cancel(struct exact_cache *x)
{
    if (x->running)
        g_atomic_int_set(&x->running->cancelled, 1);
}

static void clear_slot(struct exact_slot *s)
{
    g_free(s->result);
    g_free(s->error);
    *s = (struct exact_slot){.entry = PAIR_NONE};
}

void exact_cache_finish(struct exact_cache *x)
{
    for (unsigned i = 0; i < EXACT_CACHE_SLOTS; i++)
        clear_slot(&x->slots[i]);
}

static gboolean compute_apart(const struct exact_request *r, struct exact_result *out,
                              const gint *cancelled, GError **error)
{
    struct exact_result *tuned = g_new0(struct exact_result, 1);
    gboolean ok = exact_compute(r->base->source, r->pair->base, NULL, PAIR_NONE, out, cancelled,
                                error) &&
                  exact_compute(NULL, PAIR_NONE, r->tuned->source, r->pair->tuned, tuned,
                                cancelled, error);

    out->tuned = tuned->tuned;
    out->has_tuned = ok;
    g_free(tuned);
    return ok;
}

gboolean exact_request_compute(const struct exact_request *r, struct exact_result *out,
                               const gint *cancelled, GError **error)
{
    const struct pair_entry *pair = r->pair;

    if (pair->state == PAIR_DIFFERENT)
        return compute_apart(r, out, cancelled, error);
    return exact_compute(pair->base != PAIR_NONE ? r->base->source : NULL, pair->base,
                         pair->tuned != PAIR_NONE ? r->tuned->source : NULL, pair->tuned, out,
                         cancelled, error);
}

static void work_exact(struct job *job, guint worker)
{
    struct exact_job *e = (struct exact_job *)job;

    (void)worker;
    e->ok = exact_request_compute(&e->request, e->result, &e->cancelled, &e->error);
}

static struct exact_slot *oldest_slot(struct exact_cache *x)
{
    struct exact_slot *oldest = &x->slots[0];

    for (unsigned i = 1; i < EXACT_CACHE_SLOTS; i++)
        if (x->slots[i].used_at < oldest->used_at)
            oldest = &x->slots[i];
    return oldest;
}

static void done_exact(struct job *job)
{
    struct exact_job *e = (struct exact_job *)job;
    struct exact_cache *x = e->cache;

    x->running = NULL;
    if (!g_atomic_int_get(&e->cancelled)) {
        struct exact_slot *slot = oldest_slot(x);

        clear_slot(slot);
        *slot = (struct exact_slot){.entry = e->request.entry, .used_at = ++x->clock};
        if (e->ok)
            slot->result = g_steal_pointer(&e->result);
        else
            slot->error = g_strdup(e->error->message);
    }
    g_clear_error(&e->error);
    g_free(e->result);
    g_free(e);
}

static void submit(struct exact_cache *x, const struct exact_request *r)
{
    struct exact_job *e = g_new0(struct exact_job, 1);

    *e = (struct exact_job){.job = {.work = work_exact, .done = done_exact},
                            .cache = x,
                            .request = *r,
                            .result = g_new0(struct exact_result, 1)};
    e->job.cancelled = &e->cancelled;
    x->running = e;
    pool_submit(r->pool, &e->job);
}

const struct exact_result *exact_cache_get(struct exact_cache *x, const struct exact_request *r,
                                           const char **error_text)
{
    *error_text = NULL;
    for (unsigned i = 0; i < EXACT_CACHE_SLOTS; i++) {
        if (x->slots[i].entry != r->entry)
            continue;
        x->slots[i].used_at = ++x->clock;
        *error_text = x->slots[i].error;
        return x->slots[i].result;
    }
    if (!x->running)
        submit(x, r);
    else if (x->running->request.entry != r->entry)
        exact_cache_cancel(x);
    return NULL;
}
