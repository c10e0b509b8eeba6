#include "core/lazy_cache.h"

struct lazy_slot {
    gint64 used_at; /* a counter, the smallest goes first */
    gpointer result;
    char *error;
    bool stopped; /* by the user */
};

struct lazy_job {
    struct job job;
    struct lazy_cache *cache;
    struct lazy_watch watch;
    guint32 entry;
    bool stopped;
    gpointer request, result;
    GError *error;
};

void lazy_cache_init(struct lazy_cache *x, const struct lazy_kind *kind)
{
    *x = (struct lazy_cache){.kind = kind, .slots = g_hash_table_new(NULL, NULL)};
}

void lazy_cache_cancel(struct lazy_cache *x)
{
    if (x->running)
        g_atomic_int_set(&x->running->watch.cancelled, 1);
}

static struct lazy_slot *find(const struct lazy_cache *x, guint32 entry)
{
    return g_hash_table_lookup(x->slots, GUINT_TO_POINTER(entry));
}

static void free_slot(const struct lazy_cache *x, struct lazy_slot *s)
{
    if (s->result)
        x->kind->free(s->result);
    g_free(s->error);
    g_free(s);
}

void lazy_cache_finish(struct lazy_cache *x)
{
    GHashTableIter i;
    gpointer slot;

    g_hash_table_iter_init(&i, x->slots);
    while (g_hash_table_iter_next(&i, NULL, &slot))
        free_slot(x, slot);
    g_hash_table_destroy(x->slots);
    x->slots = NULL;
}

static void drop(struct lazy_cache *x, guint32 entry)
{
    struct lazy_slot *s = find(x, entry);

    if (!s)
        return;
    g_hash_table_remove(x->slots, GUINT_TO_POINTER(entry));
    free_slot(x, s);
}

static void drop_oldest(struct lazy_cache *x)
{
    GHashTableIter i;
    gpointer key, value, oldest_key = NULL;
    gint64 oldest = G_MAXINT64;

    g_hash_table_iter_init(&i, x->slots);
    while (g_hash_table_iter_next(&i, &key, &value)) {
        const struct lazy_slot *s = value;

        if (s->used_at < oldest) {
            oldest = s->used_at;
            oldest_key = key;
        }
    }
    drop(x, GPOINTER_TO_UINT(oldest_key));
}

static struct lazy_slot *add_slot(struct lazy_cache *x, guint32 entry)
{
    struct lazy_slot *s = g_new0(struct lazy_slot, 1);

    drop(x, entry);
    if (g_hash_table_size(x->slots) >= x->kind->most)
        drop_oldest(x);
    s->used_at = ++x->clock;
    g_hash_table_insert(x->slots, GUINT_TO_POINTER(entry), s);
    return s;
}

void lazy_cache_put(struct lazy_cache *x, guint32 entry, gpointer result, const char *error)
{
    struct lazy_slot *s = add_slot(x, entry);

    s->result = result;
    s->error = g_strdup(error);
}

static void work_lazy(struct job *job, guint worker)
{
    struct lazy_job *j = (struct lazy_job *)job;

    (void)worker;
    j->result = j->cache->kind->compute(j->request, &j->watch, &j->error);
}

static void done_lazy(struct job *job)
{
    struct lazy_job *j = (struct lazy_job *)job;
    struct lazy_cache *x = j->cache;

    x->running = NULL;
    if (j->stopped) {
        lazy_cache_put(x, j->entry, NULL, "cancelled; c computes it");
        find(x, j->entry)->stopped = true;
    } else if (!g_atomic_int_get(&j->watch.cancelled)) {
        lazy_cache_put(x, j->entry, g_steal_pointer(&j->result),
                       j->error ? j->error->message : NULL);
    }
    if (j->result)
        x->kind->free(j->result);
    g_clear_error(&j->error);
    g_free(j->request);
    g_free(j);
}

static void submit(struct lazy_cache *x, guint32 entry, const void *request, struct pool *pool)
{
    struct lazy_job *j = g_new0(struct lazy_job, 1);

    *j = (struct lazy_job){.job = {.work = work_lazy, .done = done_lazy},
                           .cache = x,
                           .entry = entry,
                           .request = g_memdup2(request, x->kind->request_bytes)};
    j->job.cancelled = &j->watch.cancelled;
    x->running = j;
    pool_submit(pool, &j->job);
}

gconstpointer lazy_cache_get(struct lazy_cache *x, guint32 entry, const void *request,
                             struct pool *pool, const char **error_text)
{
    struct lazy_slot *s = find(x, entry);

    *error_text = NULL;
    if (s) {
        s->used_at = ++x->clock;
        *error_text = s->error;
        return s->result;
    }
    if (!x->running)
        submit(x, entry, request, pool);
    else if (x->running->entry != entry)
        lazy_cache_cancel(x);
    return NULL;
}

gconstpointer lazy_cache_peek(const struct lazy_cache *x, guint32 entry, const char **error_text)
{
    const struct lazy_slot *s = find(x, entry);

    *error_text = s ? s->error : NULL;
    return s ? s->result : NULL;
}

bool lazy_cache_running(const struct lazy_cache *x, guint *step, guint *of)
{
    if (!x->running)
        return false;
    if (step)
        *step = (guint)g_atomic_int_get(&x->running->watch.step);
    if (of)
        *of = (guint)g_atomic_int_get(&x->running->watch.of);
    return true;
}

bool lazy_cache_stop(struct lazy_cache *x)
{
    if (!x->running || g_atomic_int_get(&x->running->watch.cancelled))
        return false;
    x->running->stopped = true;
    lazy_cache_cancel(x);
    return true;
}

static gboolean is_stopped(gpointer key, gpointer value, gpointer data)
{
    struct lazy_slot *s = value;

    (void)key;
    if (!s->stopped)
        return FALSE;
    free_slot(data, s);
    return TRUE;
}

bool lazy_cache_resume(struct lazy_cache *x)
{
    return g_hash_table_foreach_remove(x->slots, is_stopped, x) > 0;
}
