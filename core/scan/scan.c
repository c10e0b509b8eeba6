/* Drives a block through the kernels: runs, what is not finite, positions, sketches.
 *
 * A run whose values are all finite goes straight through. One with NaN or infinities is squeezed
 * to its finite values first, and the energies of its block are taken in a pass of their own. A
 * block whose magnitudes could overflow or vanish when raised to the fourth power is done a second
 * time, scaled (scaled.c). */
#include "core/scan/block.h"

#include <glib.h>
#include <stdlib.h>

struct scan_scratch *scan_scratch_create(void)
{
    struct scan_scratch *s = aligned_alloc(64, sizeof *s);

    if (!s)
        g_error("out of memory");
    memset(s, 0, sizeof *s);
    s->base.table = sketch_table_create();
    s->tuned.table = sketch_table_create();
    s->delta.table = sketch_table_create();
    return s;
}

void scan_scratch_destroy(struct scan_scratch *s)
{
    if (!s)
        return;
    sketch_table_destroy(s->base.table);
    sketch_table_destroy(s->tuned.table);
    sketch_table_destroy(s->delta.table);
    free(s);
}

void scan_result_init(struct scan_result *r)
{
    r->has_base = r->has_tuned = r->has_delta = false;
    pair_stats_init(&r->stats);
    sketch_init(&r->base);
    sketch_init(&r->tuned);
    sketch_init(&r->delta);
    energy_init(&r->energy);
}

void scan_result_finish(struct scan_result *r)
{
    sketch_finish(&r->base);
    sketch_finish(&r->tuned);
    sketch_finish(&r->delta);
    energy_finish(&r->energy);
}

void scan_result_merge(struct scan_result *into, struct scan_result *next)
{
    into->has_base |= next->has_base;
    into->has_tuned |= next->has_tuned;
    into->has_delta |= next->has_delta;
    pair_stats_merge(&into->stats, &next->stats);
    sketch_merge(&into->base, &next->base);
    sketch_merge(&into->tuned, &next->tuned);
    sketch_merge(&into->delta, &next->delta);
    energy_merge(&into->energy, &next->energy);
}

/* The first place in the block, before `before`, where x, the n values of the run, has the value. */
static size_t find(const struct scan_run *run, const double *x, double value, size_t before)
{
    for (size_t i = 0; i < run->n; i++)
        if (x[i] == value) {
            size_t place = scan_run_place(run, i);

            before = MIN(before, place);
            if (run->rows == 1 || run->cols <= SCAN_STRIPE)
                break; /* the run is in the order of the block */
        }
    return before;
}

/* The run reached an extreme: look for it in `where`, the values of the run before squeezing. */
static void note_extremes(struct side *s, double min, double max, const double *where,
                          const struct scan_run *run)
{
    if (min < s->min || run->at < s->min_at)
        s->min_at = find(run, where, min, min < s->min ? SIZE_MAX : s->min_at);
    if (max > s->max || run->at < s->max_at)
        s->max_at = find(run, where, max, max > s->max ? SIZE_MAX : s->max_at);
    s->min = min;
    s->max = max;
}

static void note_scaled_extremes(struct side *s, const double *x, size_t m, const double *where,
                                 const struct scan_run *run)
{
    double min = s->min, max = s->max;

    for (size_t i = 0; i < m; i++) {
        min = x[i] < min ? x[i] : min;
        max = x[i] > max ? x[i] : max;
    }
    if (m > 0)
        note_extremes(s, min, max, where, run);
}

/* x[0..m) are the values to count out of the run's, `where`. */
static bool side_add(struct scan_scratch *b, struct side *s, const double *x, size_t m,
                     const double *where, const struct scan_run *run)
{
    if (s->scale != 0) {
        if (!(s == &b->delta ? scan_add_scaled_delta(b, m) : scan_add_scaled(s, x, m)))
            return false;
        note_scaled_extremes(s, x, m, where, run);
        return true;
    }
    if (!b->ops->one(&s->lanes, s->table->counts, x, m, s->shift))
        return false;
    s->table->direct += m;
    if (s->lanes.reached)
        note_extremes(s, s->lanes.min[0], s->lanes.max[0], where, run);
    return true;
}

static size_t squeeze(struct side *s, size_t n)
{
    size_t m = 0;

    for (size_t i = 0; i < n; i++) {
        if (isfinite(s->x[i]))
            s->finite[m++] = s->x[i];
        else if (isnan(s->x[i]))
            s->nan++;
        else
            s->inf++;
    }
    return m;
}

static bool run_side(struct scan_scratch *b, struct side *s, const struct scan_run *run)
{
    side_load(b, s, run);
    s->dirty = !side_add(b, s, s->x, run->n, s->x, run);
    if (!s->dirty)
        return true;
    b->energy_spoilt = true;
    return side_add(b, s, s->finite, squeeze(s, run->n), s->x, run);
}

size_t scan_squeeze_pair(struct scan_scratch *b, size_t n)
{
    size_t m = 0;

    for (size_t i = 0; i < n; i++) {
        double x = b->base.x[i], y = b->tuned.x[i];

        if (isfinite(x) && isfinite(y)) {
            b->base.finite[m] = x;
            b->tuned.finite[m++] = y;
        } else {
            b->uneven |= isfinite(x) || isfinite(y);
        }
    }
    return m;
}

/* A NaN that stays a NaN did not change. */
static bool is_unmoved(double base, double tuned)
{
    return (isinf(base) && base == tuned) || (isnan(base) && isnan(tuned));
}

/* Elements where a side is not finite have a delta that is none: it is left out of everything, and
 * their number is delta's nan. */
static bool run_pair_squeezed(struct scan_scratch *b, const struct scan_run *run)
{
    size_t n = run->n, m = scan_squeeze_pair(b, n);
    double where[SCAN_RUN];

    for (size_t i = 0; i < n; i++) {
        where[i] = b->tuned.x[i] - b->base.x[i];
        b->unmoved_nonfinite += is_unmoved(b->base.x[i], b->tuned.x[i]);
    }
    b->delta.nan += n - m;
    b->energy_spoilt = true;
    if (b->scaled)
        scan_pair_scaled(b, m);
    else
        b->ops->pair(&b->pair, b->delta.x, b->base.finite, b->tuned.finite, m, b->base.shift,
                     b->delta.shift);
    return side_add(b, &b->delta, b->delta.x, m, where, run);
}

static bool run_all(struct scan_scratch *b, const struct scan_run *run)
{
    if (b->base.values && !run_side(b, &b->base, run))
        return false;
    if (b->tuned.values && !run_side(b, &b->tuned, run))
        return false;
    if (!scratch_is_pair(b))
        return true;
    if (b->base.dirty || b->tuned.dirty || b->scaled)
        return run_pair_squeezed(b, run);
    b->ops->pair(&b->pair, b->delta.x, b->base.x, b->tuned.x, run->n, b->base.shift,
                 b->delta.shift);
    side_square(b, &b->delta);
    return side_add(b, &b->delta, b->delta.x, run->n, b->delta.x, run);
}

static void side_begin(struct side *s)
{
    lanes_init(&s->lanes);
    s->nan = s->inf = 0;
    s->min = INFINITY;
    s->max = -INFINITY;
    s->min_at = s->max_at = SIZE_MAX;
}

/* False: a sum was not finite though the values were. */
static bool all_runs(struct scan_scratch *b, struct energy *energy)
{
    struct scan_band band = {.at = 0};
    struct scan_run run;

    side_begin(&b->base);
    side_begin(&b->tuned);
    side_begin(&b->delta);
    b->pair = (struct pair_lanes){.sign_flips = 0};
    b->unmoved_nonfinite = 0;
    b->uneven = false;
    scan_choose_shifts(b);
    scan_energy_begin(b, energy);
    while (scan_next_run(b->span, &band, &run)) {
        if (!b->energy_spoilt)
            scan_energy_aim(b, energy, &run);
        if (!run_all(b, &run))
            return false;
        if (!b->energy_spoilt)
            scan_energy_end(b, &run);
    }
    if (b->energy_spoilt && energy->shape.rows > 0)
        scan_energy_again(b, energy);
    else if (energy->n_rows > SCAN_LONG && b->ops->settle)
        b->ops->settle();
    return true;
}

/* Power sums about the shift become central moments, and the sum of squares about zero: the shift
 * is within a few standard deviations of the mean, so neither loses digits. */
static void side_moments(const struct side *s, double n, struct stats *out)
{
    double shift = s->shift, p1 = lanes_fold(s->lanes.p1), p2 = lanes_fold(s->lanes.p2);
    double p3 = lanes_fold(s->lanes.p3), p4 = lanes_fold(s->lanes.p4), mu = p1 / n;

    out->l1 = lanes_fold(s->lanes.l1);
    out->sumsq = p2 + shift * (2 * p1 + n * shift);
    out->mean = shift + mu;
    out->mean_low = mu - (out->mean - shift);
    out->m2 = fmax(p2 - p1 * mu, 0);
    out->m3 = p3 - mu * (3 * p2 - 2 * mu * p1);
    out->m4 = fmax(p4 - mu * (4 * p3 - mu * (6 * p2 - 3 * mu * p1)), 0);
}

static void side_stats(const struct side *s, size_t elems, uint64_t first, struct stats *out)
{
    uint64_t finite = elems - s->nan - s->inf;

    out->elems = elems;
    out->nan = s->nan;
    out->inf = s->inf;
    if (finite == 0)
        return;
    out->zeros = s->lanes.zeros;
    out->scale = s->scale;
    side_moments(s, (double)finite, out);
    out->min = s->min + 0.0; /* -0 is printed as 0 */
    out->max = s->max + 0.0;
    out->min_at = first + s->min_at;
    out->max_at = first + s->max_at;
}

static void side_result(struct side *s, size_t elems, uint64_t first, struct stats *stats,
                        struct sketch *sketch)
{
    side_stats(s, elems, first, stats);
    if (s->scale == 0 && s->table->direct > 0)
        s->table->max_abs = fmax(fabs(s->min), fabs(s->max));
    sketch_table_take(s->table, sketch);
}

/* Sum of base * delta from sums about shifts. */
static double dot(const struct pair_lanes *pair, const struct lanes *base, double base_shift,
                  const struct side *delta, double n)
{
    return lanes_fold(pair->p11) + base_shift * lanes_fold(delta->lanes.p1) +
           delta->shift * (lanes_fold(base->p1) + n * base_shift);
}

static void pair_result(struct scan_scratch *b, struct pair_stats *out)
{
    double n = (double)stats_finite(&out->delta);

    out->base_scale = b->base.scale;
    out->tuned_scale = b->tuned.scale;
    out->sign_flips = b->pair.sign_flips;
    out->unchanged = b->delta.lanes.zeros + b->unmoved_nonfinite;
    if (b->uneven) {
        struct lanes base, tuned;
        struct pair_lanes pair;

        scan_common(b, &base, &tuned, &pair);
        out->base_sumsq = lanes_fold(base.p2);
        out->tuned_sumsq = lanes_fold(tuned.p2);
        out->base_dot_delta = dot(&pair, &base, 0, &b->delta, n);
    } else {
        out->base_sumsq = out->base.sumsq;
        out->tuned_sumsq = out->tuned.sumsq;
        out->base_dot_delta = dot(&b->pair, &b->base.lanes, b->base.shift, &b->delta, n);
    }
}

static void side_open(const struct scan_ops *ops, struct side *s, enum dtype dtype,
                      const void *values)
{
    s->values = values;
    s->scale = 0;
    if (!values)
        return;
    s->dtype = dtype;
    s->bytes = dtype_info(dtype)->bytes;
    s->decode = ops->decode[dtype] ? ops->decode[dtype] : dtype_info(dtype)->decode;
    s->gather = ops->gather[dtype];
}

static void side_clear(struct side *s)
{
    sketch_table_clear(s->table);
}

void scan_block(const struct scan_ops *ops, struct scan_scratch *b, enum dtype base_dtype,
                const void *base, enum dtype tuned_dtype, const void *tuned,
                const struct scan_span *span, struct scan_result *out)
{
    const bool sides[ENERGY_SIDES] = {base != NULL, tuned != NULL, base && tuned};
    struct pair_stats *stats = &out->stats;
    uint64_t first = span->first;
    size_t n = span->n;

    b->ops = ops;
    b->span = span;
    b->n = n;
    b->scaled = false;
    side_open(ops, &b->base, base_dtype, base);
    side_open(ops, &b->tuned, tuned_dtype, tuned);
    side_open(ops, &b->delta, DTYPE_F64, NULL);
    energy_open(&out->energy, span->shape, first, n, sides);
    if (!all_runs(b, &out->energy) || scan_is_extreme(b)) {
        side_clear(&b->base);
        side_clear(&b->tuned);
        side_clear(&b->delta);
        scan_choose_scales(b);
        if (!all_runs(b, &out->energy))
            g_error("a scaled sum is not finite");
    }

    out->has_base = base != NULL;
    out->has_tuned = tuned != NULL;
    out->has_delta = base && tuned;
    if (base)
        side_result(&b->base, n, first, &stats->base, &out->base);
    if (tuned)
        side_result(&b->tuned, n, first, &stats->tuned, &out->tuned);
    scan_exact_range(&b->base, n, first, &stats->base);
    scan_exact_range(&b->tuned, n, first, &stats->tuned);
    if (base && tuned) {
        side_result(&b->delta, n, first, &stats->delta, &out->delta);
        pair_result(b, stats);
    }
}
