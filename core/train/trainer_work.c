/* What the thread of a trainer does. */
#include "core/train/trainer_internal.h"

#include <math.h>
#include <sys/eventfd.h>
#include "core/error.h"

#define KEPT_STEPS 64 /* parts of a run that are kept while it runs on */
#define SMOOTHING 0.9 /* of the time a step takes */

static const struct training_state *state(const struct trainer *t)
{
    return training_state(t->training);
}

static uint64_t steps_of(const struct trainer *t)
{
    return training_options(t->training)->steps;
}

/* Handing over. */

static void tell(struct trainer *t, const char *message)
{
    g_mutex_lock(&t->lock);
    g_free(t->shared.message);
    t->shared.message = g_strdup(message);
    g_mutex_unlock(&t->lock);
}

static double last_speed(const struct timeline *l)
{
    return l->steps->len
               ? g_array_index(l->steps, struct step_record, l->steps->len - 1).tokens_per_second
               : NAN;
}

static void publish(struct trainer *t, enum trainer_phase phase)
{
    const struct training_state *s = state(t);
    const struct timeline *l = training_timeline(t->training);

    g_mutex_lock(&t->lock);
    if (t->shared.timeline)
        timeline_follow(t->shared.timeline, l);
    else
        t->shared.timeline = timeline_copy(l);
    t->shared.progress = (struct progress_made){
        .phase = phase,
        .step = s->step,
        .steps = steps_of(t),
        .learning_rate = s->learning_rate,
        .weight_decay = s->weight_decay,
        .tokens_per_second = last_speed(l),
        .seconds_left =
            t->seconds > 0 ? t->seconds * (double)(steps_of(t) - MIN(s->step, steps_of(t))) : NAN,
        .unsaved = t->unsaved,
        .answered = t->answered};
    g_mutex_unlock(&t->lock);
    eventfd_write(t->wake, 1);
}

static enum trainer_phase at_rest(const struct trainer *t)
{
    return state(t)->step >= steps_of(t) ? TRAINER_DONE : TRAINER_PAUSED;
}

/* Keeping. */

static uint64_t bytes_of(const GPtrArray *kept)
{
    uint64_t bytes = 0;

    for (guint i = 0; i < kept->len; i++)
        bytes += kept_bytes(kept->pdata[i]);
    return bytes;
}

static void thin(struct trainer *t)
{
    GPtrArray *kept = t->shared.kept;

    while (kept->len > 2 && bytes_of(kept) > t->input.memory) {
        uint64_t *steps = g_new(uint64_t, kept->len);

        for (guint i = 0; i < kept->len; i++)
            steps[i] = kept_step(kept->pdata[i]);
        g_ptr_array_remove_index(kept, kept_least(steps, kept->len));
        g_free(steps);
    }
}

static bool is_last_kept(const struct trainer *t)
{
    const GPtrArray *kept = t->shared.kept;

    return kept->len && kept_step(kept->pdata[kept->len - 1]) == state(t)->step;
}

/* That there is no memory is said; the run goes on. */
static void keep(struct trainer *t)
{
    GError *error = NULL;
    struct kept *k;

    if (is_last_kept(t))
        return;
    k = kept_create(state(t), &error);
    if (!k) {
        tell(t, error->message);
        g_error_free(error);
        return;
    }
    g_mutex_lock(&t->lock);
    g_ptr_array_add(t->shared.kept, k);
    thin(t);
    g_mutex_unlock(&t->lock);
}

/* What came after a step belongs to what is no more. */
static void forget_after(struct trainer *t, uint64_t step)
{
    GPtrArray *kept = t->shared.kept;

    g_mutex_lock(&t->lock);
    while (kept->len && kept_step(kept->pdata[kept->len - 1]) > step)
        g_ptr_array_remove_index(kept, kept->len - 1);
    g_mutex_unlock(&t->lock);
}

/* Steps. */

static void look(struct trainer *t)
{
    const struct timeline *l = training_timeline(t->training);
    GError *error = NULL;

    if (l->looks->len &&
        g_array_index(l->looks, struct look_record, l->looks->len - 1).step == state(t)->step)
        return;
    publish(t, TRAINER_LOOKING);
    if (!training_look(t->training, &t->cancelled, &error)) {
        tell(t, error->message);
        g_error_free(error);
    }
}

static bool is_due(uint64_t step, uint64_t every)
{
    return every && step % every == 0;
}

static void step_failed(struct trainer *t, GError *error)
{
    t->target = state(t)->step;
    if (!g_error_matches(error, TARE_ERROR, TARE_ERROR_CANCELLED))
        tell(t, error->message);
    g_error_free(error);
}

/* One, and what is due behind it. */
static void go_on(struct trainer *t)
{
    const struct training_options *o = training_options(t->training);
    gint64 start = g_get_monotonic_time();
    GError *error = NULL;
    double seconds;

    if (!training_step(t->training, &t->cancelled, &error)) {
        step_failed(t, error);
        return;
    }
    t->unsaved = true;
    if (is_due(state(t)->step, o->look_every) || state(t)->step == o->steps)
        look(t);
    if (state(t)->step == t->target || is_due(state(t)->step, MAX(o->steps / KEPT_STEPS, 1)))
        keep(t);
    seconds = (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC;
    t->seconds = t->seconds > 0 ? SMOOTHING * t->seconds + (1 - SMOOTHING) * seconds : seconds;
}

/* Orders. */

static void restore(struct trainer *t, struct kept *k)
{
    uint64_t step = kept_step(k);

    training_restore(t->training, kept_state(k));
    forget_after(t, step);
    t->target = step;
    t->unsaved = step > 0;
}

/* The step itself, or the last one before it. */
static struct kept *find_kept(struct trainer *t, uint64_t step, bool before)
{
    for (guint i = t->shared.kept->len; i-- > 0;) {
        struct kept *k = t->shared.kept->pdata[i];

        if (before ? kept_step(k) < step : kept_step(k) == step)
            return k;
    }
    return NULL;
}

static void rewind_to(struct trainer *t, uint64_t step, bool before)
{
    struct kept *k = find_kept(t, step, before);

    if (!k) {
        tell(t, "that step is no longer kept");
        return;
    }
    publish(t, TRAINER_MOVING);
    restore(t, k);
}

static void save(struct trainer *t, const struct order *o)
{
    GError *error = NULL;
    char *message;

    publish(t, TRAINER_SAVING);
    if (!t->input.save(t->input.data, t->training, o->path, o->whole_run, o->overwrite, &error)) {
        tell(t, error->message);
        g_error_free(error);
        return;
    }
    training_note(t->training, EVENT_SAVED, NAN, o->path);
    message = g_strdup_printf("saved %s: %s step %" G_GUINT64_FORMAT, o->path,
                              o->whole_run ? "the run at" : "the weights of", state(t)->step);
    tell(t, message);
    g_free(message);
    t->unsaved = false;
}

/* Going back to this step means with the rates that were set at it. */
static void keep_anew(struct trainer *t)
{
    if (is_last_kept(t)) {
        g_mutex_lock(&t->lock);
        g_ptr_array_remove_index(t->shared.kept, t->shared.kept->len - 1);
        g_mutex_unlock(&t->lock);
    }
    keep(t);
}

static void obey(struct trainer *t, const struct order *o)
{
    uint64_t step = state(t)->step;

    switch (o->kind) {
    case ORDER_STEPS: /* "." pressed twice makes two */
        t->target = MAX(t->target, step);
        t->target += MIN(o->n, steps_of(t) - MIN(t->target, steps_of(t)));
        break;
    case ORDER_PAUSE:
        t->target = step;
        keep(t);
        break;
    case ORDER_KEEP:
        keep(t);
        break;
    case ORDER_REWIND:
    case ORDER_BACK:
        rewind_to(t, o->kind == ORDER_BACK ? step : o->n, o->kind == ORDER_BACK);
        break;
    case ORDER_RATE:
        training_set_learning_rate(t->training, o->value);
        keep_anew(t);
        break;
    case ORDER_DECAY:
        training_set_weight_decay(t->training, o->value);
        keep_anew(t);
        break;
    case ORDER_SAVE:
        save(t, o);
        break;
    }
}

/* The next order, NULL if there is none; false: to leave. Waits where there is nothing to do. */
static bool take_order(struct trainer *t, struct order **order)
{
    bool works = state(t)->step < t->target, leave;

    g_mutex_lock(&t->lock);
    while (!t->leave && !works && g_queue_is_empty(&t->orders))
        g_cond_wait(&t->changed, &t->lock);
    leave = t->leave;
    *order = leave ? NULL : g_queue_pop_head(&t->orders);
    g_mutex_unlock(&t->lock);
    return !leave;
}

static void work(struct trainer *t)
{
    struct order *order;

    while (take_order(t, &order)) {
        if (order) {
            obey(t, order);
            t->answered++;
            trainer_order_free(order);
        } else {
            go_on(t);
        }
        publish(t, state(t)->step < t->target ? TRAINER_RUNNING : at_rest(t));
    }
}

static void fail(struct trainer *t, GError *error)
{
    g_mutex_lock(&t->lock);
    t->shared.failure = g_strdup(error->message);
    t->shared.progress.phase = TRAINER_FAILED;
    g_mutex_unlock(&t->lock);
    g_error_free(error);
    eventfd_write(t->wake, 1);
}

gpointer trainer_work(gpointer trainer)
{
    struct trainer *t = trainer;
    GError *error = NULL;

    t->training = t->input.open(t->input.data, &t->base, &t->cancelled, &error);
    if (!t->training) {
        fail(t, error);
    } else {
        t->target = state(t)->step;
        keep(t);
        if (!training_timeline(t->training)->looks->len)
            look(t);
        publish(t, at_rest(t));
        work(t);
    }
    t->input.close(t->input.data, t->training);
    return NULL;
}
