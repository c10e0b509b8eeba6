#include "core/copies.h"

#include <string.h>

/* One side of an entry; tensor NULL: it has none, or none that is asked for. */
struct held {
    const struct tensor *tensor;
    const struct stats *stats;
    const struct sketch *sketch;
};

struct holder {
    struct held base, tuned;
    uint32_t entry;
};

static guint hash_double(guint hash, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    return hash * 31 + (guint)(bits ^ bits >> 32);
}

static guint held_hash(const struct held *h)
{
    guint hash;

    if (!h->tensor)
        return 0;
    hash = hash_double((guint)h->stats->elems, h->stats->sumsq);
    return hash_double(hash_double(hash, h->stats->l1), h->stats->mean);
}

static guint holder_hash(gconstpointer key)
{
    const struct holder *h = key;

    return held_hash(&h->base) * 31 + held_hash(&h->tuned);
}

static bool same_double(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static bool same_stats(const struct stats *a, const struct stats *b)
{
    return a->elems == b->elems && a->nan == b->nan && a->inf == b->inf && a->zeros == b->zeros &&
           a->scale == b->scale && same_double(a->l1, b->l1) && same_double(a->sumsq, b->sumsq) &&
           same_double(a->mean, b->mean) && same_double(a->mean_low, b->mean_low) &&
           same_double(a->m2, b->m2) && same_double(a->m3, b->m3) && same_double(a->m4, b->m4) &&
           same_double(a->min, b->min) && same_double(a->max, b->max) && a->min_at == b->min_at &&
           a->max_at == b->max_at;
}

static bool same_sketch(const struct sketch *a, const struct sketch *b)
{
    if (a->n_bins != b->n_bins)
        return false;
    for (uint32_t i = 0; i < a->n_bins; i++)
        if (a->bins[i].key != b->bins[i].key || a->bins[i].count != b->bins[i].count)
            return false;
    return true;
}

static bool held_equal(const struct held *a, const struct held *b)
{
    if (!a->tensor || !b->tensor)
        return a->tensor == b->tensor;
    return a->tensor->dtype == b->tensor->dtype && tensor_same_shape(a->tensor, b->tensor) &&
           same_stats(a->stats, b->stats) && same_sketch(a->sketch, b->sketch);
}

static gboolean holder_equal(gconstpointer x, gconstpointer y)
{
    const struct holder *a = x, *b = y;

    return held_equal(&a->base, &b->base) && held_equal(&a->tuned, &b->tuned);
}

/* A weight that was read and is not constant. */
static bool can_be_copy(const struct held *h)
{
    return h->tensor->kind == TENSOR_WEIGHT && h->stats->min < h->stats->max;
}

/* False: that entry is no candidate. */
static bool holder_of(const struct comparison *c, uint32_t i, enum copies_side side,
                      struct holder *out)
{
    const struct pair_entry *e = &c->pairing.entries[i];
    const struct scan_result *r = &c->summary.entries[i].result;

    if (c->summary.entries[i].state != ENTRY_DONE)
        return false;
    *out = (struct holder){.entry = i};
    if (r->has_base && side != COPIES_TUNED)
        out->base = (struct held){checkpoint_tensor(c->base, e->base), &r->stats.base, &r->base};
    if (r->has_tuned && side != COPIES_BASE)
        out->tuned =
            (struct held){checkpoint_tensor(c->tuned, e->tuned), &r->stats.tuned, &r->tuned};
    return (out->base.tensor || out->tuned.tensor) &&
           (!out->base.tensor || can_be_copy(&out->base)) &&
           (!out->tuned.tensor || can_be_copy(&out->tuned));
}

uint32_t *copies_find(const struct comparison *c, enum copies_side side)
{
    uint32_t *first = g_new(uint32_t, c->summary.n + 1);
    struct holder *holders = g_new(struct holder, c->summary.n + 1);
    GHashTable *seen = g_hash_table_new(holder_hash, holder_equal);

    for (uint32_t i = 0; i < c->summary.n; i++) {
        const struct holder *other;

        first[i] = PAIR_NONE;
        if (!holder_of(c, i, side, &holders[i]))
            continue;
        other = g_hash_table_lookup(seen, &holders[i]);
        if (other)
            first[i] = other->entry;
        else
            g_hash_table_add(seen, &holders[i]);
    }
    g_hash_table_destroy(seen);
    g_free(holders);
    return first;
}
