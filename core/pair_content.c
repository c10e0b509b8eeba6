#include "core/pair_content.h"

#include <math.h>
#include <string.h>

/* Profiles longer than this are sampled evenly. */
#define PROFILE_MOST 1024
/* Pairs of one number of elements that are looked at; beyond, those near in model order. */
#define PAIRS_MOST 250000

/* Norms of rows or columns, without their mean and of length 1; n 0: none, or all are equal. */
struct profile {
    double *x;
    uint64_t n; /* of the tensor's rows or columns, not of the sample */
};

/* One side of an entry. */
struct candidate {
    uint32_t entry;
    const struct tensor *tensor;
    const struct stats *stats;
    const struct sketch *sketch;
    struct profile rows, cols;
};

struct finder {
    const struct comparison *c;
    GArray *base, *tuned; /* struct candidate */
    GArray *found;        /* struct proposal */
};

static size_t sampled(uint64_t n)
{
    return (size_t)MIN(n, PROFILE_MOST);
}

static void profile_init(struct profile *p, const double *energy, uint64_t n)
{
    size_t m = sampled(n);
    double mean = 0, square = 0;

    if (!energy || n < 2)
        return;
    p->x = g_new(double, m);
    for (size_t i = 0; i < m; i++) {
        p->x[i] = sqrt(energy[(uint64_t)i * n / m]);
        mean += p->x[i] / (double)m;
    }
    for (size_t i = 0; i < m; i++) {
        p->x[i] -= mean;
        square += p->x[i] * p->x[i];
    }
    if (!(square > 0) || !isfinite(square) || !(mean > 0) ||
        sqrt(square / (double)m) < 1e-9 * mean) {
        g_clear_pointer(&p->x, g_free);
        return;
    }
    for (size_t i = 0; i < m; i++)
        p->x[i] /= sqrt(square);
    p->n = n;
}

static void clear_candidate(gpointer data)
{
    struct candidate *k = data;

    g_free(k->rows.x);
    g_free(k->cols.x);
}

static void add_side(GArray *to, const struct comparison *c, uint32_t entry, bool tuned)
{
    const struct pair_entry *e = &c->pairing.entries[entry];
    const struct entry_summary *s = &c->summary.entries[entry];
    const struct energy *energy = &s->result.energy;
    enum energy_side side = tuned ? ENERGY_TUNED : ENERGY_BASE;
    struct candidate k = {
        .entry = entry,
        .tensor =
            tuned ? checkpoint_tensor(c->tuned, e->tuned) : checkpoint_tensor(c->base, e->base),
        .stats = tuned ? &s->result.stats.tuned : &s->result.stats.base,
        .sketch = tuned ? &s->result.tuned : &s->result.base,
    };

    if (s->state != ENTRY_DONE || k.tensor->kind != TENSOR_WEIGHT || stats_finite(k.stats) == 0)
        return;
    if (energy->shape.rows && energy->row[side]) {
        profile_init(&k.rows, energy->row[side], energy->shape.rows);
        profile_init(&k.cols, energy->col[side], energy->shape.cols);
    }
    g_array_append_val(to, k);
}

static GArray *candidates(void)
{
    GArray *a = g_array_new(FALSE, TRUE, sizeof(struct candidate));

    g_array_set_clear_func(a, clear_candidate);
    return a;
}

static void collect(struct finder *f)
{
    f->base = candidates();
    f->tuned = candidates();
    for (uint32_t i = 0; i < f->c->pairing.n_entries; i++) {
        enum pair_state state = f->c->pairing.entries[i].state;

        if (state == PAIR_BASE_ONLY)
            add_side(f->base, f->c, i, false);
        if (state == PAIR_TUNED_ONLY)
            add_side(f->tuned, f->c, i, true);
        if (state == PAIR_DIFFERENT) {
            add_side(f->base, f->c, i, false);
            add_side(f->tuned, f->c, i, true);
        }
    }
}

static double dot(const struct profile *a, const struct profile *b)
{
    double sum = 0;

    for (size_t i = 0; i < sampled(a->n); i++)
        sum += a->x[i] * b->x[i];
    return sum;
}

/* Weighted by the number of norms; NAN: neither profile can be compared. */
static double correlation(const struct profile *a_rows, const struct profile *b_rows,
                          const struct profile *a_cols, const struct profile *b_cols)
{
    double sum = 0, weight = 0;

    if (a_rows->n && a_rows->n == b_rows->n) {
        sum += (double)a_rows->n * dot(a_rows, b_rows);
        weight += (double)a_rows->n;
    }
    if (a_cols->n && a_cols->n == b_cols->n) {
        sum += (double)a_cols->n * dot(a_cols, b_cols);
        weight += (double)a_cols->n;
    }
    return weight > 0 ? sum / weight : NAN;
}

static bool close_to(double a, double b, double scale)
{
    return fabs(a - b) <= 1e-12 * scale;
}

static bool same_values(const struct stats *a, const struct stats *b)
{
    double rms = stats_rms(a);

    return a->nan == b->nan && a->inf == b->inf && a->zeros == b->zeros && a->min == b->min &&
           a->max == b->max && close_to(stats_l1(a), stats_l1(b), stats_l1(a)) &&
           close_to(stats_l2(a), stats_l2(b), stats_l2(a)) &&
           close_to(stats_mean(a), stats_mean(b), rms);
}

static double closeness(const struct candidate *a, const struct candidate *b)
{
    double std = stats_std(a->stats), w = sketch_wasserstein(a->sketch, b->sketch);

    return std > 0 && isfinite(w) ? exp(-w / (0.1 * std)) : 0;
}

/* How it is paired, by the shapes where the norms of rows say nothing. */
static enum pair_how how_of(const struct candidate *a, const struct candidate *b, double same,
                            double turned)
{
    const struct tensor *s = a->tensor, *t = b->tensor;

    if (!isnan(turned) && !(same >= turned))
        return PAIR_HOW_TRANSPOSED;
    if (isnan(same) && s->rank == 2 && t->rank == 2 && !tensor_same_shape(s, t) &&
        s->dim[0] == t->dim[1])
        return PAIR_HOW_TRANSPOSED;
    return PAIR_HOW_PLAIN;
}

/* What a score rests on. */
struct verdict {
    enum { BY_CONSTANT, BY_VALUES, BY_PROFILES, BY_DISTRIBUTION } by;
    double score, correlation, near;
    enum pair_how how;
};

static struct verdict judge(const struct candidate *a, const struct candidate *b)
{
    double same = correlation(&a->rows, &b->rows, &a->cols, &b->cols);
    double turned = correlation(&a->rows, &b->cols, &a->cols, &b->rows);
    double best = fmax(same, turned), near = closeness(a, b);
    bool equal = same_values(a->stats, b->stats);
    struct verdict v = {BY_DISTRIBUTION, 0.5 * near, best, near, how_of(a, b, same, turned)};

    if (equal && a->stats->min == a->stats->max) {
        v.by = BY_CONSTANT;
        v.score = 0.5;
    } else if (equal && !(best < 0.99)) {
        v.by = BY_VALUES;
        v.score = 1;
    } else if (!isnan(best)) {
        v.by = BY_PROFILES;
        v.score = fmax(best, 0) * near;
    }
    return v;
}

static char *explain(const struct verdict *v)
{
    const char *turned = v->how == PAIR_HOW_TRANSPOSED ? ", transposed" : "";
    double distance = fmax(-0.1 * log(v->near), 0);

    switch (v->by) {
    case BY_CONSTANT:
        return g_strdup("the same constant");
    case BY_VALUES:
        return g_strdup_printf("the same values%s", turned);
    case BY_PROFILES:
        return g_strdup_printf("norms of rows and columns correlate by %.3f, W1 = %.2g std%s",
                               v->correlation, distance, turned);
    case BY_DISTRIBUTION:
        break;
    }
    return g_strdup_printf("distributions alone: W1 = %.2g std%s", distance, turned);
}

static void add_pair(struct finder *f, const struct candidate *a, const struct candidate *b)
{
    struct verdict v = judge(a, b);
    struct proposal p = {a->entry, b->entry, v.score, v.how, NULL};

    if (v.score < PROPOSAL_LEAST ||
        pair_map_forbids(f->c->map, proposal_base_name(f->c, &p), proposal_tuned_name(f->c, &p)))
        return;
    p.why = explain(&v);
    g_array_append_val(f->found, p);
}

/* Indices of candidates with so many elements, in model order. */
static GHashTable *by_elems(const GArray *candidates)
{
    GHashTable *groups =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, (GDestroyNotify)g_array_unref);

    for (guint i = 0; i < candidates->len; i++) {
        const struct candidate *k = &g_array_index(candidates, struct candidate, i);
        GArray *group = g_hash_table_lookup(groups, &k->tensor->elems);

        if (!group) {
            group = g_array_new(FALSE, FALSE, sizeof(guint));
            g_hash_table_insert(groups, (gpointer)&k->tensor->elems, group);
        }
        g_array_append_val(group, i);
    }
    return groups;
}

/* Every pair of two groups, or those that are near in model order. */
static void add_group(struct finder *f, const GArray *base, const GArray *tuned)
{
    guint most = MAX(PAIRS_MOST / base->len, 1);

    for (guint i = 0; i < base->len; i++) {
        guint at = (guint)((guint64)i * tuned->len / base->len);
        guint first = at > most / 2 ? at - most / 2 : 0, end = MIN(first + most, tuned->len);

        for (guint k = most >= tuned->len ? 0 : first; k < end; k++)
            add_pair(f, &g_array_index(f->base, struct candidate, g_array_index(base, guint, i)),
                     &g_array_index(f->tuned, struct candidate, g_array_index(tuned, guint, k)));
    }
}

static gint better(gconstpointer a, gconstpointer b)
{
    const struct proposal *p = a, *q = b;

    if (p->score != q->score)
        return p->score > q->score ? -1 : 1;
    if (p->base != q->base)
        return p->base < q->base ? -1 : 1;
    return p->tuned < q->tuned ? -1 : p->tuned > q->tuned;
}

/* One partner each, the best first. */
static void choose(struct finder *f)
{
    bool *base = g_new0(bool, f->c->pairing.n_entries),
         *tuned = g_new0(bool, f->c->pairing.n_entries);
    guint kept = 0;

    g_array_sort(f->found, better);
    for (guint i = 0; i < f->found->len; i++) {
        struct proposal p = g_array_index(f->found, struct proposal, i);

        if (base[p.base] || tuned[p.tuned]) {
            g_free(p.why);
            continue;
        }
        base[p.base] = tuned[p.tuned] = true;
        g_array_index(f->found, struct proposal, kept++) = p;
    }
    g_array_set_size(f->found, kept);
    g_free(base);
    g_free(tuned);
}

GArray *proposals_find(const struct comparison *c)
{
    struct finder f = {c, NULL, NULL, g_array_new(FALSE, TRUE, sizeof(struct proposal))};
    GHashTable *base, *tuned;
    GHashTableIter at;
    gpointer elems, group;

    if (!c->tuned)
        return f.found;
    collect(&f);
    base = by_elems(f.base);
    tuned = by_elems(f.tuned);
    g_hash_table_iter_init(&at, base);
    while (g_hash_table_iter_next(&at, &elems, &group)) {
        const GArray *other = g_hash_table_lookup(tuned, elems);

        if (other)
            add_group(&f, group, other);
    }
    choose(&f);
    g_hash_table_destroy(base);
    g_hash_table_destroy(tuned);
    g_array_free(f.base, TRUE);
    g_array_free(f.tuned, TRUE);
    return f.found;
}

void proposals_free(GArray *proposals)
{
    if (!proposals)
        return;
    for (guint i = 0; i < proposals->len; i++)
        g_free(g_array_index(proposals, struct proposal, i).why);
    g_array_free(proposals, TRUE);
}

const char *proposal_base_name(const struct comparison *c, const struct proposal *p)
{
    return tensor_stored_name(checkpoint_tensor(c->base, c->pairing.entries[p->base].base));
}

const char *proposal_tuned_name(const struct comparison *c, const struct proposal *p)
{
    return tensor_stored_name(checkpoint_tensor(c->tuned, c->pairing.entries[p->tuned].tuned));
}

guint proposals_accept(const struct comparison *c, const GArray *proposals, struct pair_map *map)
{
    guint n = 0;

    for (guint i = 0; i < proposals->len; i++) {
        const struct proposal *p = &g_array_index(proposals, struct proposal, i);

        if (p->score < PROPOSAL_SURE)
            continue;
        pair_map_add(map, proposal_base_name(c, p), proposal_tuned_name(c, p), p->how,
                     pair_rule_content);
        n++;
    }
    return n;
}
