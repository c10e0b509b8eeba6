/* Rows of one category on one layer: into its cell, its units, its examples. */
#include "core/activity_internal.h"

#include <math.h>
#include <string.h>

/* Values that are scanned in one go: large enough that putting sketches together costs little. */
#define CHUNK_VALUES (1u << 17)
#define COLUMNS 512 /* units that one thread adds to at a time */

gsize unit_sums_bytes(bool pair)
{
    return (pair ? 5 : 2) * sizeof(double) + (pair ? 2 : 1) * sizeof(float);
}

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

/* Cosine of a row's two vectors from the sums of squares of both and of their difference, nearer to
 * 1 than 1e-15 for the smallest angles. */
static void add_cosine(struct activity_cell *c, double base, double tuned, double delta)
{
    if (!(base > 0 && tuned > 0))
        return;
    c->cosine_sum += (base + tuned - delta) / (2 * sqrt(base) * sqrt(tuned));
    c->cosines++;
}

/* Rows of one part, one after the other. */
struct chunk {
    uint32_t first, n, part;
    struct scan_result result;
};

/* What the team works on. */
struct work {
    struct activity *activity;
    const struct layer_rows *rows;
    uint32_t units;
    struct chunk *chunks;
    uint32_t n_chunks;
    double *magnitude[ACTIVITY_SIDES]; /* [rows] */
    float *largest[ACTIVITY_SIDES];
};

static void cut(struct work *w)
{
    const struct layer_rows *r = w->rows;
    uint32_t most = MAX(CHUNK_VALUES / w->units, 1);

    w->chunks = g_new(struct chunk, r->n);
    for (uint32_t at = 0; at < r->n;) {
        struct chunk *c = &w->chunks[w->n_chunks++];

        *c = (struct chunk){.first = at, .part = r->rows[at].part};
        while (at < r->n && r->rows[at].part == c->part && c->n < most) {
            c->n++;
            at++;
        }
    }
}

static void scan_chunk(void *data, guint item, guint thread)
{
    struct work *w = data;
    struct chunk *c = &w->chunks[item];
    struct activity_state *s = w->activity->state;
    struct scan_span span = {0, (size_t)c->n * w->units, {c->n, w->units}};
    const float *values[ACTIVITY_SIDES] = {NULL, NULL};

    for (int side = 0; side < ACTIVITY_SIDES && w->rows->values[side]; side++) {
        values[side] = w->rows->values[side] + (gsize)c->first * w->units;
        for (uint32_t i = 0; i < c->n; i++)
            w->magnitude[side][c->first + i] = s->kernels->magnitude(
                values[side] + (gsize)i * w->units, w->units, &w->largest[side][c->first + i]);
    }
    scan_result_init(&c->result);
    scan_block(s->ops, s->scratch[thread], DTYPE_F32, values[ACTIVITY_BASE], DTYPE_F32,
               values[ACTIVITY_TUNED], &span, &c->result);
}

/* Some units of all rows. */
static void add_columns(void *data, guint item, guint thread)
{
    struct work *w = data;
    const struct activity *a = w->activity;
    const struct activity_kernels *k = a->state->kernels;
    const struct layer_rows *r = w->rows;
    uint32_t from = item * COLUMNS, n = MIN(w->units - from, COLUMNS);
    bool rectified = a->layers[r->layer].rectified;

    (void)thread;
    for (uint32_t i = 0; i < r->n && r->rows[i].part < a->n_categories; i++) {
        struct unit_sums *u = &a->state->layers[r->layer].units[r->rows[i].part];

        for (int side = 0; side < ACTIVITY_SIDES && r->values[side]; side++)
            (rectified ? k->add_units_rectified
                       : k->add_units)(u->sum[side] + from, u->most[side] + from,
                                       r->values[side] + (gsize)i * w->units + from, n);
    }
}

static void add_to_examples(const struct work *w, const struct chunk *c)
{
    struct layer_state *l = &w->activity->state->layers[w->rows->layer];
    const struct energy *e = &c->result.energy;

    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t slot = w->rows->rows[c->first + i].slot;
        struct activity_example *x = &g_array_index(l->examples, struct activity_example, slot);

        x->values += w->units;
        for (int side = 0; side < ACTIVITY_SIDES && w->rows->values[side]; side++) {
            x->abs[side] += w->magnitude[side][c->first + i];
            x->squares[side] += e->row[side == ACTIVITY_BASE ? ENERGY_BASE : ENERGY_TUNED][i];
        }
        x->delta_squares += e->row[ENERGY_DELTA] ? e->row[ENERGY_DELTA][i] : 0;
    }
}

static void add_to_units(const struct work *w, const struct chunk *c)
{
    struct unit_sums *u = &w->activity->state->layers[w->rows->layer].units[c->part];
    const struct energy *e = &c->result.energy;

    for (uint32_t j = 0; j < w->units; j++)
        u->squares[ACTIVITY_BASE][j] += e->col[ENERGY_BASE][j];
    for (uint32_t j = 0; e->col[ENERGY_DELTA] && j < w->units; j++) {
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

static void add_chunk(const struct work *w, struct chunk *c)
{
    struct activity *a = w->activity;
    struct layer_state *l = &a->state->layers[w->rows->layer];
    const float *const *values = w->rows->values;
    gsize at = (gsize)c->first * w->units;

    if (c->part == a->n_categories) {
        sketch_finish(&c->result.base);
        sketch_finish(&c->result.tuned);
        add_to_cell(&l->first, &c->result, c->n, false);
    } else {
        add_to_cell(&l->cells[c->part], &c->result, c->n, false);
        add_to_cell(&l->cells[a->n_categories], &c->result, c->n, true);
        add_to_examples(w, c);
        add_to_units(w, c);
        if (l->cross)
            cross_add(l->cross, c->n, values[ACTIVITY_BASE] + at, values[ACTIVITY_TUNED] + at);
    }
    scan_result_finish(&c->result);
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

static void add_row_peaks(struct layer_state *l, int side, const struct activity_peak *where,
                          const float *x, uint32_t units)
{
    for (uint32_t i = 0; i < units; i++) {
        struct activity_peak fresh = *where;

        if (!(fabsf(x[i]) < INFINITY))
            continue;
        fresh.value = x[i];
        fresh.unit = i;
        keep_peak(l->peaks[side], &l->n_peaks[side], &fresh);
    }
}

static void add_peaks(const struct work *w)
{
    struct activity_state *s = w->activity->state;
    struct layer_state *l = &s->layers[w->rows->layer];

    for (int side = 0; side < ACTIVITY_SIDES && w->rows->values[side]; side++)
        for (uint32_t i = 0; i < w->rows->n; i++) {
            const struct batch_row *row = &w->rows->rows[i];
            struct activity_peak where = {.position = row->position,
                                          .example = s->sequences[row->sequence].example};

            if (l->n_peaks[side] < ACTIVITY_TOP ||
                w->largest[side][i] > fabsf(l->peaks[side][ACTIVITY_TOP - 1].value))
                add_row_peaks(l, side, &where, w->rows->values[side] + (gsize)i * w->units,
                              w->units);
        }
}

/* The team does what is far from each other; what follows is added up in the rows' order. */
void activity_add_rows(struct activity *a, const struct layer_rows *r)
{
    struct work w = {.activity = a, .rows = r, .units = a->layers[r->layer].units};

    cut(&w);
    for (int side = 0; side < ACTIVITY_SIDES; side++) {
        w.magnitude[side] = g_new(double, r->n);
        w.largest[side] = g_new(float, r->n);
    }
    team_run(a->state->team, w.n_chunks, scan_chunk, &w);
    team_run(a->state->team, (w.units + COLUMNS - 1) / COLUMNS, add_columns, &w);
    for (uint32_t i = 0; i < w.n_chunks; i++)
        add_chunk(&w, &w.chunks[i]);
    add_peaks(&w);
    for (int side = 0; side < ACTIVITY_SIDES; side++) {
        g_free(w.magnitude[side]);
        g_free(w.largest[side]);
    }
    g_free(w.chunks);
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
