#include "core/train/trainer_internal.h"

#include <math.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "core/signals.h"

void trainer_order_free(gpointer order)
{
    struct order *o = order;

    g_free(o->path);
    g_free(o);
}

static void push(struct trainer *t, struct order order)
{
    g_mutex_lock(&t->lock);
    g_queue_push_tail(&t->orders, g_memdup2(&order, sizeof order));
    t->asked++;
    g_cond_signal(&t->changed);
    g_mutex_unlock(&t->lock);
}

struct trainer *trainer_start(const struct trainer_input *input)
{
    struct trainer *t = g_new0(struct trainer, 1);

    t->input = *input;
    t->shared.kept = g_ptr_array_new_with_free_func((GDestroyNotify)kept_unref);
    t->seen_kept = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    g_queue_init(&t->orders);
    t->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    g_mutex_init(&t->lock);
    g_cond_init(&t->changed);
    t->thread = signals_thread("train", trainer_work, t);
    return t;
}

void trainer_destroy(struct trainer *t)
{
    if (!t)
        return;
    g_atomic_int_set(&t->cancelled, 1);
    g_mutex_lock(&t->lock);
    t->leave = true;
    g_cond_signal(&t->changed);
    g_mutex_unlock(&t->lock);
    g_thread_join(t->thread);
    g_ptr_array_unref(t->shared.kept);
    timeline_destroy(t->shared.timeline);
    timeline_destroy(t->seen_timeline);
    g_array_unref(t->seen_kept);
    g_queue_clear_full(&t->orders, trainer_order_free);
    g_free(t->shared.message);
    g_free(t->message);
    g_free(t->shared.failure);
    g_free(t->failure);
    g_mutex_clear(&t->lock);
    g_cond_clear(&t->changed);
    close(t->wake);
    g_free(t);
}

int trainer_wake_fd(const struct trainer *t)
{
    return t->wake;
}

/* Under the lock. */
static void take_timeline(struct trainer *t)
{
    if (!t->shared.timeline)
        return;
    if (t->seen_timeline)
        timeline_follow(t->seen_timeline, t->shared.timeline);
    else
        t->seen_timeline = timeline_copy(t->shared.timeline);
}

bool trainer_drain(struct trainer *t)
{
    uint64_t count;

    if (read(t->wake, &count, sizeof count) < 0)
        return false;
    g_mutex_lock(&t->lock);
    t->seen = t->shared.progress;
    take_timeline(t);
    g_array_set_size(t->seen_kept, 0);
    for (guint i = 0; i < t->shared.kept->len; i++) {
        uint64_t step = kept_step(t->shared.kept->pdata[i]);

        g_array_append_val(t->seen_kept, step);
    }
    if (t->shared.failure)
        t->failure = g_steal_pointer(&t->shared.failure);
    if (t->shared.message) {
        g_free(t->message);
        t->message = g_steal_pointer(&t->shared.message);
    }
    g_mutex_unlock(&t->lock);
    return true;
}

const struct timeline *trainer_timeline(const struct trainer *t)
{
    return t->seen_timeline;
}

bool trainer_is_open(const struct trainer *t)
{
    return t->seen.phase > TRAINER_OPENING && t->seen.phase != TRAINER_FAILED;
}

bool trainer_is_busy(const struct trainer *t)
{
    return t->seen.phase == TRAINER_OPENING || t->seen.phase >= TRAINER_RUNNING ||
           t->asked != t->seen.answered;
}

bool trainer_is_unsaved(const struct trainer *t)
{
    return trainer_is_open(t) && t->seen.unsaved;
}

const char *trainer_error(const struct trainer *t)
{
    return t->failure;
}

char *trainer_take_message(struct trainer *t)
{
    return g_steal_pointer(&t->message);
}

const struct checkpoint *trainer_base(const struct trainer *t)
{
    return trainer_is_open(t) ? t->base : NULL;
}

static const char *state_text(const struct trainer *t)
{
    static const char *const texts[] = {
        [TRAINER_OPENING] = "OPENING", [TRAINER_FAILED] = "FAILED", [TRAINER_PAUSED] = "PAUSED",
        [TRAINER_DONE] = "DONE",       [TRAINER_RUNNING] = "RUN",   [TRAINER_LOOKING] = "LOOKING",
        [TRAINER_SAVING] = "SAVING",   [TRAINER_MOVING] = "MOVING"};

    return texts[t->seen.phase];
}

void trainer_status(const struct trainer *t, struct run_status *out)
{
    const struct progress_made *p = &t->seen;

    *out = (struct run_status){.state = state_text(t),
                               .note = t->failure              ? t->failure
                                       : trainer_is_unsaved(t) ? "not saved"
                                                               : NULL,
                               .steps_here = true,
                               .moves = trainer_is_busy(t),
                               .step = p->step,
                               .steps = p->steps,
                               .learning_rate = p->learning_rate,
                               .weight_decay = p->weight_decay,
                               .tokens_per_second = p->tokens_per_second,
                               .seconds_left = p->phase >= TRAINER_RUNNING ? p->seconds_left : NAN,
                               .kept = (const uint64_t *)(const void *)t->seen_kept->data,
                               .n_kept = t->seen_kept->len,
                               .shown = UINT64_MAX};
}

/* What is asked. */

static bool may(const struct trainer *t, bool paused, const char **why)
{
    *why = NULL;
    if (t->seen.phase == TRAINER_FAILED)
        *why = "the run could not be opened";
    else if (!trainer_is_open(t))
        *why = "the run is still being opened";
    else if (paused && trainer_is_busy(t))
        *why = "the run goes on: p pauses it";
    return !*why;
}

static bool may_step(const struct trainer *t, const char **why)
{
    if (!may(t, false, why))
        return false;
    if (t->seen.phase == TRAINER_DONE)
        *why = "the run has made all its steps: , goes back, :rewind STEP too";
    return !*why;
}

bool trainer_run(struct trainer *t, const char **why)
{
    return trainer_steps(t, UINT64_MAX, why);
}

bool trainer_steps(struct trainer *t, uint64_t n, const char **why)
{
    if (!may_step(t, why))
        return false;
    push(t, (struct order){.kind = ORDER_STEPS, .n = n});
    return true;
}

void trainer_pause(struct trainer *t)
{
    push(t, (struct order){.kind = ORDER_PAUSE});
}

void trainer_keep(struct trainer *t)
{
    push(t, (struct order){.kind = ORDER_KEEP});
}

static bool is_kept(const struct trainer *t, uint64_t step)
{
    for (guint i = 0; i < t->seen_kept->len; i++)
        if (g_array_index(t->seen_kept, uint64_t, i) == step)
            return true;
    return false;
}

bool trainer_rewind(struct trainer *t, uint64_t step, const char **why)
{
    if (!may(t, false, why))
        return false;
    if (!is_kept(t, step)) {
        *why = "that step was not kept: dots below the curves show those that were";
        return false;
    }
    push(t, (struct order){.kind = ORDER_REWIND, .n = step});
    return true;
}

bool trainer_back(struct trainer *t, const char **why)
{
    if (!may(t, false, why))
        return false;
    if (t->seen.step == 0) {
        *why = "there is nothing before step 0";
        return false;
    }
    push(t, (struct order){.kind = ORDER_BACK});
    return true;
}

bool trainer_set_learning_rate(struct trainer *t, double rate, const char **why)
{
    if (!may(t, true, why))
        return false;
    if (!(rate >= 0 && rate <= 1e3)) {
        *why = "a learning rate is a number from 0 to 1000";
        return false;
    }
    push(t, (struct order){.kind = ORDER_RATE, .value = rate});
    return true;
}

bool trainer_set_weight_decay(struct trainer *t, double decay, const char **why)
{
    if (!may(t, true, why))
        return false;
    if (!(decay >= 0 && decay <= 1e3)) {
        *why = "a weight decay is a number from 0 to 1000";
        return false;
    }
    push(t, (struct order){.kind = ORDER_DECAY, .value = decay});
    return true;
}

bool trainer_save(struct trainer *t, const char *path, bool whole_run, bool overwrite,
                  const char **why)
{
    if (!may(t, false, why))
        return false;
    push(t, (struct order){.kind = ORDER_SAVE,
                           .path = g_strdup(path),
                           .whole_run = whole_run,
                           .overwrite = overwrite});
    return true;
}

struct kept *trainer_kept(const struct trainer *t, uint64_t step)
{
    struct kept *found = NULL;
    GMutex *lock = (GMutex *)&t->lock;

    g_mutex_lock(lock);
    for (guint i = t->shared.kept->len; i-- > 0 && !found;) {
        struct kept *k = t->shared.kept->pdata[i];

        if (step == UINT64_MAX || kept_step(k) == step)
            found = kept_ref(k);
    }
    g_mutex_unlock(lock);
    return found;
}
