#include "core/study_internal.h"

#define SNAPSHOT_INTERVAL (G_USEC_PER_SEC / 2)
#define SNAPSHOT_SHARE 10 /* of the time, one part at most goes into snapshots */

struct snapshot *study_snapshot(struct study *s)
{
    struct snapshot *x = g_new0(struct snapshot, 1);

    if (s->activity) {
        x->activity = activity_copy(s->activity);
        x->shifts = x->activity ? category_shifts_create(x->activity) : NULL;
    }
    if (s->evaluation && s->model[ACTIVITY_BASE].weights.spec.causal)
        x->behaviour = behaviour_so_far(s->evaluation, &s->probing, s->told);
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

/* What is looked at stays from one run to the next. */
static void create(struct study *s)
{
    struct net *const nets[ACTIVITY_SIDES] = {s->model[0].net, s->model[1].net};
    struct evaluation_model models[ACTIVITY_SIDES];

    probing_init(&s->probing, nets, s->examples, s->input.comparison->threads);
    probing_models(&s->probing, models);
    s->activity = s->probing.activity;
    s->evaluation = evaluation_create(s->examples, models, s->sides);
    s->evaluation->rows = PROBING_ROWS;
}

static void before_batch(void *data, const struct net_batch *b, const uint32_t *examples)
{
    struct study *s = data;

    probing_batch(&s->probing, b, examples);
}

static gboolean run_models(struct study *s, GError **error)
{
    const struct evaluation_hooks hooks = {before_batch, after_batch, s};
    struct evaluation_model models[ACTIVITY_SIDES];

    if (!s->evaluation)
        create(s);
    probing_models(&s->probing, models);
    return evaluation_run(s->evaluation, models, &hooks, &s->cancelled, error);
}

gboolean study_run(struct study *s, GError **error)
{
    s->resumed = g_get_monotonic_time();
    s->next_snapshot = s->resumed + SNAPSHOT_INTERVAL;
    return s->recorded ? study_recorded_run(s, error) : run_models(s, error);
}
