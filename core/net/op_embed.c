#include "core/net/op_embed.h"

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
