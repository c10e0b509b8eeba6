#include "core/tie.h"

#include <string.h>

#define PIECE_BYTES ((size_t)1 << 20)

struct tie_job {
    struct job job;
    struct tie *tie; /* NULL: nobody waits any more */
    struct tie_request request;
    GArray *pairs; /* struct tie_pair; those that differ get first PAIR_NONE */
    gint cancelled;
    char *error;
};

/* Byte for byte, in pieces. */
static bool same_values(struct source *s, uint32_t a, uint32_t b, const gint *cancelled,
                        GError **error)
{
    const struct tensor *t = &s->tensors[a];
    size_t bytes = dtype_info(t->dtype)->bytes, most = PIECE_BYTES / bytes;
    char *memory = g_malloc(2 * PIECE_BYTES);
    bool same = true;

    for (uint64_t at = 0; same && at < t->elems; at += most) {
        size_t n = (size_t)MIN(most, t->elems - at);

        same = !g_atomic_int_get(cancelled) && s->ops->read(s, a, at, n, memory, error) &&
               s->ops->read(s, b, at, n, memory + PIECE_BYTES, error) &&
               memcmp(memory, memory + PIECE_BYTES, n * bytes) == 0;
    }
    g_free(memory);
    return same;
}

static bool same_pair(const struct tie_job *j, const struct tie_pair *p, GError **error)
{
    const struct pair_entry *a = &j->request.pairing->entries[p->copy];
    const struct pair_entry *b = &j->request.pairing->entries[p->first];

    return (a->base == PAIR_NONE ||
            same_values(j->request.base->source, a->base, b->base, &j->cancelled, error)) &&
           (a->tuned == PAIR_NONE ||
            same_values(j->request.tuned->source, a->tuned, b->tuned, &j->cancelled, error));
}

static void work_tie(struct job *job, guint worker)
{
    struct tie_job *j = (struct tie_job *)job;

    (void)worker;
    for (guint i = 0; i < j->pairs->len && !g_atomic_int_get(&j->cancelled); i++) {
        struct tie_pair *p = &g_array_index(j->pairs, struct tie_pair, i);
        GError *error = NULL;

        if (!same_pair(j, p, &error))
            p->first = PAIR_NONE;
        if (error && !j->error)
            j->error = g_strdup(error->message);
        g_clear_error(&error);
    }
}

static void merge(struct tie *t, const struct tie_pair *p)
{
    if (p->first == PAIR_NONE) {
        t->n_unequal++;
        return;
    }
    t->copy_of[p->copy] = p->first;
    t->next[p->copy] = t->next[p->first];
    t->next[p->first] = p->copy;
    t->n_copies++;
}

static void take_result(struct tie *t, struct tie_job *j)
{
    uint32_t n = j->request.pairing->n_entries;

    t->state = TIE_DONE;
    t->error = g_steal_pointer(&j->error);
    t->copy_of = g_new(uint32_t, n + 1);
    t->next = g_new(uint32_t, n + 1);
    for (uint32_t i = 0; i < n; i++)
        t->copy_of[i] = t->next[i] = PAIR_NONE;
    /* The last first: each goes to the head of its list. */
    for (guint i = j->pairs->len; i-- > 0;)
        merge(t, &g_array_index(j->pairs, struct tie_pair, i));
    ++*j->request.version;
}

static void done_tie(struct job *job)
{
    struct tie_job *j = (struct tie_job *)job;

    if (j->tie) {
        j->tie->running = NULL;
        take_result(j->tie, j);
    }
    g_array_free(j->pairs, TRUE);
    g_free(j->error);
    g_free(j);
}

void tie_start(struct tie *t, const struct tie_request *request, GArray *pairs, struct pool *pool)
{
    struct tie_job *j = g_new0(struct tie_job, 1);

    *j = (struct tie_job){
        .job = {.work = work_tie, .done = done_tie}, .tie = t, .request = *request, .pairs = pairs};
    t->state = TIE_COMPARING;
    t->running = j;
    if (pairs->len)
        pool_submit(pool, &j->job);
    else
        done_tie(&j->job);
}

void tie_cancel(struct tie *t)
{
    if (t->running) {
        g_atomic_int_set(&t->running->cancelled, 1);
        t->running->tie = NULL;
    }
    t->running = NULL;
}

void tie_finish(struct tie *t)
{
    tie_cancel(t);
    g_free(t->copy_of);
    g_free(t->next);
    g_free(t->error);
    *t = (struct tie){0};
}
