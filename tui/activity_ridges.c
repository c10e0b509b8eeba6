#include "tui/activity_ridges.h"

#include <math.h>
#include <string.h>

#define TAIL 0.001        /* on each side of the axis */
#define LINEAR_LEAST 1e-4 /* of the farthest value */

void ridges_init(struct ridges *r)
{
    *r = (struct ridges){.of = NULL};
}

void ridges_finish(struct ridges *r)
{
    for (uint32_t i = 0; i < r->n_layers; i++)
        for (unsigned side = 0; side < ACTIVITY_SIDES; side++)
            g_free(r->items[i].counts[side]);
    g_free(r->items);
    g_free(r->edges);
    ridges_init(r);
}

static const struct sketch *sketch_of(const struct ridges *r, uint32_t item, unsigned pane)
{
    bool delta = r->ask.show == RIDGES_DELTA;
    uint32_t category = delta ? ACTIVITY_ALL : r->ask.category;
    const struct activity_cell *c = activity_cell(r->of, r->first + item, category);

    return delta ? &c->delta : pane ? &c->tuned : &c->base;
}

/* The axis. */

static double bent(const struct ridges *r, double value)
{
    return r->ask.log_x ? copysign(log1p(fabs(value) / r->linear), value) : value;
}

static double straight(const struct ridges *r, double at)
{
    return r->ask.log_x ? copysign(expm1(fabs(at)) * r->linear, at) : at;
}

static void widen(struct ridges *r, const struct sketch *s)
{
    double tail = r->ask.all ? 0 : TAIL;

    if (!s->total)
        return;
    r->low = fmin(r->low, sketch_quantile(s, tail, NAN, NAN));
    r->high = fmax(r->high, sketch_quantile(s, 1 - tail, NAN, NAN));
}

/* Half of the values of the stillest layer lie below it: there ratios tell nothing. */
static double linear_of(const struct ridges *r)
{
    double far = fmax(fabs(r->low), fabs(r->high)), least = INFINITY;

    for (uint32_t i = 0; i < r->n_layers; i++)
        for (unsigned pane = 0; pane < r->panes; pane++) {
            const struct sketch *s = sketch_of(r, i, pane);
            double width = sketch_quantile(s, 0.75, NAN, NAN) - sketch_quantile(s, 0.25, NAN, NAN);

            if (width > 0)
                least = fmin(least, width / 2);
        }
    return isfinite(least) ? fmax(least, far * LINEAR_LEAST) : far;
}

static void find_axis(struct ridges *r)
{
    r->low = INFINITY;
    r->high = -INFINITY;
    for (uint32_t i = 0; i < r->n_layers; i++)
        for (unsigned pane = 0; pane < r->panes; pane++)
            widen(r, sketch_of(r, i, pane));
    if (r->low == r->high) { /* one value alone */
        r->low -= fabs(r->low) / 2 + (r->low == 0);
        r->high += fabs(r->high) / 2 + (r->high == 0);
    }
    r->linear = linear_of(r);
}

double ridges_edge(const struct ridges *r, int bin)
{
    double from = bent(r, r->low), to = bent(r, r->high);

    return straight(r, from + (to - from) * bin / r->ask.n);
}

static void lay_edges(struct ridges *r)
{
    r->edges = g_new(double, r->ask.n + 1);
    r->narrowest = INFINITY;
    for (int i = 0; i <= r->ask.n; i++)
        r->edges[i] = ridges_edge(r, i);
    for (int i = 0; i < r->ask.n; i++)
        r->narrowest = fmin(r->narrowest, r->edges[i + 1] - r->edges[i]);
}

int ridges_bin(const struct ridges *r, double value)
{
    double from = bent(r, r->low), to = bent(r, r->high);
    double at = (bent(r, value) - from) / (to - from) * r->ask.n;

    return (int)CLAMP(at, 0, r->ask.n - 1);
}

/* Counts. */

/* One bin of the sketch, spread evenly over those it reaches into; *at: the first that it can. */
static void spread(const double *edges, int n, double low, double high, double count, int *at,
                   struct ridge *out, unsigned pane)
{
    double width = high - low;

    out->total[pane] += count;
    while (*at < n && edges[*at + 1] <= low && !(*at == n - 1 && edges[n] == low))
        ++*at;
    if (!(width > 0)) {
        if (low < edges[0])
            out->below[pane] += count;
        else if (*at == n)
            out->above[pane] += count;
        else
            out->counts[pane][*at] += count;
        return;
    }
    out->below[pane] += count * CLAMP((edges[0] - low) / width, 0, 1);
    out->above[pane] += count * CLAMP((high - edges[n]) / width, 0, 1);
    for (int i = *at; i < n && edges[i] < high; i++)
        out->counts[pane][i] +=
            count * fmax(fmin(high, edges[i + 1]) - fmax(low, edges[i]), 0) / width;
}

static double narrowing(const struct ridges *r, int bin)
{
    return r->narrowest / (r->edges[bin + 1] - r->edges[bin]);
}

static double density(const struct ridges *r, const struct ridge *x, unsigned pane, int bin)
{
    return x->counts[pane][bin] / x->total[pane] * narrowing(r, bin);
}

static void count(const struct ridges *r, uint32_t item, unsigned pane)
{
    const struct sketch *s = sketch_of(r, item, pane);
    struct ridge *out = &r->items[item];
    int at = 0;

    out->counts[pane] = g_new0(double, r->ask.n);
    for (uint32_t i = 0; i < s->n_bins; i++) {
        double low, high;

        sketch_bin_range(s->bins[i].key, &low, &high);
        spread(r->edges, r->ask.n, low, high, (double)s->bins[i].count, &at, out, pane);
    }
    for (int i = 0; i < r->ask.n && out->total[pane] > 0; i++)
        out->most = fmax(out->most, density(r, out, pane, i));
    for (int i = 0; i < r->ask.n; i++)
        out->most_count = fmax(out->most_count, out->counts[pane][i] * narrowing(r, i));
}

static bool same(const struct ridges_ask *a, const struct ridges_ask *b)
{
    return a->kind == b->kind && a->category == b->category && a->show == b->show &&
           a->log_x == b->log_x && a->all == b->all && a->n == b->n;
}

void ridges_update(struct ridges *r, const struct activity *a, const struct ridges_ask *ask)
{
    if (r->of == a && r->rows == a->rows && same(&r->ask, ask))
        return;
    ridges_finish(r);
    *r = (struct ridges){.ask = *ask, .of = a, .rows = a->rows};
    r->ask.n = MAX(ask->n, 1);
    r->first = activity_layers(a, ask->kind, &r->n_layers);
    r->panes = a->pair && ask->show == RIDGES_SIDES ? 2 : 1;
    r->items = g_new0(struct ridge, r->n_layers + 1);
    find_axis(r);
    if (!(r->high > r->low)) {
        r->n_layers = 0;
        return;
    }
    lay_edges(r);
    for (uint32_t i = 0; i < r->n_layers; i++) {
        for (unsigned pane = 0; pane < r->panes; pane++)
            count(r, i, pane);
        r->items[i].js = r->panes == 2 ? sketch_js(sketch_of(r, i, 0), sketch_of(r, i, 1)) : NAN;
    }
}

double ridges_share(const struct ridges *r, uint32_t item, unsigned pane, int bin)
{
    const struct ridge *x = &r->items[item];

    return x->total[pane] > 0 ? x->counts[pane][bin] / x->total[pane] : NAN;
}

double ridges_height(const struct ridges *r, uint32_t item, unsigned pane, int bin, bool log_y)
{
    const struct ridge *x = &r->items[item];

    if (!(x->most_count > 0) || !(x->counts[pane][bin] > 0))
        return 0;
    return log_y ? log10(1 + x->counts[pane][bin] * narrowing(r, bin)) / log10(1 + x->most_count)
                 : density(r, x, pane, bin) / x->most;
}
