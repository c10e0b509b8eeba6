#include "core/neurons.h"

#include <math.h>
#include <stdlib.h>

enum way { WAY_IN, WAY_OUT, WAYS };

/* A matrix of a group, seen from its units. */
struct arm {
    uint32_t entry;
    enum way way;
    bool columns; /* the units lie along its columns */
    uint64_t n;   /* along that axis */
};

static const struct energy *energy_of(const struct comparison *c, uint32_t entry)
{
    return &c->summary.entries[entry].result.energy;
}

static bool role_way(enum role role, bool block, enum way *out)
{
    *out = role == ROLE_DOWN ? WAY_OUT : WAY_IN;
    if (block)
        return role == ROLE_GATE || role == ROLE_UP || role == ROLE_DOWN;
    return role == ROLE_DENSE || role == ROLE_CONV;
}

/* False: the entry is no matrix with units, or not scanned, or it is not known how it lies. */
static bool arm_of(const struct comparison *c, uint32_t entry, bool block, struct arm *out)
{
    const struct place *place = comparison_place(c, entry);
    const struct energy_shape shape = energy_of(c, entry)->shape;
    bool out_rows = place->orientation == ORIENTATION_OUT_IN;

    *out = (struct arm){.entry = entry};
    if (!place->matrix || c->summary.entries[entry].state != ENTRY_DONE || !shape.rows ||
        comparison_holds_codes(c, entry) ||
        (!out_rows && place->orientation != ORIENTATION_IN_OUT) ||
        !role_way(place->role, block, &out->way))
        return false;
    out->columns = out_rows == (out->way == WAY_OUT);
    out->n = out->columns ? shape.cols : shape.rows;
    return true;
}

#define ARMS_MOST 4

/* All matrices of a group. A second one that leads out, or a second one of a layer outside the
 * blocks: the units are not one set. */
static guint arms_of(const struct comparison *c, uint32_t group, struct arm arms[ARMS_MOST])
{
    const struct group *g = &c->groups[group];
    guint n = 0, outs = 0, most = g->block >= 0 ? ARMS_MOST : 1;

    for (uint32_t i = 0; i < g->n_entries; i++) {
        struct arm arm;

        if (!arm_of(c, g->entries[i], g->block >= 0, &arm))
            continue;
        outs += arm.way == WAY_OUT;
        if (n == most || outs > 1)
            return 0;
        arms[n++] = arm;
    }
    return n;
}

/* The matrix that leads out says how many there are: what leads in may be fused. */
static uint32_t count_units(const struct arm *arms, guint n)
{
    uint64_t units = 0;

    for (guint i = 0; i < n; i++)
        if (arms[i].way == WAY_OUT || !units)
            units = arms[i].n;
    for (guint i = 0; i < n; i++)
        if (!units || arms[i].n % units || (arms[i].way == WAY_OUT && arms[i].n != units))
            return 0;
    return (uint32_t)units;
}

static void add_energies(const double *from, uint64_t n, uint32_t units, double *sums)
{
    for (uint64_t i = 0; i < n; i++)
        sums[i % units] += from ? from[i] : NAN;
}

/* sums[way][side][unit]: NAN where a side or way is not there. */
struct energies {
    double *sums[WAYS][ENERGY_SIDES];
    uint32_t units;
};

static void energies_init(struct energies *e, uint32_t units)
{
    e->units = units;
    for (int way = 0; way < WAYS; way++)
        for (int side = 0; side < ENERGY_SIDES; side++)
            e->sums[way][side] = g_new0(double, units);
}

static void energies_finish(struct energies *e)
{
    for (int way = 0; way < WAYS; way++)
        for (int side = 0; side < ENERGY_SIDES; side++)
            g_free(e->sums[way][side]);
}

static void collect(const struct comparison *c, const struct arm *arms, guint n, struct energies *e)
{
    bool there[WAYS] = {false};

    for (guint i = 0; i < n; i++) {
        const struct energy *from = energy_of(c, arms[i].entry);

        there[arms[i].way] = true;
        for (int side = 0; side < ENERGY_SIDES; side++)
            add_energies(arms[i].columns ? from->col[side] : from->row[side], arms[i].n, e->units,
                         e->sums[arms[i].way][side]);
    }
    for (int way = 0; way < WAYS; way++)
        for (int side = 0; side < ENERGY_SIDES && !there[way]; side++)
            add_energies(NULL, e->units, e->units, e->sums[way][side]);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Energies of at most this are nothing; NAN: that side is not there. */
static double nothing(const double *sums, uint32_t n, double share)
{
    double *sorted, median;

    if (isnan(sums[0]))
        return NAN;
    sorted = g_memdup2(sums, n * sizeof *sums);
    qsort(sorted, n, sizeof *sorted, by_value);
    median = sorted[n / 2];
    g_free(sorted);
    return share * share * median;
}

static void fill(const struct energies *e, double share, struct neuron *out)
{
    double least[WAYS][2];

    for (int way = 0; way < WAYS; way++)
        for (int side = ENERGY_BASE; side <= ENERGY_TUNED; side++)
            least[way][side] = nothing(e->sums[way][side], e->units, share);
    for (uint32_t i = 0; i < e->units; i++) {
        const double in[] = {e->sums[WAY_IN][0][i], e->sums[WAY_IN][1][i], e->sums[WAY_IN][2][i]};
        const double to[] = {e->sums[WAY_OUT][0][i], e->sums[WAY_OUT][1][i],
                             e->sums[WAY_OUT][2][i]};
        double base = in[ENERGY_BASE] + (isnan(to[ENERGY_BASE]) ? 0 : to[ENERGY_BASE]);
        double delta = in[ENERGY_DELTA] + (isnan(to[ENERGY_DELTA]) ? 0 : to[ENERGY_DELTA]);

        out[i] = (struct neuron){
            .unit = i,
            .base_in = sqrt(in[ENERGY_BASE]),
            .tuned_in = sqrt(in[ENERGY_TUNED]),
            .delta_in = sqrt(in[ENERGY_DELTA]),
            .base_out = sqrt(to[ENERGY_BASE]),
            .tuned_out = sqrt(to[ENERGY_TUNED]),
            .delta_out = sqrt(to[ENERGY_DELTA]),
            .relative = base > 0 ? sqrt(delta / base) : NAN,
            .dead_base = in[ENERGY_BASE] <= least[WAY_IN][ENERGY_BASE] ||
                         to[ENERGY_BASE] <= least[WAY_OUT][ENERGY_BASE],
            .dead_tuned = in[ENERGY_TUNED] <= least[WAY_IN][ENERGY_TUNED] ||
                          to[ENERGY_TUNED] <= least[WAY_OUT][ENERGY_TUNED],
        };
    }
}

void neurons_of(const struct comparison *c, const struct neuron_group *group, struct neuron *out)
{
    struct arm arms[ARMS_MOST];
    guint n = arms_of(c, group->group, arms);
    struct energies e;

    energies_init(&e, group->units);
    collect(c, arms, n, &e);
    fill(&e, c->thresholds.value[THRESHOLD_DEAD_NORM], out);
    energies_finish(&e);
}

static void count_dead(const struct comparison *c, struct neuron_group *group)
{
    struct neuron *all = g_new(struct neuron, group->units);

    neurons_of(c, group, all);
    for (uint32_t i = 0; i < group->units; i++) {
        group->n_dead_base += all[i].dead_base;
        group->n_dead_tuned += all[i].dead_tuned;
        group->n_newly_dead += all[i].dead_tuned && !all[i].dead_base;
    }
    g_free(all);
}

GArray *neuron_groups(const struct comparison *c)
{
    GArray *groups = g_array_new(FALSE, FALSE, sizeof(struct neuron_group));

    for (uint32_t i = 0; i < c->n_groups; i++) {
        struct arm arms[ARMS_MOST];
        guint n = arms_of(c, i, arms);
        struct neuron_group group = {.group = i, .units = count_units(arms, n), .floor = NAN};

        if (!group.units)
            continue;
        for (guint k = 0; k < n; k++)
            if (energy_of(c, arms[k].entry)->row[ENERGY_DELTA])
                group.floor = fmax(group.floor, comparison_floor(c, arms[k].entry));
        count_dead(c, &group);
        g_array_append_val(groups, group);
    }
    return groups;
}
