#include "core/net/op_embed.h"

#include <string.h>

struct embed_work {
    const struct net_run *run;
    const struct op_embed *e;
};

static void embed_rows(void *data, guint item, guint thread)
{
    const struct embed_work *w = data;
    const struct op_embed *e = w->e;
    const struct net_kernels *k = w->run->kernels;
    size_t n = e->tokens->in;
    float *place = w->run->scratch[thread];

    for (uint32_t i = item * RUN_ROWS; i < run_rows_end(item, e->out.n); i++) {
        float *out = e->out.values + i * e->out.stride;

        k->widen(out, net_matrix_row(e->tokens, e->ids[i]), e->tokens->dtype, n);
        if (e->scale != 1)
            k->scale(out, n, e->scale);
        if (e->table->values) {
            k->widen(place, net_matrix_row(e->table, e->first_position + e->positions[i]),
                     e->table->dtype, n);
            k->add(out, place, n);
        }
        if (e->extra)
            k->add(out, e->extra, n);
    }
}

void op_embed(const struct net_run *run, const struct op_embed *e)
{
    struct embed_work w = {run, e};

    g_assert(run->scratch_floats >= e->tokens->in);
    team_run(run->team, run_row_items(e->out.n), embed_rows, &w);
}

#define COLUMNS 64 /* of all rows, of an item: no two threads write to one place */

struct backward_work {
    const struct net_run *run;
    const struct op_embed_backward *o;
};

static void columns_back(void *data, guint item, guint thread)
{
    const struct backward_work *w = data;
    const struct op_embed_backward *o = w->o;
    const struct op_embed *e = o->of;
    const struct net_kernels *k = w->run->kernels;
    size_t stride = e->tokens->in, first = item * COLUMNS, n = MIN(COLUMNS, stride - first);
    float *scaled = w->run->scratch[thread];

    for (uint32_t i = 0; i < e->out.n; i++) {
        const float *dout = e->out.values + i * e->out.stride + first;

        if (o->dtable)
            k->add(o->dtable + (e->first_position + e->positions[i]) * stride + first, dout, n);
        if (o->dextra)
            k->add(o->dextra + first, dout, n);
        if (!o->dtokens)
            continue;
        memcpy(scaled, dout, n * sizeof *scaled);
        if (e->scale != 1)
            k->scale(scaled, n, e->scale);
        k->add(o->dtokens + e->ids[i] * stride + first, scaled, n);
    }
}

void op_embed_backward(const struct net_run *run, const struct op_embed_backward *o)
{
    struct backward_work w = {run, o};

    g_assert(run->scratch_floats >= COLUMNS);
    team_run(run->team, (o->of->tokens->in + COLUMNS - 1) / COLUMNS, columns_back, &w);
}
