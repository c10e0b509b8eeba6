#include "core/study_internal.h"

#include <math.h>

#define SNAPSHOT_INTERVAL (G_USEC_PER_SEC / 2)
#define SNAPSHOT_SHARE 10 /* of the time, one part at most goes into snapshots */
#define BATCH_ROWS 256    /* the activity holds what the base had in a batch */
#define CKA_TOKENS 4096

/* What a side of the evaluation calls. */
static gboolean run_net(void *data, const struct net_batch *b, double *losses,
                        const gint *cancelled, GError **error)
{
    struct study_model *m = data;
    uint32_t rows;

    if (m->weights.spec.causal)
        return net_losses(m->net, b, &m->probe, losses, cancelled, error);
    rows = net_batch_rows(b); /* an encoder predicts no next token: activations alone */
    for (uint32_t i = 0; i < rows; i++)
        losses[i] = NAN;
    return net_forward(m->net, b, &m->probe, cancelled, error);
}

static void announce(void *data, const struct net_batch *b, const uint32_t *examples)
{
    struct study *s = data;
    struct activity_sequence *of = g_new(struct activity_sequence, b->n);

    for (uint32_t i = 0; i < b->n; i++)
        of[i] = (struct activity_sequence){.example = examples[i],
                                           .category = s->examples->examples[examples[i]].category,
                                           .n = b->sequences[i].n};
    activity_batch(s->activity, of, b->n);
    for (unsigned i = 0; i < s->sides; i++)
        s->model[i].probe = activity_probe(s->activity, (enum activity_side)i);
    g_free(of);
}

struct snapshot *study_snapshot(struct study *s)
{
    struct snapshot *x = g_new0(struct snapshot, 1);

    if (!s->activity)
        return x;
    x->activity = activity_copy(s->activity);
    if (s->evaluation && s->model[ACTIVITY_BASE].weights.spec.causal)
        x->behaviour = behaviour_so_far(s->evaluation, s->told);
    return x;
}

void study_tell(struct study *s, uint64_t done, uint64_t total)
{
    gint64 now = g_get_monotonic_time();

    g_mutex_lock(&s->lock);
    s->tokens_done = done;
    s->tokens_total = total;
    s->seconds += (double)(now - s->resumed) / G_USEC_PER_SEC;
    g_mutex_unlock(&s->lock);
}

/* Intervals are drawn anew for each: with many examples that takes its time. */
static void hand_over(struct study *s)
{
    gint64 start = g_get_monotonic_time(), now;

    study_post(s, study_snapshot(s));
    now = g_get_monotonic_time();
    s->next_snapshot = now + MAX(SNAPSHOT_INTERVAL, (now - start) * (SNAPSHOT_SHARE - 1));
}

void study_after_batch(struct study *s)
{
    if (g_get_monotonic_time() >= s->next_snapshot)
        hand_over(s);
    study_answer(s);
    s->resumed = g_get_monotonic_time();
}

static void after_batch(void *data, const struct evaluation *e)
{
    study_tell(data, e->tokens_done, e->tokens_total);
    study_after_batch(data);
}

static struct evaluation_model model_of(struct study *s, unsigned side)
{
    const struct net_spec *spec = &s->model[side].weights.spec;

    return (struct evaluation_model){run_net, &s->model[side], spec->vocabulary, spec->positions};
}

static gboolean create(struct study *s, const struct evaluation_model *models, GError **error)
{
    const struct activity_options options = {
        .categories = (const char *const *)s->examples->categories,
        .n_categories = s->examples->n_categories,
        .pair = s->sides > 1,
        .first_apart = true,
        .attention = true,
        .output = s->model[ACTIVITY_BASE].weights.head.values != NULL,
        .cka_tokens = CKA_TOKENS,
    };

    s->activity = activity_create(&s->model[ACTIVITY_BASE].weights.spec, &options, error);
    if (!s->activity)
        return FALSE;
    s->evaluation = evaluation_create(s->examples, models, s->sides);
    s->evaluation->rows = BATCH_ROWS;
    return TRUE;
}

static gboolean run_models(struct study *s, GError **error)
{
    struct evaluation_model models[ACTIVITY_SIDES] = {model_of(s, 0)};
    const struct evaluation_hooks hooks = {announce, after_batch, s};

    if (s->sides > 1)
        models[1] = model_of(s, 1);
    if (!s->evaluation && !create(s, models, error))
        return FALSE;
    return evaluation_run(s->evaluation, models, &hooks, &s->cancelled, error);
}

gboolean study_run(struct study *s, GError **error)
{
    s->resumed = g_get_monotonic_time();
    s->next_snapshot = s->resumed + SNAPSHOT_INTERVAL;
    return s->recorded ? study_recorded_run(s, error) : run_models(s, error);
}
