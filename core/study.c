#include "core/study_internal.h"

#include <math.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "core/category_cover.h"
#include "core/examples_tokenize.h"
#include "core/signals.h"

void study_wake(struct study *s)
{
    uint64_t one = 1;

    /* Fails only when it is readable anyway. */
    if (write(s->wake, &one, sizeof one) < 0)
        return;
}

static void set_phase(struct study *s, enum study_phase phase)
{
    g_mutex_lock(&s->lock);
    s->phase = phase;
    g_mutex_unlock(&s->lock);
    study_wake(s);
}

void snapshot_destroy(struct snapshot *x)
{
    if (!x)
        return;
    category_shifts_destroy(x->shifts);
    activity_destroy(x->activity);
    behaviour_destroy(x->behaviour);
    g_free(x);
}

void study_post(struct study *s, struct snapshot *snapshot)
{
    g_mutex_lock(&s->lock);
    snapshot_destroy(s->posted);
    s->posted = snapshot;
    g_mutex_unlock(&s->lock);
    study_wake(s);
}

/* Study thread. */

static gboolean load_model(struct study *s, unsigned side, GError **error)
{
    struct study_model *m = &s->model[side];

    if (!net_weights_load(&m->weights, s->side[side], &s->cancelled, error))
        return FALSE;
    m->net = net_create(&m->weights, s->input.comparison->threads, error);
    return m->net != NULL;
}

static gboolean read_tokens(struct study *s, GError **error)
{
    struct source *newest = s->side[s->sides - 1]->source;

    if (examples_need_tokenizer(s->input.examples) || s->input.tokenizer) {
        s->tokenizer = s->input.open_tokenizer(s->input.tokenizer, newest, error);
        if (!s->tokenizer)
            return FALSE;
        examples_tokenize(s->input.examples, s->tokenizer);
    }
    s->examples = g_steal_pointer(&s->input.examples);
    if (!s->input.uncovered)
        return TRUE;
    s->told = g_new0(bool, MAX(s->examples->n_categories, 1));
    return category_names_parse(s->examples, s->input.uncovered, s->told, error);
}

static gboolean prepare(struct study *s, GError **error)
{
    if (s->input.recordings) {
        set_phase(s, STUDY_READING);
        return study_recorded_open(s, error);
    }
    for (unsigned i = 0; i < s->sides; i++)
        if (!load_model(s, i, error))
            return FALSE;
    set_phase(s, STUDY_READING);
    return read_tokens(s, error);
}

static void fail(struct study *s, GError *why)
{
    g_mutex_lock(&s->lock);
    s->error = g_strdup(why->message);
    s->phase = STUDY_FAILED;
    g_mutex_unlock(&s->lock);
    g_error_free(why);
    study_wake(s);
}

static void run(struct study *s)
{
    GError *why = NULL;
    gboolean ok;

    set_phase(s, STUDY_RUNNING);
    ok = study_run(s, &why);
    study_post(s, study_snapshot(s));
    if (ok) {
        set_phase(s, STUDY_DONE);
    } else if (g_error_matches(why, TARE_ERROR, TARE_ERROR_CANCELLED)) {
        g_error_free(why);
        set_phase(s, STUDY_STOPPED);
    } else {
        fail(s, why);
    }
}

static bool has_question(const struct study *s)
{
    for (unsigned i = 0; i < QUESTIONS; i++)
        if (s->slots[i].asked != s->slots[i].answered)
            return true;
    return false;
}

/* What there is to do; false: to leave. */
static bool wait_for_work(struct study *s, bool *to_run)
{
    bool leave;

    g_mutex_lock(&s->lock);
    while (!s->leave && !s->wants_run && !has_question(s))
        g_cond_wait(&s->changed, &s->lock);
    leave = s->leave;
    *to_run = s->wants_run;
    s->wants_run = false;
    g_mutex_unlock(&s->lock);
    return !leave;
}

static gpointer work(gpointer data)
{
    struct study *s = data;
    GError *why = NULL;
    bool to_run;

    if (!prepare(s, &why)) {
        fail(s, why);
        return NULL;
    }
    while (wait_for_work(s, &to_run)) {
        study_answer(s);
        if (to_run)
            run(s);
    }
    return NULL;
}

/* UI thread. */

struct study *study_start(const struct study_input *input)
{
    struct study *s = g_new0(struct study, 1);

    s->input = *input;
    s->input.tokenizer = g_strdup(input->tokenizer);
    s->input.uncovered = g_strdup(input->uncovered);
    s->side[ACTIVITY_BASE] = input->comparison->base;
    s->side[ACTIVITY_TUNED] = input->comparison->tuned;
    s->input.recordings = (const char *const *)g_strdupv((char **)input->recordings);
    s->sides = input->comparison->tuned ? 2 : 1;
    if (input->recordings)
        s->sides = g_strv_length((char **)input->recordings);
    s->wants_run = true;
    s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    g_mutex_init(&s->lock);
    g_cond_init(&s->changed);
    s->thread = signals_thread("study", work, s);
    return s;
}

static void slot_finish(const struct question_ops *ops, struct question_slot *x)
{
    if (x->attachment)
        ops->free_attachment(x->attachment);
    if (x->posted)
        ops->free(x->posted);
    if (x->ui_answer)
        ops->free(x->ui_answer);
    g_free(x->posted_error);
    g_free(x->ui_error);
    g_clear_pointer(&x->key, g_bytes_unref);
    g_clear_pointer(&x->ui_key, g_bytes_unref);
}

static void free_all(struct study *s)
{
    for (unsigned i = 0; i < QUESTIONS; i++)
        slot_finish(question_ops((enum question_kind)i), &s->slots[i]);
    snapshot_destroy(s->posted);
    snapshot_destroy(s->held);
    what_if_cache_destroy(s->what_if);
    recorded_close(s->recorded);
    if (s->evaluation)
        probing_finish(&s->probing);
    evaluation_destroy(s->evaluation);
    for (unsigned i = 0; i < s->sides; i++) {
        net_destroy(s->model[i].net);
        net_weights_finish(&s->model[i].weights);
    }
    tokenizer_destroy(s->tokenizer);
    examples_destroy(s->examples);
    examples_destroy(s->input.examples);
    g_free((char *)s->input.tokenizer);
    g_free((char *)s->input.uncovered);
    g_strfreev((char **)s->input.recordings);
    g_free(s->told);
    g_free(s->error);
    g_mutex_clear(&s->lock);
    g_cond_clear(&s->changed);
    close(s->wake);
    g_free(s);
}

void study_destroy(struct study *s)
{
    if (!s)
        return;
    g_atomic_int_set(&s->cancelled, 1);
    g_mutex_lock(&s->lock);
    s->leave = true;
    if (s->current)
        g_atomic_int_set(&s->current->cancelled, 1);
    g_cond_signal(&s->changed);
    g_mutex_unlock(&s->lock);
    g_thread_join(s->thread);
    free_all(s);
}

int study_wake_fd(const struct study *s)
{
    return s->wake;
}

static bool take_answer(const struct question_ops *ops, struct question_slot *x)
{
    if (!x->posted && !x->posted_error)
        return false;
    if (x->ui_answer)
        ops->free(x->ui_answer);
    g_free(x->ui_error);
    x->ui_answer = g_steal_pointer(&x->posted);
    x->ui_error = g_steal_pointer(&x->posted_error);
    x->ui_serial = x->posted_serial;
    return true;
}

bool study_drain(struct study *s)
{
    uint64_t count;
    bool news = false;

    if (read(s->wake, &count, sizeof count) < 0)
        return false;
    g_mutex_lock(&s->lock);
    news = s->ui_phase != s->phase;
    s->ui_phase = s->phase;
    if (s->posted) {
        snapshot_destroy(s->held);
        s->held = g_steal_pointer(&s->posted);
        news = true;
    }
    for (unsigned i = 0; i < QUESTIONS; i++)
        news |= take_answer(question_ops((enum question_kind)i), &s->slots[i]);
    g_mutex_unlock(&s->lock);
    s->version += news;
    return news;
}

void study_progress(const struct study *s, struct study_progress *out)
{
    GMutex *lock = (GMutex *)&s->lock;

    *out = (struct study_progress){.phase = s->ui_phase, .seconds_left = NAN};
    g_mutex_lock(lock);
    out->tokens_done = s->tokens_done;
    out->tokens_total = s->tokens_total;
    if (s->seconds > 0)
        out->tokens_per_second = (double)s->tokens_done * s->sides / s->seconds;
    out->busy = s->phase < STUDY_STOPPED || s->current || has_question(s);
    g_mutex_unlock(lock);
    if (out->tokens_done)
        out->seconds_left = s->seconds / (double)out->tokens_done *
                            (double)(out->tokens_total - out->tokens_done);
}

bool study_is_recorded(const struct study *s)
{
    return s->input.recordings != NULL;
}

const char *study_phase_name(const struct study *s)
{
    static const char *const names[] = {"loading the weights",  "reading the tokens",
                                        "running the examples", "stopped",
                                        "done",                 "failed"};
    static const char *const recorded[] = {"opening", "opening", "reading"};

    if (study_is_recorded(s) && s->ui_phase < G_N_ELEMENTS(recorded))
        return recorded[s->ui_phase];
    return names[s->ui_phase];
}

const char *study_error(const struct study *s)
{
    return s->ui_phase == STUDY_FAILED ? s->error : NULL;
}

bool study_stop(struct study *s)
{
    bool runs;

    g_mutex_lock(&s->lock);
    runs = s->phase == STUDY_RUNNING;
    g_mutex_unlock(&s->lock);
    if (runs)
        g_atomic_int_set(&s->cancelled, 1);
    return runs;
}

bool study_resume(struct study *s)
{
    bool stopped;

    g_mutex_lock(&s->lock);
    stopped = s->phase == STUDY_STOPPED;
    if (stopped) {
        g_atomic_int_set(&s->cancelled, 0);
        s->wants_run = true;
        g_cond_signal(&s->changed);
    }
    g_mutex_unlock(&s->lock);
    return stopped;
}

uint64_t study_version(const struct study *s)
{
    return s->version;
}

/* From then on they stay as they are. */
static bool is_read(const struct study *s)
{
    return s->ui_phase >= STUDY_RUNNING && s->ui_phase != STUDY_FAILED;
}

const char *const *study_remarks(const struct study *s)
{
    return is_read(s) && s->recorded ? (const char *const *)s->recorded->remarks : NULL;
}

const struct examples *study_examples(const struct study *s)
{
    return is_read(s) || s->held ? s->examples : NULL;
}

const struct tokenizer *study_tokenizer(const struct study *s)
{
    return is_read(s) || s->held ? s->tokenizer : NULL;
}

const char *study_assumed(const struct study *s, enum activity_side side)
{
    return s->ui_phase > STUDY_LOADING && (unsigned)side < s->sides ? s->model[side].weights.assumed : NULL;
}

const struct activity *study_activity(const struct study *s)
{
    return s->held ? s->held->activity : NULL;
}

const char *study_why_no_activity(const struct study *s)
{
    return s->held ? s->probing.why : NULL;
}

const struct category_shifts *study_shifts(const struct study *s)
{
    return s->held ? s->held->shifts : NULL;
}

const struct behaviour *study_behaviour(const struct study *s)
{
    return s->held ? s->held->behaviour : NULL;
}

const struct evaluated *study_results(const struct study *s)
{
    return study_behaviour(s) ? study_behaviour(s)->evaluation->results : NULL;
}

const struct category_losses *study_losses(const struct study *s)
{
    return study_behaviour(s) ? &study_behaviour(s)->losses : NULL;
}

uint32_t study_blocks(const struct study *s)
{
    return s->ui_phase > STUDY_LOADING && s->ui_phase != STUDY_FAILED
               ? s->model[ACTIVITY_BASE].weights.spec.layers
               : 0;
}

unsigned study_sides(const struct study *s)
{
    return s->sides;
}
