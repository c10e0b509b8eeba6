#include "core/ngrams.h"

#include <math.h>
#include <string.h>

struct slot {
    const uint32_t *at; /* NULL: empty */
    uint32_t count;
    uint32_t hash;
    uint32_t sequence; /* the last that was counted; 0: not asked */
};

/* Open addressing; at most half full. */
struct ngrams {
    unsigned n;
    struct slot *slots; /* [mask + 1] */
    uint64_t mask, distinct, total;
    uint32_t n_sequences; /* of ngrams_add_distinct */
};

#define FIRST_SLOTS 64

struct ngrams *ngrams_create(unsigned n)
{
    struct ngrams *g = g_new0(struct ngrams, 1);

    g->n = n;
    g->slots = g_new0(struct slot, FIRST_SLOTS);
    g->mask = FIRST_SLOTS - 1;
    return g;
}

void ngrams_destroy(struct ngrams *g)
{
    if (!g)
        return;
    g_free(g->slots);
    g_free(g);
}

static uint32_t hash_of(const uint32_t *at, unsigned n)
{
    uint64_t h = 0x9e3779b97f4a7c15u;

    for (unsigned i = 0; i < n; i++) {
        h = (h ^ at[i]) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
    }
    return (uint32_t)h;
}

/* Where it is, or would be. */
static struct slot *find(const struct ngrams *g, const uint32_t *at, uint32_t hash)
{
    uint64_t i = hash & g->mask;

    while (g->slots[i].at &&
           (g->slots[i].hash != hash || memcmp(g->slots[i].at, at, g->n * sizeof *at) != 0))
        i = (i + 1) & g->mask;
    return &g->slots[i];
}

static void grow(struct ngrams *g)
{
    struct slot *old = g->slots;
    uint64_t n = g->mask + 1;

    g->slots = g_new0(struct slot, n * 2);
    g->mask = n * 2 - 1;
    for (uint64_t i = 0; i < n; i++)
        if (old[i].at)
            *find(g, old[i].at, old[i].hash) = old[i];
    g_free(old);
}

static void add(struct ngrams *g, const uint32_t *at, uint32_t sequence)
{
    uint32_t hash = hash_of(at, g->n);
    struct slot *s = find(g, at, hash);

    if (s->at && sequence && s->sequence == sequence)
        return;
    g->total++;
    if (s->at) {
        s->count++;
        s->sequence = sequence;
        return;
    }
    *s = (struct slot){at, 1, hash, sequence};
    if (++g->distinct * 2 > g->mask)
        grow(g);
}

void ngrams_add(struct ngrams *g, const struct symbols *s)
{
    for (uint32_t i = 0; i + g->n <= s->n; i++)
        add(g, &s->at[i], 0);
}

void ngrams_add_distinct(struct ngrams *g, const struct symbols *s)
{
    g->n_sequences++;
    for (uint32_t i = 0; i + g->n <= s->n; i++)
        add(g, &s->at[i], g->n_sequences);
}

uint64_t ngrams_total(const struct ngrams *g)
{
    return g->total;
}

uint64_t ngrams_distinct(const struct ngrams *g)
{
    return g->distinct;
}

uint32_t ngrams_count(const struct ngrams *g, const uint32_t *at)
{
    return find(g, at, hash_of(at, g->n))->count;
}

double ngrams_distinct_share(const struct ngrams *g)
{
    return g->total ? (double)g->distinct / (double)g->total : NAN;
}
