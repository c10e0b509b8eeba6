#include "core/net/op_activate.h"

#include <string.h>

struct activate_work {
    const struct net_run *run;
    const struct op_activate *o;
};

static void activate_row(const struct net_kernels *k, const struct op_activate *o, size_t at,
                         float *place)
{
    if (!o->up) {
        k->activate[o->kind](o->out + at, o->x + at, o->n);
        return;
    }
    k->activate[o->kind](place, o->x + at, o->n);
    if (o->out != o->up)
        memcpy(o->out + at, o->up + at, o->n * sizeof *o->out);
    k->multiply(o->out + at, place, o->n);
}

static void activate_rows(void *data, guint item, guint thread)
{
    const struct activate_work *w = data;

    for (uint32_t i = item * RUN_ROWS; i < run_rows_end(item, w->o->rows); i++)
        activate_row(w->run->kernels, w->o, (size_t)i * w->o->n, w->run->scratch[thread]);
}

void op_activate(const struct net_run *run, const struct op_activate *o)
{
    struct activate_work w = {run, o};

    g_assert(run->scratch_floats >= o->n);
    team_run(run->team, run_row_items(o->rows), activate_rows, &w);
}

struct backward_work {
    const struct net_run *run;
    const struct op_activate_backward *o;
};

/* value: what activation makes of x. */
static void gate_back(const struct net_kernels *k, const struct op_activate_backward *o, size_t at,
                      float *value, float *slope)
{
    size_t n = o->of.n, bytes = n * sizeof(float);

    memcpy(o->of.out + at, value, bytes);
    k->multiply(o->of.out + at, o->of.up + at, n);
    k->multiply(value, o->dout + at, n);
    k->multiply(slope, o->of.up + at, n);
    k->multiply(slope, o->dout + at, n);
    memcpy(o->dup + at, value, bytes);
    memcpy(o->dx + at, slope, bytes);
}

static void back_rows(void *data, guint item, guint thread)
{
    const struct backward_work *w = data;
    const struct op_activate_backward *o = w->o;
    const struct net_kernels *k = w->run->kernels;
    size_t n = o->of.n;
    float *value = w->run->scratch[thread], *slope = value + n;

    for (uint32_t i = item * RUN_ROWS; i < run_rows_end(item, o->of.rows); i++) {
        size_t at = i * n;

        k->backward->activate[o->of.kind](value, slope, o->of.x + at, n);
        if (o->of.up) {
            gate_back(k, o, at, value, slope);
            continue;
        }
        memcpy(o->of.out + at, value, n * sizeof *value);
        k->multiply(slope, o->dout + at, n);
        memcpy(o->dx + at, slope, n * sizeof *slope);
    }
}

void op_activate_backward(const struct net_run *run, const struct op_activate_backward *o)
{
    struct backward_work w = {run, o};

    g_assert(run->scratch_floats >= 2 * (size_t)o->of.n);
    team_run(run->team, run_row_items(o->of.rows), back_rows, &w);
}
