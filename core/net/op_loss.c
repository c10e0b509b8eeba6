#include "core/net/op_loss.h"

#include <math.h>
#include <string.h>

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

struct backward_work {
    const struct net_run *run;
    const struct op_loss *o;
    float *logits, scale;
};

static void back_row(void *data, guint item, guint thread)
{
    const struct backward_work *w = data;
    const struct net_kernels *k = w->run->kernels;
    uint32_t vocabulary = w->o->vocabulary, target = w->o->targets[item];
    float *x = w->logits + (size_t)item * vocabulary;
    double log_sum;

    (void)thread;
    if (target == UINT32_MAX) {
        w->o->losses[item] = NAN;
        memset(x, 0, vocabulary * sizeof *x);
        return;
    }
    log_sum = k->log_sum(x, vocabulary);
    w->o->losses[item] = log_sum - (double)x[target];
    k->backward->exponentials(x, vocabulary, (float)log_sum, w->scale);
    x[target] -= w->scale;
}

void op_loss_backward(const struct net_run *run, const struct op_loss *o, float *logits,
                      float scale)
{
    struct backward_work w = {run, o, logits, scale};

    g_assert(logits == o->logits);
    team_run(run->team, o->rows, back_row, &w);
}
