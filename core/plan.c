#include "core/plan.h"

#include <string.h>

/* One entry's way through the plan. What is not fixed is under the plan's lock. */
struct entry_plan {
    uint64_t base_elems, tuned_elems;
    bool together;       /* one block reads both sides; else the base's blocks, then the tuned's */
    struct energy_shape shape; /* of the base, or of what there is */
    uint32_t n_base;     /* blocks of the base (of both, if together) */
    uint32_t n_blocks;
    uint32_t next_block; /* to hand out */
    uint32_t window;     /* blocks that may be done before their turn */
    uint32_t n_folded;   /* contiguous blocks that are in `fold` */
    uint32_t n_out;      /* handed out and not yet drained */
    struct scan_result fold;
    struct scan_result **ahead; /* [n_blocks] done before their turn */
    char *error;                /* of the lowest failed block */
    uint32_t error_block;
};

struct block_job {
    struct job job;
    struct scan_plan *plan;
    uint32_t entry, block;
};

struct worker_buffers {
    void *base, *tuned; /* BUFFER_BYTES each */
    struct scan_scratch *scratch;
};

struct scan_plan {
    struct plan_input in;
    GMutex lock;
    GCond folded; /* an entry's n_folded grew, or it failed */
    struct entry_plan *entries;
    uint32_t n;
    uint32_t cursor;     /* entries below it have nothing left to hand out */
    uint32_t *preferred; /* handed out first */
    uint32_t n_preferred;
    uint32_t n_open; /* entries not yet in the summary */
    bool cancelled;
    uint64_t bytes_done, bytes_total;
    gint64 started_us, ended_us;
    struct worker_buffers *buffers; /* [workers] */
};

/* A block of the widest type. */
#define BUFFER_BYTES (SCAN_BLOCK * sizeof(double))
/* Energies of an entry that may wait for the fold. */
#define AHEAD_BYTES ((uint64_t)32 << 20)

static const struct tensor *side(const struct checkpoint *c, uint32_t index)
{
    return index == PAIR_NONE ? NULL : checkpoint_tensor(c, index);
}

static uint64_t elem_bytes(const struct tensor *t)
{
    return t ? dtype_info(t->dtype)->bytes : 0;
}

/* A matrix whose place says nothing of its form has its first dimension for rows. */
static struct energy_shape shape_of(const struct checkpoint *c, uint32_t index)
{
    const struct tensor *t = checkpoint_tensor(c, index);
    unsigned row_axes = c->places[index].row_axes;

    if (t->kind != TENSOR_WEIGHT)
        return (struct energy_shape){0, 0};
    if (row_axes == 0 && t->rank >= 2 && tensor_squeezed_rank(t) >= 2)
        row_axes = 1;
    return energy_shape_of(t->rank, t->dim, row_axes);
}

static uint32_t window_of(const struct scan_plan *p, struct energy_shape shape)
{
    uint64_t fit = AHEAD_BYTES / (energy_bytes(shape, SCAN_BLOCK) + 1);

    return MAX((uint32_t)fit, 2 * p->in.workers);
}

static uint32_t blocks_of(uint64_t elems)
{
    return (uint32_t)((elems + SCAN_BLOCK - 1) / SCAN_BLOCK);
}

/* An empty tensor still takes one (empty) block, so that every entry ends the same way. */
static void init_entry(struct scan_plan *p, uint32_t i)
{
    const struct pair_entry *pair = &p->in.pairing->entries[i];
    const struct tensor *base = side(p->in.base, pair->base), *tuned = side(p->in.tuned, pair->tuned);
    struct entry_plan *e = &p->entries[i];

    e->base_elems = base ? base->elems : 0;
    e->tuned_elems = tuned ? tuned->elems : 0;
    e->together = base && tuned && pair->state == PAIR_MATCHED;
    e->shape = base ? shape_of(p->in.base, pair->base) : shape_of(p->in.tuned, pair->tuned);
    e->window = window_of(p, e->shape);
    e->n_base = base ? MAX(blocks_of(e->base_elems), 1) : 0;
    e->n_blocks = e->n_base;
    if (tuned && !e->together)
        e->n_blocks += MAX(blocks_of(e->tuned_elems), 1);
    scan_result_init(&e->fold);
    p->bytes_total += e->base_elems * elem_bytes(base) + e->tuned_elems * elem_bytes(tuned);
}

struct scan_plan *plan_create(const struct plan_input *in)
{
    struct scan_plan *p = g_new0(struct scan_plan, 1);

    p->in = *in;
    g_mutex_init(&p->lock);
    g_cond_init(&p->folded);
    p->n = p->n_open = in->pairing->n_entries;
    p->entries = g_new0(struct entry_plan, p->n);
    p->preferred = g_new(uint32_t, p->n);
    for (uint32_t i = 0; i < p->n; i++)
        init_entry(p, i);
    p->buffers = g_new0(struct worker_buffers, in->workers);
    p->started_us = g_get_monotonic_time();
    if (p->n_open == 0)
        p->ended_us = p->started_us;
    return p;
}

static void free_ahead(struct entry_plan *e)
{
    for (uint32_t i = 0; e->ahead && i < e->n_blocks; i++) {
        if (!e->ahead[i])
            continue;
        scan_result_finish(e->ahead[i]);
        g_free(e->ahead[i]);
    }
    g_free(e->ahead);
    e->ahead = NULL;
}

void plan_destroy(struct scan_plan *p)
{
    if (!p)
        return;
    for (uint32_t i = 0; i < p->n; i++) {
        free_ahead(&p->entries[i]);
        scan_result_finish(&p->entries[i].fold);
        g_free(p->entries[i].error);
    }
    for (guint i = 0; i < p->in.workers; i++) {
        g_free(p->buffers[i].base);
        g_free(p->buffers[i].tuned);
        scan_scratch_destroy(p->buffers[i].scratch);
    }
    g_free(p->buffers);
    g_free(p->entries);
    g_free(p->preferred);
    g_cond_clear(&p->folded);
    g_mutex_clear(&p->lock);
    g_free(p);
}

/* Made by the worker that uses them, so that their pages are its own. */
static struct worker_buffers *buffers_of(struct scan_plan *p, guint worker)
{
    struct worker_buffers *b = &p->buffers[worker];

    if (!b->scratch) {
        b->base = g_malloc(BUFFER_BYTES);
        b->tuned = g_malloc(BUFFER_BYTES);
        b->scratch = scan_scratch_create();
    }
    return b;
}

/* Which elements of which sides a block covers. */
struct span {
    struct scan_span at;
    bool base, tuned;
};

/* Of two sides that are not of one shape only the base's has energies. */
static struct span span_of(const struct entry_plan *e, uint32_t block)
{
    bool base = block < e->n_base;
    uint64_t first = (uint64_t)(base ? block : block - e->n_base) * SCAN_BLOCK;
    uint64_t elems = base ? e->base_elems : e->tuned_elems;

    return (struct span){.at = {.first = first,
                                .n = (size_t)MIN(SCAN_BLOCK, elems - first),
                                .shape = base || e->n_base == 0 ? e->shape
                                                                : (struct energy_shape){0, 0}},
                         .base = base,
                         .tuned = !base || e->together};
}

static gboolean read_side(const struct checkpoint *c, uint32_t index, const struct span *span,
                          void *buffer, GError **error)
{
    struct source *s = c->source;

    return span->at.n == 0 ||
           s->ops->read(s, index, span->at.first, span->at.n, buffer, error);
}

static struct scan_result *scan_span(struct scan_plan *p, uint32_t entry, const struct span *span,
                                     struct worker_buffers *b, GError **error)
{
    const struct pair_entry *pair = &p->in.pairing->entries[entry];
    const struct tensor *base = side(p->in.base, pair->base), *tuned = side(p->in.tuned, pair->tuned);
    struct scan_result *result;

    if (span->base && !read_side(p->in.base, pair->base, span, b->base, error))
        return NULL;
    if (span->tuned && !read_side(p->in.tuned, pair->tuned, span, b->tuned, error))
        return NULL;
    result = g_new(struct scan_result, 1);
    scan_result_init(result);
    scan_block(p->in.ops, b->scratch, span->base ? base->dtype : DTYPE_F32,
               span->base ? b->base : NULL, span->tuned ? tuned->dtype : DTYPE_F32,
               span->tuned ? b->tuned : NULL, &span->at, result);
    return result;
}

static void fold(struct entry_plan *e, struct scan_result *next)
{
    scan_result_merge(&e->fold, next);
    scan_result_finish(next);
    g_free(next);
    e->n_folded++;
}

/* Folds in block order whatever order the blocks finish in: the bits never depend on it. */
static void absorb_block(struct entry_plan *e, uint32_t block, struct scan_result *result)
{
    if (block != e->n_folded) {
        if (!e->ahead)
            e->ahead = g_new0(struct scan_result *, e->n_blocks);
        e->ahead[block] = result;
        return;
    }
    fold(e, result);
    while (e->ahead && e->n_folded < e->n_blocks && e->ahead[e->n_folded]) {
        result = e->ahead[e->n_folded];
        e->ahead[e->n_folded] = NULL;
        fold(e, result);
    }
}

static void note_error(struct entry_plan *e, uint32_t block, GError *error)
{
    if (!e->error || block < e->error_block) {
        g_free(e->error);
        e->error = g_strdup(error->message);
        e->error_block = block;
    }
    g_error_free(error);
}

/* Never waits for a block that waits: the lowest one out is always within the window. */
static void await_window(struct scan_plan *p, const struct entry_plan *e, uint32_t block)
{
    g_mutex_lock(&p->lock);
    while (!e->error && block - e->n_folded > e->window)
        g_cond_wait(&p->folded, &p->lock);
    g_mutex_unlock(&p->lock);
}

static void work_block(struct job *job, guint worker)
{
    struct block_job *b = (struct block_job *)job;
    struct scan_plan *p = b->plan;
    struct entry_plan *e = &p->entries[b->entry];
    const struct pair_entry *pair = &p->in.pairing->entries[b->entry];
    struct span span = span_of(e, b->block);
    GError *error = NULL;
    struct scan_result *result;

    await_window(p, e, b->block);
    result = scan_span(p, b->entry, &span, buffers_of(p, worker), &error);

    g_mutex_lock(&p->lock);
    if (span.base)
        p->bytes_done += span.at.n * elem_bytes(side(p->in.base, pair->base));
    if (span.tuned)
        p->bytes_done += span.at.n * elem_bytes(side(p->in.tuned, pair->tuned));
    if (result)
        absorb_block(e, b->block, result);
    else
        note_error(e, b->block, error);
    g_cond_broadcast(&p->folded);
    g_mutex_unlock(&p->lock);
}

static void finish_entry(struct scan_plan *p, uint32_t entry)
{
    struct entry_plan *e = &p->entries[entry];
    struct entry_summary *s = &p->in.summary->entries[entry];

    if (e->error) {
        s->state = ENTRY_FAILED;
        s->error = g_steal_pointer(&e->error);
        e->next_block = e->n_blocks; /* the rest of it is not read */
        p->in.summary->n_failed++;
        free_ahead(e);
    } else {
        s->state = ENTRY_DONE;
        scan_result_finish(&s->result);
        s->result = e->fold;
        scan_result_init(&e->fold);
        g_clear_pointer(&e->ahead, g_free);
    }
    p->in.summary->n_finished++;
    if (--p->n_open == 0)
        p->ended_us = g_get_monotonic_time();
}

static void done_block(struct job *job)
{
    struct block_job *b = (struct block_job *)job;
    struct scan_plan *p = b->plan;
    struct entry_plan *e = &p->entries[b->entry];
    bool ended;

    g_mutex_lock(&p->lock);
    e->n_out--;
    ended = e->n_out == 0 && (e->error || e->n_folded == e->n_blocks);
    if (ended)
        finish_entry(p, b->entry);
    g_mutex_unlock(&p->lock);
    if (!ended && p->in.summary->entries[b->entry].state == ENTRY_WAITING)
        p->in.summary->entries[b->entry].state = ENTRY_READING;
    p->in.summary->version++;
    g_free(b);
}

static bool has_block(const struct entry_plan *e)
{
    return !e->error && e->next_block < e->n_blocks;
}

static struct job *hand_out(struct scan_plan *p, uint32_t entry)
{
    struct block_job *b = g_new0(struct block_job, 1);

    *b = (struct block_job){{.work = work_block, .done = done_block}, p, entry,
                            p->entries[entry].next_block++};
    p->entries[entry].n_out++;
    return &b->job;
}

static struct job *next_preferred(struct scan_plan *p)
{
    while (p->n_preferred > 0) {
        uint32_t entry = p->preferred[p->n_preferred - 1];

        if (has_block(&p->entries[entry]))
            return hand_out(p, entry);
        p->n_preferred--;
    }
    return NULL;
}

struct job *plan_next(void *plan)
{
    struct scan_plan *p = plan;
    struct job *job = NULL;

    g_mutex_lock(&p->lock);
    if (!p->cancelled) {
        job = next_preferred(p);
        while (!job && p->cursor < p->n) {
            if (has_block(&p->entries[p->cursor]))
                job = hand_out(p, p->cursor);
            else
                p->cursor++;
        }
    }
    g_mutex_unlock(&p->lock);
    return job;
}

void plan_prefer(struct scan_plan *p, const uint32_t *entries, uint32_t n)
{
    g_mutex_lock(&p->lock);
    n = MIN(n, p->n);
    /* Taken from the end, so the first is kept last. */
    for (uint32_t i = 0; i < n; i++)
        p->preferred[n - 1 - i] = entries[i];
    p->n_preferred = n;
    g_mutex_unlock(&p->lock);
}

/* States of what is not finished; only the summary's thread may set them. */
static void mark_open(struct scan_plan *p, enum entry_state state)
{
    for (uint32_t i = 0; i < p->n; i++)
        if (p->in.summary->entries[i].state < ENTRY_DONE ||
            p->in.summary->entries[i].state == ENTRY_CANCELLED)
            p->in.summary->entries[i].state = state;
    p->in.summary->version++;
}

void plan_cancel(struct scan_plan *p)
{
    g_mutex_lock(&p->lock);
    if (!p->cancelled && p->n_open > 0) {
        p->cancelled = true;
        p->ended_us = g_get_monotonic_time();
        mark_open(p, ENTRY_CANCELLED);
    }
    g_mutex_unlock(&p->lock);
}

void plan_resume(struct scan_plan *p)
{
    g_mutex_lock(&p->lock);
    if (p->cancelled) {
        p->cancelled = false;
        /* The pause does not count. */
        p->started_us += g_get_monotonic_time() - p->ended_us;
        p->ended_us = 0;
        p->cursor = 0;
        mark_open(p, ENTRY_WAITING);
    }
    g_mutex_unlock(&p->lock);
}

bool plan_running(const struct scan_plan *p)
{
    return p->n_open > 0 && !p->cancelled;
}

void plan_progress(const struct scan_plan *p, struct plan_progress *out)
{
    GMutex *lock = (GMutex *)&p->lock;

    g_mutex_lock(lock);
    *out = (struct plan_progress){p->bytes_done, p->bytes_total, p->started_us, p->ended_us,
                                  p->cancelled};
    g_mutex_unlock(lock);
}
