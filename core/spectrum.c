#include "core/spectrum.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "core/spectrum_blocks.h"

#define MOST_SCALE 1000 /* 2^1000 is a double, and brings any max near 1 */

const unsigned spectrum_energy_at[SPECTRUM_ENERGIES] = {1, 2, 4, 8, 16, 32, 64};

bool spectrum_shape(const struct tensor *t, const struct place *place, uint64_t *rows,
                    uint64_t *cols)
{
    unsigned axes = MAX(place->row_axes, 1);

    *rows = *cols = 1;
    for (unsigned i = 0; i < t->rank; i++)
        *(i < axes ? rows : cols) *= t->dim[i];
    return *rows >= 2 && *cols >= 2;
}

const char *spectrum_step_name(guint step)
{
    static const char *const names[] = {
        "waiting",          "reading the tuned side", "solving the tuned side", "reading the base",
        "solving the base", "reading the delta",      "solving the delta",      "fitting"};

    return names[MIN(step, G_N_ELEMENTS(names) - 1)];
}

enum { STEP_OF_SIDES = 1, STEP_FIT = 7, STEPS = 7 };

/* The square, what solving it takes beside, and the buffers of blocks. */
uint64_t spectrum_bytes(uint64_t rows, uint64_t cols)
{
    uint64_t n = MIN(rows, cols);

    return 8 * (n * n + 64 * n + 4 * MIN(rows * cols, SPECTRUM_BLOCK));
}

/* Computing. */

struct work {
    const struct spectrum_input *in;
    struct lazy_watch *watch;
    struct spectrum *out;
    struct spectrum_blocks blocks;
    double *values[2], *scratch; /* a block of base, tuned; products of one with directions */
    int scale[SPECTRUM_SIDES];   /* values are taken in units of 2^scale */
    unsigned k;                  /* directions to compare; 0: none */
    bool across_long;            /* the out side is the longer one */
    double *top;                 /* [k][n] of tuned, its smaller side */
    double *across;              /* [k][n] */
};

static const struct stats *stats_of(const struct work *w, int side)
{
    const struct stats *all[] = {&w->in->stats->base, &w->in->stats->tuned, &w->in->stats->delta};

    return all[side];
}

static bool step(struct work *w, int number, GError **error)
{
    g_atomic_int_set(&w->watch->step, number);
    return !error_is_cancelled(&w->watch->cancelled, error);
}

static void scale_values(double *values, size_t n, int scale)
{
    double factor = ldexp(1, -scale);

    for (size_t i = 0; i < n; i++)
        values[i] *= factor;
}

static gboolean read_side(struct work *w, int side, struct linalg_block *out, GError **error)
{
    return spectrum_blocks_read(&w->blocks, w->in->source[side], w->in->index[side],
                                w->values[side], out, error);
}

/* The delta comes in the place of base. */
static gboolean read_delta(struct work *w, struct linalg_block *out, GError **error)
{
    struct linalg_block tuned;
    size_t n;

    if (!read_side(w, SPECTRUM_BASE, out, error) || !read_side(w, SPECTRUM_TUNED, &tuned, error))
        return FALSE;
    n = out->count * w->blocks.n;
    for (size_t i = 0; i < n; i++)
        w->values[0][i] = w->values[1][i] - w->values[0][i];
    return TRUE;
}

/* Directions of the longer side are W z / sigma: <u0, u1> goes by W0' W1 z1. */
static gboolean cross(struct work *w, const struct linalg_block *base, GError **error)
{
    struct linalg_block tuned;

    if (!read_side(w, SPECTRUM_TUNED, &tuned, error))
        return FALSE;
    scale_values(w->values[1], tuned.count * w->blocks.n, w->scale[SPECTRUM_TUNED]);
    linalg_cross(base, &tuned, (unsigned)w->blocks.n, w->k, w->top, w->scratch, w->across);
    return TRUE;
}

static gboolean add_blocks(struct work *w, int side, struct linalg_reduction *r, GError **error)
{
    struct spectrum_blocks *b = &w->blocks;
    struct linalg_block block;

    for (b->at = 0; spectrum_blocks_count(b) > 0; b->at += block.count) {
        if (!step(w,
                  STEP_OF_SIDES + (side == SPECTRUM_DELTA  ? 4
                                   : side == SPECTRUM_BASE ? 2
                                                           : 0),
                  error))
            return FALSE;
        if (!(side == SPECTRUM_DELTA ? read_delta(w, &block, error)
                                     : read_side(w, side, &block, error)))
            return FALSE;
        scale_values(w->values[side == SPECTRUM_TUNED], block.count * b->n, w->scale[side]);
        linalg_reduction_add(r, &block);
        if (side == SPECTRUM_BASE && w->k && w->across_long && !cross(w, &block, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean solve(struct work *w, int side, struct linalg_reduction *r, GError **error)
{
    struct linalg_wish wish = {0};
    gint number = g_atomic_int_get(&w->watch->step);

    if (side == SPECTRUM_TUNED && w->k)
        wish = (struct linalg_wish){.n_top = w->k, .top = w->top};
    if (side == SPECTRUM_BASE && w->k)
        wish = (struct linalg_wish){.n_across = w->k, .across = w->across};
    return step(w, number + 1, error) &&
           linalg_solve(r, w->out->side[side].sigma, &wish, &w->watch->cancelled, error);
}

/* Singular values in units of 2^scale. */
static gboolean compute_side(struct work *w, int side, GError **error)
{
    struct spectrum_side *s = &w->out->side[side];
    struct linalg_reduction *r;
    gboolean ok;

    s->n = (uint32_t)w->blocks.n;
    s->sigma = g_new0(double, s->n);
    if (!(s->l2 > 0))
        return TRUE;
    r = linalg_reduction_create(s->n, error);
    ok = r && add_blocks(w, side, r, error) && solve(w, side, r, error);
    linalg_reduction_destroy(r);
    return ok;
}

/* What needs no matrix: is the side there, how large are its values. */
static void prepare_side(struct work *w, int side)
{
    struct spectrum_side *s = &w->out->side[side];
    const struct stats *stats = stats_of(w, side);
    double most = stats_max_abs(stats);

    *s = (struct spectrum_side){.l2 = NAN};
    if (side == SPECTRUM_DELTA ? !w->in->has_delta : !w->in->source[side])
        return;
    if (stats->nan + stats->inf)
        s->absent = "it holds NaN or Inf";
    else
        s->l2 = stats_l2(stats);
    if (s->l2 > 0)
        w->scale[side] = CLAMP(ilogb(most), -MOST_SCALE, MOST_SCALE);
}

static bool is_there(const struct work *w, int side)
{
    return !isnan(w->out->side[side].l2);
}

static void prepare(struct work *w)
{
    uint64_t rows = w->in->rows, cols = w->in->cols;
    unsigned n = (unsigned)MIN(rows, cols);
    struct spectrum *out = w->out;

    for (int side = 0; side < SPECTRUM_SIDES; side++)
        prepare_side(w, side);
    out->columns = w->in->orientation == ORIENTATION_IN_OUT;
    out->oriented = w->in->orientation != ORIENTATION_NONE;
    w->across_long = out->columns ? rows < cols : rows >= cols;
    if (is_there(w, SPECTRUM_DELTA) && out->side[SPECTRUM_BASE].l2 > 0 &&
        out->side[SPECTRUM_TUNED].l2 > 0)
        w->k = MIN(SPECTRUM_TOP, n);
    w->top = g_new0(double, (gsize)w->k *n + 1);
    w->across = g_new0(double, (gsize)w->k *n + 1);
}

static gboolean allocate(struct work *w, GError **error)
{
    uint64_t values;

    if (!spectrum_blocks_init(&w->blocks, w->in->rows, w->in->cols, error))
        return FALSE;
    values = spectrum_blocks_values(&w->blocks);
    w->values[0] = g_try_malloc_n(values, sizeof(double));
    w->values[1] = g_try_malloc_n(values, sizeof(double));
    w->scratch = g_try_malloc_n(w->blocks.step * SPECTRUM_TOP, sizeof(double));
    if (w->values[0] && w->values[1] && w->scratch)
        return TRUE;
    g_set_error_literal(error, TARE_ERROR, TARE_ERROR_LIMIT, "no memory for a spectrum");
    return FALSE;
}

/* Tuned first: base is compared with its directions, and only one square is in memory. */
static gboolean compute_sides(struct work *w, GError **error)
{
    static const int order[] = {SPECTRUM_TUNED, SPECTRUM_BASE, SPECTRUM_DELTA};

    prepare(w);
    if (!allocate(w, error))
        return FALSE;
    for (int i = 0; i < SPECTRUM_SIDES; i++) {
        if (!is_there(w, order[i]))
            continue;
        if (order[i] == SPECTRUM_BASE && w->k && !w->across_long)
            memcpy(w->across, w->top, sizeof(double) * w->k * w->blocks.n);
        if (!compute_side(w, order[i], error))
            return FALSE;
    }
    return TRUE;
}

static void finish(struct work *w)
{
    spectrum_blocks_finish(&w->blocks);
    g_free(w->values[0]);
    g_free(w->values[1]);
    g_free(w->scratch);
    g_free(w->top);
    g_free(w->across);
}

/* What follows from the singular values. */

static void add_rank(struct spectrum *s, struct spectrum_side *side)
{
    double longer = (double)MAX(s->rows, s->cols) * DBL_EPSILON, most = side->sigma[0];

    side->tolerance = most * (s->gram ? sqrt(longer) : longer);
    while (side->rank < side->n && side->sigma[side->rank] > side->tolerance)
        side->rank++;
}

/* -sum p ln p of p = sigma^power / sum; the largest is 1, so that nothing overflows. */
static double entropy_of(const struct spectrum_side *s, int power)
{
    double sum = 0, weighted = 0;

    for (uint32_t i = 0; i < s->n; i++) {
        double x = pow(s->sigma[i] / s->sigma[0], power);

        sum += x;
        if (x > 0)
            weighted += x * log(x);
    }
    return log(sum) - weighted / sum;
}

static void add_tail(struct spectrum_side *s)
{
    double *lambda = g_new(double, s->rank + 1);

    for (uint32_t i = 0; i < s->rank; i++)
        lambda[i] = s->sigma[i] * s->sigma[i];
    spectrum_tail_fit(lambda, s->rank, &s->tail);
    g_free(lambda);
}

static void derive(struct spectrum *out, struct spectrum_side *s)
{
    s->stable_rank = s->effective_rank = s->effective_rank_energy = s->entropy = NAN;
    s->tail = (struct spectrum_tail){NAN, NAN, NAN, 0};
    s->bulk = (struct spectrum_bulk){NAN, NAN, NAN, 0, 0};
    if (!s->n || !(s->sigma[0] > 0))
        return;
    add_rank(out, s);
    s->stable_rank = (s->l2 / s->sigma[0]) * (s->l2 / s->sigma[0]);
    s->effective_rank = exp(entropy_of(s, 1));
    s->effective_rank_energy = exp(entropy_of(s, 2));
    s->entropy = s->rank > 1 ? entropy_of(s, 2) / log(s->rank) : NAN;
    add_tail(s);
    spectrum_bulk_fit(s->sigma, s->n, s->rank, MAX(out->rows, out->cols), &s->bulk);
}

static double energy_of(const struct spectrum_side *s, unsigned k)
{
    double sum = 0;

    for (uint32_t i = 0; i < MIN(k, s->n); i++)
        sum += (s->sigma[i] / s->l2) * (s->sigma[i] / s->l2);
    return s->l2 > 0 ? fmin(sum, 1) : NAN;
}

uint32_t spectrum_rank_of(const struct spectrum *s, double share)
{
    const struct spectrum_side *d = &s->side[SPECTRUM_DELTA];
    double sum = 0;

    if (!d->n || !(d->l2 > 0))
        return 0;
    for (uint32_t k = 0; k < d->n; k++) {
        sum += (d->sigma[k] / d->l2) * (d->sigma[k] / d->l2);
        if (sum >= share)
            return k + 1;
    }
    return d->n;
}

uint32_t spectrum_low_rank(const struct spectrum *s, double energy, double share)
{
    uint32_t k = spectrum_rank_of(s, energy), bound = 1;

    if (!k || k > share * s->side[SPECTRUM_DELTA].n)
        return 0;
    while (bound < k)
        bound *= 2;
    return bound;
}

/* across[j][i] to the cosine of direction j of tuned and i of base, in place. */
static void normalise(const struct work *w, unsigned k, uint32_t rank)
{
    const double *base = w->out->side[SPECTRUM_BASE].sigma;
    const double *tuned = w->out->side[SPECTRUM_TUNED].sigma;

    for (unsigned j = 0; j < k && w->across_long; j++)
        for (uint32_t i = 0; i < rank; i++)
            w->across[j * w->blocks.n + i] /= base[i] * tuned[j];
}

/* While sigmas are in units of 2^scale. */
static void compare(const struct work *w)
{
    struct spectrum *out = w->out;
    struct spectrum_side ranked[2] = {out->side[SPECTRUM_BASE], out->side[SPECTRUM_TUNED]};
    double shared = 0;
    unsigned k = w->k;

    for (int side = 0; side < 2 && k; side++) {
        add_rank(out, &ranked[side]);
        k = MIN(k, ranked[side].rank);
    }
    normalise(w, k, ranked[0].rank);
    for (unsigned j = 0; j < k; j++) {
        const double *cosine = w->across + j * w->blocks.n;
        double nearest = 0;

        for (uint32_t i = 0; i < ranked[0].rank; i++)
            nearest = fmax(nearest, fabs(cosine[i]));
        for (unsigned i = 0; i < k; i++)
            shared += cosine[i] * cosine[i];
        out->intruders += nearest < SPECTRUM_INTRUDER;
    }
    out->compared = k;
    out->overlap = k ? shared / k : NAN;
    out->overlap_random = k ? k / (double)(out->columns ? out->cols : out->rows) : NAN;
}

static void derive_pair(struct work *w)
{
    struct spectrum *s = w->out;
    const struct spectrum_side *base = &s->side[SPECTRUM_BASE], *delta = &s->side[SPECTRUM_DELTA];
    const struct pair_stats *p = w->in->stats;
    bool pair = w->in->has_delta;

    s->radial = pair ? pair_radial(p) : NAN;
    s->tangential = pair ? pair_tangential(p) : NAN;
    s->decay = pair ? pair_decay(p) : NAN;
    s->decay_residual = pair ? s->tangential / stats_l2(&p->base) : NAN;
    s->sigma_ratio =
        delta->n && base->n && base->sigma[0] > 0 ? delta->sigma[0] / base->sigma[0] : NAN;
    for (int i = 0; i < SPECTRUM_ENERGIES; i++)
        s->energy[i] = delta->n ? energy_of(delta, spectrum_energy_at[i]) : NAN;
    s->rank_90 = spectrum_rank_of(s, 0.9);
    s->rank_99 = spectrum_rank_of(s, 0.99);
}

static void derive_all(struct work *w)
{
    compare(w);
    for (int side = 0; side < SPECTRUM_SIDES; side++) {
        struct spectrum_side *s = &w->out->side[side];

        for (uint32_t i = 0; i < s->n; i++)
            s->sigma[i] = ldexp(s->sigma[i], w->scale[side]);
        derive(w->out, s);
    }
    derive_pair(w);
}

struct spectrum *spectrum_compute(const struct spectrum_input *in, struct lazy_watch *watch,
                                  GError **error)
{
    uint64_t n = MIN(in->rows, in->cols);
    struct work w = {.in = in, .watch = watch};
    gboolean ok;

    g_assert(n >= 2);
    if (n > LINALG_MOST) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_LIMIT,
                    "the smaller side of the matrix is %" G_GUINT64_FORMAT
                    ": spectra are computed up to %d",
                    n, LINALG_MOST);
        return NULL;
    }
    g_atomic_int_set(&watch->of, STEPS);
    w.out = g_new0(struct spectrum, 1);
    w.out->rows = in->rows;
    w.out->cols = in->cols;
    w.out->gram = n > LINALG_EXACT_MOST;
    ok = compute_sides(&w, error) && step(&w, STEP_FIT, error);
    if (ok)
        derive_all(&w);
    finish(&w);
    if (!ok)
        g_clear_pointer(&w.out, spectrum_destroy);
    return w.out;
}

void spectrum_destroy(struct spectrum *s)
{
    if (!s)
        return;
    for (int i = 0; i < SPECTRUM_SIDES; i++)
        g_free(s->side[i].sigma);
    g_free(s);
}
