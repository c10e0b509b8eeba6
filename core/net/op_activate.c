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
