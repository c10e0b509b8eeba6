/* Rows of one category on one layer: into its cell, its units, its examples. */
#include "core/activity_internal.h"

#include <math.h>
#include <string.h>

#define LANES 16 /* of a row's sum of magnitudes: element i to lane i % 16 */

bool unit_sums_init(struct unit_sums *u, uint32_t units, bool pair, bool rectified)
{
    double *sums = g_try_new0(double, (gsize)units *(pair ? 5 : 2));
    float *most = g_try_new0(float, (gsize)units *(pair ? 2 : 1));

    u->sum[ACTIVITY_BASE] = sums;
    u->most[ACTIVITY_BASE] = most;
    if (!sums || !most)
        return false;
    u->squares[ACTIVITY_BASE] = sums + units;
    if (pair) {
        u->sum[ACTIVITY_TUNED] = sums + 2 * (gsize)units;
        u->squares[ACTIVITY_TUNED] = sums + 3 * (gsize)units;
        u->delta_squares = sums + 4 * (gsize)units;
        u->most[ACTIVITY_TUNED] = most + units;
    }
    for (gsize i = 0; rectified && i < (gsize)units * (pair ? 2 : 1); i++)
        most[i] = -INFINITY;
    return true;
}

void unit_sums_finish(struct unit_sums *u)
{
    g_free(u->sum[ACTIVITY_BASE]);
    g_free(u->most[ACTIVITY_BASE]);
    *u = (struct unit_sums){.delta_squares = NULL};
}

/* Adds a row to the units' sums; returns the sum of its magnitudes. What is not finite is left out.
 */
static double add_row(double *restrict sum, float *restrict most, const float *restrict x,
                      uint32_t n, bool rectified)
{
    double lanes[LANES] = {0};

    for (uint32_t i = 0; i < n; i++) {
        float v = fabsf(x[i]) < INFINITY ? x[i] : 0, size = fabsf(v), top = rectified ? v : size;

        sum[i] += (double)v;
        most[i] = top > most[i] ? top : most[i];
        lanes[i % LANES] += (double)size;
    }
    for (unsigned half = LANES / 2; half > 0; half /= 2)
        for (unsigned i = 0; i < half; i++)
            lanes[i] += lanes[i + half];
    return lanes[0];
}

/* Cosine of a row's two vectors from the sums of squares of both and of their difference, nearer to
 * 1 than 1e-15 for the smallest angles. */
static void add_cosine(struct activity_cell *c, double base, double tuned, double delta)
{
    if (!(base > 0 && tuned > 0))
        return;
    c->cosine_sum += (base + tuned - delta) / (2 * sqrt(base) * sqrt(tuned));
    c->cosines++;
}

static void add_to_examples(struct layer_state *l, const struct gathered_rows *g, uint32_t units,
                            const struct energy *e, uint32_t i)
{
    struct activity_example *x =
        &g_array_index(l->examples, struct activity_example, g->rows[i].slot);

    x->values += units;
    x->squares[ACTIVITY_BASE] += e->row[ENERGY_BASE][i];
    if (e->row[ENERGY_DELTA]) {
        x->squares[ACTIVITY_TUNED] += e->row[ENERGY_TUNED][i];
        x->delta_squares += e->row[ENERGY_DELTA][i];
    }
}

static void add_to_units(struct activity *a, const struct gathered_rows *g, const struct energy *e)
{
    const struct activity_layer *layer = &a->layers[g->layer];
    struct layer_state *l = &a->state->layers[g->layer];
    struct unit_sums *u = &l->units[g->part];
    bool pair = g->values[ACTIVITY_TUNED] != NULL;

    for (uint32_t i = 0; i < g->n; i++) {
        struct activity_example *x =
            &g_array_index(l->examples, struct activity_example, g->rows[i].slot);

        for (int side = 0; side <= pair; side++)
            x->abs[side] +=
                add_row(u->sum[side], u->most[side], g->values[side] + (gsize)i * layer->units,
                        layer->units, layer->rectified);
    }
    for (uint32_t j = 0; j < layer->units; j++) {
        u->squares[ACTIVITY_BASE][j] += e->col[ENERGY_BASE][j];
        if (!pair)
            continue;
        u->squares[ACTIVITY_TUNED][j] += e->col[ENERGY_TUNED][j];
        u->delta_squares[j] += e->col[ENERGY_DELTA][j];
    }
}

static void add_to_cell(struct activity_cell *c, const struct scan_result *r, uint32_t n,
                        bool with_delta)
{
    const struct energy *e = &r->energy;

    c->tokens += n;
    pair_stats_merge(&c->stats, &r->stats);
    sketch_merge(&c->base, &r->base);
    sketch_merge(&c->tuned, &r->tuned);
    if (with_delta)
        sketch_merge(&c->delta, &r->delta);
    for (uint32_t i = 0; e->row[ENERGY_DELTA] && i < n; i++)
        add_cosine(c, e->row[ENERGY_BASE][i], e->row[ENERGY_TUNED][i], e->row[ENERGY_DELTA][i]);
}

void activity_add_rows(struct activity *a, const struct gathered_rows *g)
{
    uint32_t units = a->layers[g->layer].units;
    struct layer_state *l = &a->state->layers[g->layer];
    struct scan_span span = {0, (size_t)g->n * units, {g->n, units}};
    struct scan_result r;

    scan_result_init(&r);
    scan_block(a->state->ops, a->state->scratch, DTYPE_F32, g->values[ACTIVITY_BASE], DTYPE_F32,
               g->values[ACTIVITY_TUNED], &span, &r);
    if (g->part == a->n_categories) {
        sketch_finish(&r.base);
        sketch_finish(&r.tuned);
        add_to_cell(&l->first, &r, g->n, false);
    } else {
        add_to_cell(&l->cells[g->part], &r, g->n, false);
        add_to_cell(&l->cells[a->n_categories], &r, g->n, true);
        for (uint32_t i = 0; i < g->n; i++)
            add_to_examples(l, g, units, &r.energy, i);
        add_to_units(a, g, &r.energy);
        if (l->cross)
            cross_add(l->cross, g->n, g->values[ACTIVITY_BASE], g->values[ACTIVITY_TUNED]);
    }
    scan_result_finish(&r);
}

/* --- peaks --- */

static void keep_peak(struct activity_peak *peaks, uint32_t *n, const struct activity_peak *fresh)
{
    uint32_t at = *n;

    while (at > 0 && fabsf(peaks[at - 1].value) < fabsf(fresh->value))
        at--;
    if (at == ACTIVITY_TOP)
        return;
    *n = MIN(*n + 1, ACTIVITY_TOP);
    memmove(peaks + at + 1, peaks + at, (*n - at - 1) * sizeof *peaks);
    peaks[at] = *fresh;
}

static float largest(const float *x, uint32_t n)
{
    float lanes[LANES] = {0};

    for (uint32_t i = 0; i < n; i++) {
        float size = fabsf(x[i]);

        lanes[i % LANES] = size > lanes[i % LANES] ? size : lanes[i % LANES];
    }
    for (unsigned i = 1; i < LANES; i++)
        lanes[0] = lanes[i] > lanes[0] ? lanes[i] : lanes[0];
    return lanes[0];
}

static void add_row_peaks(struct layer_state *l, int side, const struct activity_peak *where,
                          const float *x, uint32_t units)
{
    struct activity_peak *peaks = l->peaks[side];
    uint32_t *n = &l->n_peaks[side];
    float floor = *n < ACTIVITY_TOP ? -1 : fabsf(peaks[ACTIVITY_TOP - 1].value);

    if (!(largest(x, units) > floor))
        return;
    for (uint32_t i = 0; i < units; i++) {
        struct activity_peak fresh = *where;

        if (!(fabsf(x[i]) < INFINITY))
            continue;
        fresh.value = x[i];
        fresh.unit = i;
        keep_peak(peaks, n, &fresh);
    }
}

void activity_add_peaks(struct activity *a, const struct gathered_rows *g)
{
    struct activity_state *s = a->state;
    uint32_t units = a->layers[g->layer].units;

    for (int side = 0; side < ACTIVITY_SIDES && g->values[side]; side++)
        for (uint32_t i = 0; i < g->n; i++) {
            const struct batch_row *row = &g->rows[i];
            struct activity_peak where = {.position = row->position,
                                          .example = s->sequences[row->sequence].example};

            add_row_peaks(&s->layers[g->layer], side, &where, g->values[side] + (gsize)i * units,
                          units);
        }
}

/* --- reading --- */

static uint32_t part_of(const struct activity *a, uint32_t category)
{
    g_assert(category == ACTIVITY_ALL || category < a->n_categories);
    return category == ACTIVITY_ALL ? a->n_categories : category;
}

const struct activity_cell *activity_cell(const struct activity *a, uint32_t layer,
                                          uint32_t category)
{
    g_assert(layer < a->n_layers);
    return &a->state->layers[layer].cells[part_of(a, category)];
}

const struct activity_cell *activity_first(const struct activity *a, uint32_t layer)
{
    g_assert(layer < a->n_layers);
    return &a->state->layers[layer].first;
}

const struct activity_example *activity_examples(const struct activity *a, uint32_t layer)
{
    g_assert(layer < a->n_layers);
    return (const struct activity_example *)(const void *)a->state->layers[layer].examples->data;
}

/* Both signs of a bin stand for the same magnitude. */
static double median_magnitude(const struct sketch *s)
{
    struct sketch folded;
    double median;

    sketch_init(&folded);
    for (int side = 0; side < 2; side++) {
        struct sketch half = {.bins = g_new(struct sketch_bin, MAX(s->n_bins, 1))};

        for (uint32_t i = 0; i < s->n_bins; i++) {
            struct sketch_bin bin = s->bins[side ? i : s->n_bins - 1 - i];

            if (side ? bin.key < 0 : bin.key >= 0)
                continue;
            bin.key = side ? bin.key : -bin.key;
            half.bins[half.n_bins++] = bin;
            half.total += bin.count;
        }
        sketch_merge(&folded, &half);
        sketch_finish(&half);
    }
    median = sketch_quantile(&folded, 0.5, 0, NAN);
    sketch_finish(&folded);
    return median;
}

void activity_level(const struct activity_cell *c, enum activity_side side,
                    struct activity_level *out)
{
    const struct stats *s = side == ACTIVITY_BASE ? &c->stats.base : &c->stats.tuned;
    const struct sketch *k = side == ACTIVITY_BASE ? &c->base : &c->tuned;
    const double q[] = {0.01, 0.25, 0.5, 0.75, 0.99};
    double *to[] = {&out->q01, &out->q25, &out->q50, &out->q75, &out->q99};

    out->rms = stats_rms(s);
    out->mean = stats_mean(s);
    out->max_abs = stats_max_abs(s);
    out->kurtosis = stats_kurtosis(s);
    out->nonfinite = s->nan + s->inf;
    out->median_abs = k->total ? median_magnitude(k) : NAN;
    for (unsigned i = 0; i < G_N_ELEMENTS(q); i++)
        *to[i] = k->total ? sketch_quantile(k, q[i], s->min, s->max) : NAN;
}

double activity_shift(const struct activity_cell *c)
{
    return pair_relative(&c->stats);
}

double activity_cosine(const struct activity_cell *c)
{
    return c->cosines ? c->cosine_sum / (double)c->cosines : NAN;
}

/* The median of both, position 0 included, is not there: that of the others stands for it. */
uint32_t activity_peaks(const struct activity *a, uint32_t layer, enum activity_side side,
                        struct activity_peak out[ACTIVITY_TOP])
{
    const struct layer_state *l = &a->state->layers[layer];
    struct activity_level level;

    g_assert(layer < a->n_layers);
    activity_level(&l->cells[a->n_categories], side, &level);
    for (uint32_t i = 0; i < l->n_peaks[side]; i++) {
        double size = fabs((double)l->peaks[side][i].value);

        out[i] = l->peaks[side][i];
        out[i].massive = size > 100 && size >= 1000 * level.median_abs;
    }
    return l->n_peaks[side];
}
