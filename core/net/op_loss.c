#include "core/net/op_loss.h"

#include <math.h>

struct loss_work {
    const struct net_run *run;
    const struct op_loss *o;
};

static void loss_row(void *data, guint item, guint thread)
{
    const struct loss_work *w = data;
    const struct op_loss *o = w->o;
    const float *x = o->logits + (size_t)item * o->vocabulary;
    uint32_t target = o->targets[item];

    (void)thread;
    o->losses[item] =
        target == UINT32_MAX ? NAN : w->run->kernels->log_sum(x, o->vocabulary) - (double)x[target];
}

void op_loss(const struct net_run *run, const struct op_loss *o)
{
    struct loss_work w = {run, o};

    team_run(run->team, o->rows, loss_row, &w);
}
