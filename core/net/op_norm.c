#include "core/net/op_norm.h"

#include <math.h>

struct norm_work {
    const struct net_run *run;
    const struct op_norm *o;
};

static struct normed_row normed(const struct net_kernels *k, const struct op_norm *o,
                                const float *x)
{
    struct normed_row r = {.x = x, .n = o->n, .centred = o->kind == NET_NORM_LAYER};
    double variance;

    r.mean = r.centred ? k->sum(x, o->n) / (float)o->n : 0;
    variance = (double)k->squares(x, o->n, r.mean) / o->n;
    r.scale = (float)(1 / sqrt(variance + o->epsilon));
    return r;
}

static void norm_part(const struct net_kernels *k, const struct op_norm *o, const float *x,
                      float *out, size_t at)
{
    struct normed_row r = normed(k, o, x);

    k->normalise(out, x, o->n, r.mean, r.scale, o->gain, (float)o->offset, o->bias);
    if (o->means)
        o->means[at] = r.mean;
    if (o->scales)
        o->scales[at] = r.scale;
}

static void norm_rows(void *data, guint item, guint thread)
{
    const struct norm_work *w = data;
    const struct op_norm *o = w->o;

    (void)thread;
    for (uint32_t i = item * RUN_ROWS; i < run_rows_end(item, o->x.n); i++)
        for (uint32_t p = 0; p < o->parts; p++)
            norm_part(w->run->kernels, o, o->x.values + i * o->x.stride + p * o->n,
                      o->out + i * o->out_stride + p * o->n, (size_t)i * o->parts + p);
}

void op_norm(const struct net_run *run, const struct op_norm *o)
{
    struct norm_work w = {run, o};

    team_run(run->team, run_row_items(o->x.n), norm_rows, &w);
}

/* The way back. */

#define COLUMNS 64 /* that an item sums over all rows */

struct backward_work {
    const struct net_run *run;
    const struct op_norm_backward *o;
};

static void measure_rows(void *data, guint item, guint thread)
{
    const struct backward_work *w = data;
    const struct op_norm *o = &w->o->of;

    (void)thread;
    for (uint32_t i = item * RUN_ROWS; i < run_rows_end(item, o->x.n); i++)
        for (uint32_t p = 0; p < o->parts; p++) {
            size_t at = (size_t)i * o->parts + p;
            struct normed_row r =
                normed(w->run->kernels, o, o->x.values + i * o->x.stride + p * o->n);

            o->means[at] = r.mean;
            o->scales[at] = r.scale;
        }
}

/* n elements of a part of a row that was measured. */
static struct normed_row measured(const struct op_norm *o, uint32_t row, uint32_t part,
                                  uint32_t first, uint32_t n)
{
    size_t at = (size_t)row * o->parts + part;

    return (struct normed_row){.x = o->x.values + row * o->x.stride + part * o->n + first,
                               .n = n,
                               .mean = o->means[at],
                               .scale = o->scales[at],
                               .centred = o->kind == NET_NORM_LAYER};
}

/* Sums over rows in their order. */
static void sum_columns(void *data, guint item, guint thread)
{
    const struct backward_work *w = data;
    const struct op_norm_backward *o = w->o;
    uint32_t first = item * COLUMNS, n = MIN(COLUMNS, o->of.n - first);

    (void)thread;
    for (uint32_t i = 0; i < o->of.x.n; i++)
        for (uint32_t p = 0; p < o->of.parts; p++) {
            const struct normed_row r = measured(&o->of, i, p, first, n);
            const float *dout = o->dout + i * o->dout_stride + p * o->of.n + first;

            if (o->dgain)
                w->run->kernels->backward->norm_gain(o->dgain + first, &r, dout);
            if (o->dbias)
                w->run->kernels->add(o->dbias + first, dout, n);
        }
}

static void rows_back(void *data, guint item, guint thread)
{
    const struct backward_work *w = data;
    const struct op_norm_backward *o = w->o;

    (void)thread;
    for (uint32_t i = item * RUN_ROWS; i < run_rows_end(item, o->of.x.n); i++)
        for (uint32_t p = 0; p < o->of.parts; p++) {
            const struct normed_row r = measured(&o->of, i, p, 0, o->of.n);
            float *dx = o->dx + i * o->dx_stride + p * o->of.n;

            w->run->kernels->backward->norm(dx, o->add ? dx : NULL, &r,
                                            o->dout + i * o->dout_stride + p * o->of.n, o->of.gain,
                                            (float)o->of.offset);
        }
}

void op_norm_backward(const struct net_run *run, const struct op_norm_backward *o)
{
    struct backward_work w = {run, o};

    team_run(run->team, run_row_items(o->of.x.n), measure_rows, &w);
    if (o->dgain || o->dbias)
        team_run(run->team, (o->of.n + COLUMNS - 1) / COLUMNS, sum_columns, &w);
    team_run(run->team, run_row_items(o->of.x.n), rows_back, &w);
}
