/* Single units: which category they answer to, what changed, which are dead. */
#include "core/activity_internal.h"

#include <math.h>
#include <stdlib.h>

#define DEAD_SHARE 1e-3 /* of the layer's rms */

/* Of one unit's tokens. */
struct moments {
    uint64_t n;
    double sum[ACTIVITY_SIDES], squares[ACTIVITY_SIDES], delta_squares;
};

static void add_moments(const struct activity *a, uint32_t layer, uint32_t category, uint32_t unit,
                        struct moments *m)
{
    const struct layer_state *l = &a->state->layers[layer];
    const struct unit_sums *u = &l->units[category];

    m->n += l->cells[category].tokens;
    for (int side = 0; side <= a->pair; side++) {
        m->sum[side] += u->sum[side][unit];
        m->squares[side] += u->squares[side][unit];
    }
    m->delta_squares += a->pair ? u->delta_squares[unit] : 0;
}

/* Of the category and, in their order, of all others; of ACTIVITY_ALL there are no others. */
static void split(const struct activity *a, uint32_t layer, uint32_t category, uint32_t unit,
                  struct moments *own, struct moments *others)
{
    *own = *others = (struct moments){.n = 0};
    for (uint32_t c = 0; c < a->n_categories; c++)
        add_moments(a, layer, c, unit, category == ACTIVITY_ALL || category == c ? own : others);
}

static double mean_of(const struct moments *m, int side)
{
    return m->n ? m->sum[side] / (double)m->n : NAN;
}

static double variance_of(const struct moments *m, int side)
{
    double mean = mean_of(m, side);

    return m->n ? fmax(m->squares[side] / (double)m->n - mean * mean, 0) : NAN;
}

static double selectivity_of(const struct moments *own, const struct moments *others, int side)
{
    double spread = sqrt((variance_of(own, side) + variance_of(others, side)) / 2);

    return spread > 0 ? (mean_of(own, side) - mean_of(others, side)) / spread : NAN;
}

static double most_of(const struct activity *a, uint32_t layer, uint32_t category, uint32_t unit,
                      int side)
{
    const struct layer_state *l = &a->state->layers[layer];
    double most = -INFINITY;

    for (uint32_t c = 0; c < a->n_categories; c++)
        if ((category == ACTIVITY_ALL || category == c) && l->cells[c].tokens)
            most = fmax(most, (double)l->units[c].most[side][unit]);
    return most > -INFINITY ? most : NAN;
}

/* The most that a dead unit reaches, itself included for a rectified layer. */
static double dead_limit(const struct activity *a, uint32_t layer, int side)
{
    const struct activity_cell *all = activity_cell(a, layer, ACTIVITY_ALL);

    if (a->layers[layer].rectified)
        return 0;
    return DEAD_SHARE * stats_rms(side == ACTIVITY_BASE ? &all->stats.base : &all->stats.tuned);
}

static bool is_dead(const struct activity *a, uint32_t layer, uint32_t unit, int side, double limit)
{
    double most = side <= a->pair ? most_of(a, layer, ACTIVITY_ALL, unit, side) : NAN;

    return a->layers[layer].rectified ? most <= limit : most < limit;
}

static void fill(const struct activity *a, uint32_t layer, uint32_t category, uint32_t unit,
                 struct activity_unit *out)
{
    struct moments own, others;

    split(a, layer, category, unit, &own, &others);
    *out = (struct activity_unit){.unit = unit, .tokens = own.n, .change = NAN, .shift = NAN};
    for (int side = 0; side < ACTIVITY_SIDES; side++) {
        bool there = side <= a->pair;

        out->mean[side] = there ? mean_of(&own, side) : NAN;
        out->sd[side] = there ? sqrt(variance_of(&own, side)) : NAN;
        out->selectivity[side] = there ? selectivity_of(&own, &others, side) : NAN;
        out->most[side] = there ? most_of(a, layer, category, unit, side) : NAN;
    }
    if (a->pair && out->sd[ACTIVITY_BASE] > 0)
        out->change =
            (out->mean[ACTIVITY_TUNED] - out->mean[ACTIVITY_BASE]) / out->sd[ACTIVITY_BASE];
    if (a->pair && own.squares[ACTIVITY_BASE] > 0)
        out->shift = sqrt(own.delta_squares / own.squares[ACTIVITY_BASE]);
}

void activity_unit(const struct activity *a, uint32_t layer, uint32_t category, uint32_t unit,
                   struct activity_unit *out)
{
    g_assert(layer < a->n_layers && unit < a->layers[layer].units);
    g_assert(category == ACTIVITY_ALL || category < a->n_categories);
    fill(a, layer, category, unit, out);
    for (int side = 0; side < ACTIVITY_SIDES; side++)
        out->dead[side] = is_dead(a, layer, unit, side, dead_limit(a, layer, side));
}

void activity_dead(const struct activity *a, uint32_t layer, struct activity_dead *out)
{
    double limit[ACTIVITY_SIDES] = {dead_limit(a, layer, ACTIVITY_BASE),
                                    dead_limit(a, layer, ACTIVITY_TUNED)};

    *out = (struct activity_dead){.units = a->layers[layer].units};
    for (uint32_t j = 0; j < out->units; j++) {
        bool base = is_dead(a, layer, j, ACTIVITY_BASE, limit[ACTIVITY_BASE]);
        bool tuned = is_dead(a, layer, j, ACTIVITY_TUNED, limit[ACTIVITY_TUNED]);

        out->dead[ACTIVITY_BASE] += base;
        out->dead[ACTIVITY_TUNED] += tuned;
        out->newly_dead += a->pair && tuned && !base;
        out->revived += a->pair && base && !tuned;
    }
}

/* --- the first k --- */

struct ranked {
    uint32_t unit;
    double key;
};

double activity_unit_key(const struct activity_unit *u, enum activity_order order)
{
    switch (order) {
    case ACTIVITY_BY_SELECTIVITY:
        return u->selectivity[ACTIVITY_BASE];
    case ACTIVITY_BY_SELECTIVITY_TUNED:
        return u->selectivity[ACTIVITY_TUNED];
    case ACTIVITY_BY_SELECTIVITY_CHANGE:
        return fabs(u->selectivity[ACTIVITY_TUNED] - u->selectivity[ACTIVITY_BASE]);
    case ACTIVITY_BY_CHANGE:
        return fabs(u->change);
    default:
        return u->shift;
    }
}

static int descending(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->key != y->key)
        return x->key < y->key ? 1 : -1;
    return (x->unit > y->unit) - (x->unit < y->unit);
}

uint32_t activity_units_top(const struct activity *a, uint32_t layer, uint32_t category,
                            enum activity_order order, uint32_t k, struct activity_unit *out)
{
    uint32_t units = a->layers[layer].units, n = 0;
    struct ranked *all = g_new(struct ranked, units);

    g_assert(layer < a->n_layers);
    for (uint32_t j = 0; j < units; j++) {
        struct activity_unit u;
        double key;

        fill(a, layer, category, j, &u);
        key = activity_unit_key(&u, order);
        if (!isnan(key))
            all[n++] = (struct ranked){j, key};
    }
    qsort(all, n, sizeof *all, descending);
    n = MIN(n, k);
    for (uint32_t i = 0; i < n; i++)
        activity_unit(a, layer, category, all[i].unit, &out[i]);
    g_free(all);
    return n;
}

void activity_head_output(const struct activity *a, uint32_t block, uint32_t head,
                          uint32_t category, double rms[ACTIVITY_SIDES], double *shift)
{
    uint32_t layer = activity_find(a, ACTIVITY_HEADS, (int32_t)block);
    uint32_t each = layer == ACTIVITY_NONE ? 0 : a->layers[layer].units / a->heads;
    double squares[ACTIVITY_SIDES] = {0}, delta = 0;
    uint64_t values = 0;

    for (uint32_t j = head * each; j < (head + 1) * each; j++) {
        struct moments own, others;

        split(a, layer, category, j, &own, &others);
        values += own.n;
        delta += own.delta_squares;
        for (int side = 0; side < ACTIVITY_SIDES; side++)
            squares[side] += own.squares[side];
    }
    for (int side = 0; side < ACTIVITY_SIDES; side++)
        rms[side] = values && side <= a->pair ? sqrt(squares[side] / (double)values) : NAN;
    *shift = a->pair && squares[ACTIVITY_BASE] > 0 ? sqrt(delta / squares[ACTIVITY_BASE]) : NAN;
}
