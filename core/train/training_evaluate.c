/* Losses of held-out examples. */
#include <math.h>

#include "core/net/backward.h"
#include "core/train/training_internal.h"

/* In place of each loss the mean of those that are there. */
static void spread_mean(double *losses, uint32_t n)
{
    double sum = 0;
    uint32_t there = 0;

    for (uint32_t i = 0; i < n; i++)
        if (!isnan(losses[i])) {
            sum += losses[i];
            there++;
        }
    for (uint32_t i = 0; i < n; i++)
        losses[i] = there ? sum / there : NAN;
}

struct looking {
    const struct training *t;
    struct net *net;
};

/* Of an encoder's hidden tokens, the same each time; every row of an example has their mean. */
static gboolean run_encoder(const struct looking *l, const struct net_batch *b, double *losses,
                            const gint *cancelled, GError **error)
{
    uint32_t rows = net_batch_rows(b), at = 0;
    g_autofree uint32_t *hidden = g_new(uint32_t, rows), *targets = g_new(uint32_t, rows);
    g_autofree struct net_sequence *sequences = g_memdup2(b->sequences, b->n * sizeof *sequences);
    g_autofree struct net_block *blocks = g_new0(struct net_block, l->t->base->n_blocks);
    struct net_weights nothing = {.spec = l->t->state.weights.spec, .blocks = blocks};
    const struct net_batch batch = {.sequences = sequences, .n = b->n};
    const struct net_goal goal = {targets, 1};

    for (uint32_t i = 0; i < b->n; at += sequences[i++].n) {
        sequences[i].ids = hidden + at;
        masking_apply(&l->t->masking, b->sequences[i].ids, sequences[i].n, sequences[i].first_logit,
                      true, l->t->options.seed, hidden + at, targets + at);
    }
    if (!net_gradient(l->net, &batch, &goal, &nothing, losses, cancelled, error))
        return FALSE;
    at = 0;
    for (uint32_t i = 0; i < b->n; at += sequences[i++].n)
        spread_mean(losses + at, sequences[i].n);
    return TRUE;
}

static gboolean run_net(void *data, const struct net_batch *b, double *losses,
                        const gint *cancelled, GError **error)
{
    const struct looking *l = data;

    if (!l->t->state.weights.spec.causal)
        return run_encoder(l, b, losses, cancelled, error);
    return net_losses(l->net, b, NULL, losses, cancelled, error);
}

struct evaluation *training_evaluate(const struct training *t, struct net *net,
                                     const gint *cancelled, GError **error)
{
    const struct net_spec *spec = &t->state.weights.spec;
    struct looking l = {t, net};
    const struct evaluation_model model = {run_net, &l, spec->vocabulary, spec->positions};
    struct evaluation *e = evaluation_create(t->examples, &model, 1);

    if (evaluation_run(e, &model, NULL, cancelled, error))
        return e;
    evaluation_destroy(e);
    return NULL;
}
