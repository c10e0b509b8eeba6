/* Two weights of one file that hold the same values: tied, but stored twice.
 *
 * Told by what the scan found: shape, type, every sum to the last bit, the extremes with their
 * places, and the sketch. No value is read again. */
#include <string.h>
#include "core/rule.h"

/* One side of an entry. */
struct holder {
    const struct tensor *tensor;
    const struct stats *stats;
    const struct sketch *sketch;
    uint32_t entry;
};

static guint hash_double(guint hash, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    return hash * 31 + (guint)(bits ^ bits >> 32);
}

static guint holder_hash(gconstpointer key)
{
    const struct holder *h = key;
    guint hash = hash_double((guint)h->stats->elems, h->stats->sumsq);

    return hash_double(hash_double(hash, h->stats->l1), h->stats->mean);
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

static gboolean holder_equal(gconstpointer x, gconstpointer y)
{
    const struct holder *a = x, *b = y;

    return a->tensor->dtype == b->tensor->dtype && tensor_same_shape(a->tensor, b->tensor) &&
           same_stats(a->stats, b->stats) && same_sketch(a->sketch, b->sketch);
}

/* False: that side of the entry is no weight that was read, or constant, as fresh biases are. */
static bool holder_of(const struct comparison *c, uint32_t i, bool tuned, struct holder *out)
{
    const struct pair_entry *e = &c->pairing.entries[i];
    const struct scan_result *r = &c->summary.entries[i].result;

    if (c->summary.entries[i].state != ENTRY_DONE || !(tuned ? r->has_tuned : r->has_base))
        return false;
    *out = (struct holder){
        .tensor =
            tuned ? checkpoint_tensor(c->tuned, e->tuned) : checkpoint_tensor(c->base, e->base),
        .stats = tuned ? &r->stats.tuned : &r->stats.base,
        .sketch = tuned ? &r->tuned : &r->base,
        .entry = i,
    };
    return out->tensor->kind == TENSOR_WEIGHT && out->stats->min < out->stats->max;
}

/* first[i]: the entry before i whose values on that side are i's; PAIR_NONE: there is none. */
static uint32_t *find_first(const struct comparison *c, bool tuned)
{
    uint32_t *first = g_new(uint32_t, c->summary.n);
    struct holder *holders = g_new(struct holder, c->summary.n);
    GHashTable *seen = g_hash_table_new(holder_hash, holder_equal);

    for (uint32_t i = 0; i < c->summary.n; i++) {
        const struct holder *other;

        first[i] = PAIR_NONE;
        if (!holder_of(c, i, tuned, &holders[i]))
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

static const char *name_on(const struct comparison *c, uint32_t i, bool tuned)
{
    const struct pair_entry *e = &c->pairing.entries[i];

    return tuned ? checkpoint_tensor(c->tuned, e->tuned)->name
                 : checkpoint_tensor(c->base, e->base)->name;
}

static void report_copy(const struct rule *rule, const struct comparison *c, uint32_t copy,
                        uint32_t first, bool tuned, const char *where, GArray *out)
{
    struct finding *f = finding_add(out, rule, SEVERITY_WARNING, name_on(c, copy, tuned), copy);

    f->what = g_strdup_printf("holds the same values as %s%s", name_on(c, first, tuned), where);
    finding_evidence(f, "elements", (double)comparison_tensor(c, copy)->elems);
}

static void check(const struct rule *rule, const struct comparison *c, GArray *out)
{
    uint32_t *in_base = find_first(c, false), *in_tuned = find_first(c, true);

    for (uint32_t i = 0; i < c->summary.n; i++) {
        bool both = in_base[i] == in_tuned[i];

        if (in_base[i] != PAIR_NONE)
            report_copy(rule, c, i, in_base[i], false,
                        both       ? ", in both files"
                        : c->tuned ? ", in the base only"
                                   : "",
                        out);
        if (in_tuned[i] != PAIR_NONE && !both)
            report_copy(rule, c, i, in_tuned[i], true, ", in the tuned file only", out);
    }
    g_free(in_base);
    g_free(in_tuned);
}

const struct rule rule_copy = {
    .id = "copy",
    .title = "the same weights twice",
    .meaning = "tied weights that were saved as two arrays, or a layer copied from another; both "
               "are counted in every sum",
    .advice = "if the model ties these weights, take one of them off the parameter count; if it "
              "does not, check why two layers are equal",
    .source = "same shape, type, sums, extremes and sketch, to the last bit",
    .limits = "values are not compared one by one: a permutation of them with the same extremes "
              "in place would pass",
    .check = check,
};
