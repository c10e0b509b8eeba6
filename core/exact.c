/* First pass: extremes, the largest, the first digits. Second: the histogram and the next digits.
 * Two more where a side is of 64 bits. */
#include "core/exact.h"

#include <math.h>
#include <string.h>

#include "core/scan/scan.h"
#include "core/select.h"

#define CHUNK 4096

const double exact_quantile_at[EXACT_QUANTILES] = {0.001, 0.01, 0.05, 0.25, 0.5,
                                                   0.75,  0.95, 0.99, 0.999};

struct side {
    struct exact_side *out;
    struct select select;
    bool done; /* with the selection */
    double edges[EXACT_BINS + 1];
    double half; /* 0.5 where max - min overflows, else 1 */
};

struct reading {
    struct source *source; /* NULL: not there */
    uint32_t index;
    const struct dtype_info *type;
    void *values; /* of a block */
    double x[CHUNK];
};

struct exact {
    struct reading base, tuned;
    struct side sides[3]; /* base, tuned, delta */
    double delta[CHUNK];
    uint64_t elems;
    unsigned pass;
};

static void note_largest(struct exact_side *out, double value, uint64_t at)
{
    unsigned i = out->n_top < EXACT_TOP ? out->n_top++ : EXACT_TOP;

    for (; i > 0 && fabs(out->top[i - 1].value) < fabs(value); i--)
        if (i < EXACT_TOP)
            out->top[i] = out->top[i - 1];
    if (i < EXACT_TOP) {
        out->top[i].at = at;
        out->top[i].value = value + 0.0;
    }
}

static void first_pass(struct side *s, const double *x, size_t n, uint64_t at)
{
    struct exact_side *out = s->out;

    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i]))
            continue;
        if (!(x[i] >= out->low))
            out->low = x[i];
        if (!(x[i] <= out->high))
            out->high = x[i];
        if (out->n_top < EXACT_TOP || fabs(x[i]) > fabs(out->top[EXACT_TOP - 1].value))
            note_largest(out, x[i], at + i);
    }
}

/* numpy.histogram's rule: a guess by division, put right by comparing with the edges. */
static void second_pass(struct side *s, const double *x, size_t n)
{
    double low = s->edges[0] * s->half, range = s->edges[EXACT_BINS] * s->half - low;

    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i]))
            continue;

        int bin = (int)((x[i] * s->half - low) / range * EXACT_BINS);

        bin = CLAMP(bin, 0, EXACT_BINS - 1);
        if (x[i] < s->edges[bin])
            bin--;
        else if (bin < EXACT_BINS - 1 && x[i] >= s->edges[bin + 1])
            bin++;
        s->out->bins[bin]++;
    }
}

static void feed(const struct exact *e, struct side *s, const double *x, size_t n, uint64_t at)
{
    if (e->pass == 0)
        first_pass(s, x, n, at);
    if (e->pass == 1)
        second_pass(s, x, n);
    if (!s->done)
        select_feed(&s->select, x, n);
}

static void set_edges(struct side *s)
{
    double step;

    if (s->out->low == s->out->high) {
        s->out->low -= 0.5;
        s->out->high += 0.5;
    }
    s->half = isfinite(s->out->high - s->out->low) ? 1 : 0.5;
    step = (s->out->high * s->half - s->out->low * s->half) / EXACT_BINS;
    for (int i = 0; i < EXACT_BINS; i++)
        s->edges[i] = (i * step + s->out->low * s->half) / s->half;
    s->edges[EXACT_BINS] = s->out->high;
}

static void set_ranks(struct select *s)
{
    uint64_t ranks[2 * EXACT_QUANTILES];

    for (unsigned q = 0; q < EXACT_QUANTILES; q++) {
        double rank = exact_quantile_at[q] * (double)(s->total - 1);

        ranks[2 * q] = (uint64_t)floor(rank);
        ranks[2 * q + 1] = MIN(ranks[2 * q] + 1, s->total - 1);
    }
    select_set_ranks(s, ranks, s->total > 0 ? 2 * EXACT_QUANTILES : 0);
}

/* numpy's linear method, from the nearer end. */
static double between(double a, double b, double t)
{
    return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
}

static void set_quantiles(struct side *s)
{
    for (unsigned q = 0; q < EXACT_QUANTILES; q++) {
        double rank = exact_quantile_at[q] * (double)(s->select.total - 1);

        s->out->quantiles[q] =
            s->select.total == 0 ? NAN
                                 : between(select_value(&s->select, 2 * q),
                                           select_value(&s->select, 2 * q + 1), rank - floor(rank));
    }
}

static void end_pass(const struct exact *e, struct side *s)
{
    if (e->pass == 0) {
        s->out->low += 0.0;
        s->out->high += 0.0;
        set_edges(s);
        set_ranks(&s->select);
    }
    if (!s->done && select_end_pass(&s->select)) {
        s->done = true;
        set_quantiles(s);
    }
}

static gboolean read_block(struct reading *r, uint64_t at, size_t n, GError **error)
{
    return !r->source || r->source->ops->read(r->source, r->index, at, n, r->values, error);
}

static void decode(struct reading *r, size_t from, size_t n)
{
    if (r->source)
        r->type->decode(r->x, (const char *)r->values + from * r->type->bytes, n);
}

static void feed_chunk(struct exact *e, size_t from, size_t n, uint64_t at)
{
    decode(&e->base, from, n);
    decode(&e->tuned, from, n);
    if (e->sides[0].out)
        feed(e, &e->sides[0], e->base.x, n, at);
    if (e->sides[1].out)
        feed(e, &e->sides[1], e->tuned.x, n, at);
    if (!e->sides[2].out)
        return;
    for (size_t i = 0; i < n; i++)
        e->delta[i] = e->tuned.x[i] - e->base.x[i];
    feed(e, &e->sides[2], e->delta, n, at);
}

static gboolean read_pass(struct exact *e, const gint *cancelled, GError **error)
{
    for (uint64_t at = 0; at < e->elems; at += SCAN_BLOCK) {
        size_t n = (size_t)MIN(SCAN_BLOCK, e->elems - at);

        if (error_is_cancelled(cancelled, error))
            return FALSE;
        if (!read_block(&e->base, at, n, error) || !read_block(&e->tuned, at, n, error))
            return FALSE;
        for (size_t from = 0; from < n; from += CHUNK)
            feed_chunk(e, from, MIN(CHUNK, n - from), at + from);
    }
    return TRUE;
}

static bool end_all(struct exact *e)
{
    bool done = true;

    for (int i = 0; i < 3; i++)
        if (e->sides[i].out) {
            end_pass(e, &e->sides[i]);
            done = done && e->sides[i].done;
        }
    e->pass++;
    return done && e->pass >= 2;
}

static void open_side(struct side *s, struct exact_side *out, unsigned bits)
{
    s->out = out;
    out->low = out->high = NAN;
    select_init(&s->select, bits);
}

/* Values of these types are floats without loss. */
static unsigned key_bits(enum dtype d)
{
    return d == DTYPE_F32 || dtype_info(d)->bytes <= 2 ? 32 : 64;
}

static void open_reading(struct exact *e, struct reading *r, struct side *s, struct exact_side *out,
                         struct source *source, uint32_t index)
{
    const struct tensor *t;

    if (!source)
        return;
    t = &source->tensors[index];
    r->source = source;
    r->index = index;
    r->type = dtype_info(t->dtype);
    r->values = g_malloc((gsize)MIN(SCAN_BLOCK, MAX(t->elems, 1)) * r->type->bytes);
    e->elems = t->elems;
    open_side(s, out, key_bits(t->dtype));
}

static void exact_free(struct exact *e)
{
    for (int i = 0; i < 3; i++)
        select_finish(&e->sides[i].select);
    g_free(e->base.values);
    g_free(e->tuned.values);
    g_free(e);
}

gboolean exact_compute(struct source *base, uint32_t base_index, struct source *tuned,
                       uint32_t tuned_index, struct exact_result *out, const gint *cancelled,
                       GError **error)
{
    struct exact *e = g_new0(struct exact, 1);
    gboolean ok;

    memset(out, 0, sizeof *out);
    out->has_base = base != NULL;
    out->has_tuned = tuned != NULL;
    open_reading(e, &e->base, &e->sides[0], &out->base, base, base_index);
    open_reading(e, &e->tuned, &e->sides[1], &out->tuned, tuned, tuned_index);
    g_assert(!base || base->tensors[base_index].elems == e->elems); /* pairs are of equal shape */
    if (base && tuned)
        open_side(&e->sides[2], &out->delta, 64);
    do {
        ok = read_pass(e, cancelled, error);
    } while (ok && !end_all(e));
    exact_free(e);
    return ok;
}
