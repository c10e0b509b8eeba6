/* The scan of a comparison under way, and the copies that are merged after it. */
#include <math.h>

#include "core/comparison.h"
#include "core/copies.h"
#include "core/plan.h"

void comparison_scan_start(struct comparison *c)
{
    if (!c->pool)
        c->pool = pool_create(c->threads, plan_next, c->plan);
}

void comparison_scan_prefer(struct comparison *c, const uint32_t *entries, uint32_t n)
{
    plan_prefer(c->plan, entries, n);
}

void comparison_scan_cancel(struct comparison *c)
{
    plan_cancel(c->plan);
}

void comparison_scan_resume(struct comparison *c)
{
    plan_resume(c->plan);
    if (c->tie.state != TIE_OFF)
        comparison_tie(c);
    if (c->pool)
        pool_kick(c->pool);
}

bool comparison_scan_running(const struct comparison *c)
{
    return plan_running(c->plan);
}

int comparison_wake_fd(const struct comparison *c)
{
    return c->pool ? pool_wake_fd(c->pool) : -1;
}

/* What looks like copies is compared once all is scanned. */
static void tie_step(struct comparison *c)
{
    const struct tie_request request = {c->base, c->tuned, &c->pairing, &c->summary.version};
    uint32_t *first;
    GArray *pairs;

    if (c->tie.state != TIE_WAITING || !c->pool || comparison_scan_running(c))
        return;
    first = copies_find(c, COPIES_EVERY);
    pairs = g_array_new(FALSE, FALSE, sizeof(struct tie_pair));
    for (uint32_t i = 0; i < c->summary.n; i++) {
        const struct tie_pair pair = {i, first[i]};

        if (first[i] != PAIR_NONE)
            g_array_append_val(pairs, pair);
    }
    g_free(first);
    tie_start(&c->tie, &request, pairs, c->pool);
}

void comparison_tie(struct comparison *c)
{
    comparison_untie(c);
    c->tie.state = TIE_WAITING;
    tie_step(c);
}

void comparison_untie(struct comparison *c)
{
    tie_finish(&c->tie);
    c->summary.version++;
}

void comparison_tie_wait(struct comparison *c)
{
    comparison_scan_wait(c);
    tie_step(c);
    while (c->tie.state == TIE_WAITING || c->tie.state == TIE_COMPARING)
        comparison_wait(c);
}

uint32_t comparison_copy_of(const struct comparison *c, uint32_t entry)
{
    return c->tie.copy_of ? c->tie.copy_of[entry] : PAIR_NONE;
}

uint32_t comparison_next_copy(const struct comparison *c, uint32_t entry)
{
    return c->tie.next ? c->tie.next[entry] : PAIR_NONE;
}

/* How many merged copies that side has, and their elements. */
static uint32_t merged_on(const struct comparison *c, bool tuned, uint64_t *elems)
{
    uint32_t n = 0;

    *elems = 0;
    for (uint32_t i = 0; c->tie.n_copies && i < c->pairing.n_entries; i++) {
        const struct pair_entry *e = &c->pairing.entries[i];
        uint32_t index = tuned ? e->tuned : e->base;

        if (comparison_copy_of(c, i) == PAIR_NONE || index == PAIR_NONE)
            continue;
        *elems += checkpoint_tensor(tuned ? c->tuned : c->base, index)->elems;
        n++;
    }
    return n;
}

uint32_t comparison_tensors(const struct comparison *c, bool tuned)
{
    uint64_t elems;

    return (tuned ? c->tuned : c->base)->n_stored - merged_on(c, tuned, &elems);
}

uint64_t comparison_parameters(const struct comparison *c, bool tuned)
{
    uint64_t elems;

    merged_on(c, tuned, &elems);
    return (tuned ? c->tuned : c->base)->parameters - elems;
}

bool comparison_drain(struct comparison *c)
{
    bool changed = c->pool && pool_drain(c->pool) > 0;

    tie_step(c);
    return changed;
}

void comparison_wait(struct comparison *c)
{
    pool_wait(c->pool);
    comparison_drain(c);
}

void comparison_scan_wait(struct comparison *c)
{
    while (comparison_scan_running(c))
        comparison_wait(c);
}

void comparison_progress(const struct comparison *c, struct progress *out)
{
    struct plan_progress p;
    gint64 end;

    plan_progress(c->plan, &p);
    end = p.ended_us ? p.ended_us : g_get_monotonic_time();
    *out = (struct progress){
        .bytes_done = p.bytes_done,
        .bytes_total = p.bytes_total,
        .seconds = (double)(end - p.started_us) * 1e-6,
        .tensors_done = c->summary.n_finished,
        .tensors_total = c->summary.n,
        .running = comparison_scan_running(c),
        .cancelled = p.cancelled,
        .seconds_left = NAN,
    };
    if (out->seconds > 0)
        out->bytes_per_second = (double)p.bytes_done / out->seconds;
    if (out->running && out->seconds > 0.3 && p.bytes_done > 0)
        out->seconds_left = (double)(p.bytes_total - p.bytes_done) / out->bytes_per_second;
}
