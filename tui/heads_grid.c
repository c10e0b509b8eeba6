#include "tui/heads_grid.h"

#include <math.h>
#include <stdlib.h>

#include "core/escape.h"

static void free_rows(struct heads_grid *g)
{
    for (guint i = 0; i < g->n_rows; i++) {
        g_free(g->rows[i].heads);
        g_free(g->rows[i].label);
    }
    g_free(g->rows);
    g->rows = NULL;
    g->n_rows = g->n_cols = 0;
}

void heads_grid_finish(struct heads_grid *g)
{
    free_rows(g);
    *g = (struct heads_grid){0};
}

static double part_relative(const struct head *h, enum head_part part)
{
    return h->part[part].known ? head_part_relative(&h->part[part]) : NAN;
}

static double pooled(const struct head *h, bool delta)
{
    double sum = 0;
    bool any = false;

    for (unsigned p = 0; p < HEAD_PARTS; p++) {
        double norm = delta ? h->part[p].delta_l2 : h->part[p].base_l2;

        if (!h->part[p].known || isnan(norm))
            continue;
        sum = hypot(sum, norm);
        any = true;
    }
    return any ? sum : NAN;
}

double heads_grid_value(const struct heads_grid *g, const struct head *h)
{
    switch (g->metric) {
    case HEADS_RELATIVE:
        return h->relative;
    case HEADS_DELTA_L2:
        return pooled(h, true);
    case HEADS_BASE_L2:
        return pooled(h, false);
    default:
        return part_relative(h, (enum head_part)(g->metric - HEADS_QUERY));
    }
}

double heads_grid_floor(const struct heads_grid *g, const struct head *h)
{
    if (!heads_metric_is_ratio(g->metric))
        return NAN;
    return g->metric == HEADS_RELATIVE ? h->floor : h->part[g->metric - HEADS_QUERY].floor;
}

static void measure_row(const struct heads_grid *g, struct heads_row *r)
{
    double sum = 0, floors = 0;
    guint n = 0;

    r->max = NAN;
    for (guint i = 0; i < r->n; i++) {
        double v = heads_grid_value(g, &r->heads[i]);

        if (isnan(v))
            continue;
        sum += v;
        floors += heads_grid_floor(g, &r->heads[i]);
        n++;
        r->max = fmax(r->max, v);
    }
    r->mean = n ? sum / n : NAN;
    r->floor = n ? floors / n : NAN;
}

static int by_model(const void *a, const void *b)
{
    const struct heads_row *x = a, *y = b;

    return (x->attention > y->attention) - (x->attention < y->attention);
}

/* What has no value comes last. */
static int by_largest(const void *a, const void *b)
{
    const struct heads_row *x = a, *y = b;
    double p = isnan(x->max) ? -1 : x->max, q = isnan(y->max) ? -1 : y->max;

    return p != q ? (p < q) - (p > q) : by_model(a, b);
}

void heads_grid_arrange(struct heads_grid *g)
{
    double most = 0;

    for (guint i = 0; i < g->n_rows; i++) {
        measure_row(g, &g->rows[i]);
        most = fmax(most, g->rows[i].max);
    }
    g->high = most > 0 ? most : 1;
    g->low = g->high / 100;
    if (g->n_rows)
        qsort(g->rows, g->n_rows, sizeof *g->rows, g->by_max ? by_largest : by_model);
}

static void load_row(const struct heads_grid *g, guint32 attention, struct heads_row *r)
{
    const struct attention *a = &g->of->attentions.items[attention];

    *r = (struct heads_row){.attention = attention,
                            .label = escape_text(a->label),
                            .n = a->heads,
                            .heads = g_new(struct head, a->heads)};
    for (guint i = 0; i < r->n; i++)
        head_of(g->of, attention, i, &r->heads[i]);
}

void heads_grid_update(struct heads_grid *g, const struct comparison *c)
{
    if (g->of == c && g->version == c->summary.version)
        return;
    free_rows(g);
    g->of = c;
    g->version = c->summary.version;
    g->n_rows = c->attentions.n;
    g->n_cols = c->attentions.most;
    g->rows = g_new0(struct heads_row, MAX(g->n_rows, 1));
    for (guint32 i = 0; i < g->n_rows; i++)
        load_row(g, i, &g->rows[i]);
    if (!c->tuned)
        g->metric = HEADS_BASE_L2;
    heads_grid_arrange(g);
}

guint heads_grid_rank(const struct heads_grid *g, const struct head *h)
{
    double value = heads_grid_value(g, h);
    guint above = 0;

    if (isnan(value))
        return 0;
    for (guint i = 0; i < g->n_rows; i++)
        for (guint k = 0; k < g->rows[i].n; k++)
            above += heads_grid_value(g, &g->rows[i].heads[k]) > value;
    return above + 1;
}

guint heads_grid_total(const struct heads_grid *g)
{
    guint n = 0;

    for (guint i = 0; i < g->n_rows; i++)
        n += g->rows[i].n;
    return n;
}

const char *heads_metric_name(enum heads_metric m)
{
    static const char *const names[HEADS_METRICS] = {
        "rel", "rel query", "rel key", "rel value", "rel output", "|delta|", "|W| base"};

    return names[m];
}

bool heads_metric_is_ratio(enum heads_metric m)
{
    return m <= HEADS_OUTPUT;
}
