#include "core/net/op_norm.h"

#include <math.h>

struct norm_work {
    const struct net_run *run;
    const struct op_norm *o;
};

static void norm_part(const struct net_kernels *k, const struct op_norm *o, const float *x,
                      float *out, size_t at)
{
    float mean = o->kind == NET_NORM_LAYER ? k->sum(x, o->n) / (float)o->n : 0;
    double variance = (double)k->squares(x, o->n, mean) / o->n;
    float scale = (float)(1 / sqrt(variance + o->epsilon));

    k->normalise(out, x, o->n, mean, scale, o->gain, (float)o->offset, o->bias);
    if (o->means)
        o->means[at] = mean;
    if (o->scales)
        o->scales[at] = scale;
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
