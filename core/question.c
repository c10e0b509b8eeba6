#include "core/study_internal.h"

#include <string.h>

const struct question_ops *question_ops(enum question_kind kind)
{
    static const struct question_ops *const table[QUESTIONS] = {
        [QUESTION_PATTERN] = &question_pattern,
        [QUESTION_TOKENS] = &question_tokens,
        [QUESTION_STATES] = &question_states,
        [QUESTION_EFFECTS] = &question_effects,
        [QUESTION_UNITS] = &question_units,
        [QUESTION_CONTINUE] = &question_continue,
        [QUESTION_WHAT_IF] = &question_what_if,
    };

    return table[kind];
}

/* Study thread. */

static void post(struct question *q, gpointer answer, const char *error)
{
    struct study *s = q->study;
    struct question_slot *x = &s->slots[q->kind];

    g_mutex_lock(&s->lock);
    if (x->asked == q->serial) {
        if (x->posted)
            question_ops(q->kind)->free(x->posted);
        g_free(x->posted_error);
        x->posted = answer;
        x->posted_error = g_strdup(error);
        x->posted_serial = q->serial;
        answer = NULL;
    }
    g_mutex_unlock(&s->lock);
    if (answer) /* nobody asks for it any more */
        question_ops(q->kind)->free(answer);
    study_wake(s);
}

void question_publish(struct question *q, gpointer answer)
{
    post(q, answer, NULL);
}

static bool take_question(struct study *s, struct question *q)
{
    bool found = false;

    g_mutex_lock(&s->lock);
    for (unsigned i = 0; i < QUESTIONS && !found && !s->leave; i++) {
        struct question_slot *x = &s->slots[i];

        if (x->asked == x->answered)
            continue;
        *q = (struct question){.study = s,
                               .kind = (enum question_kind)i,
                               .serial = x->asked,
                               .key = g_bytes_ref(x->key),
                               .attachment = g_steal_pointer(&x->attachment)};
        s->current = q;
        found = true;
    }
    g_mutex_unlock(&s->lock);
    return found;
}

static void end_question(struct question *q)
{
    struct study *s = q->study;

    if (q->attachment)
        question_ops(q->kind)->free_attachment(q->attachment);
    g_bytes_unref(q->key);
    g_mutex_lock(&s->lock);
    s->slots[q->kind].answered = q->serial;
    s->current = NULL;
    g_mutex_unlock(&s->lock);
    study_wake(s);
}

bool study_answer(struct study *s)
{
    struct question q;
    bool any = false;

    while (take_question(s, &q)) {
        GError *why = NULL;
        gpointer answer = question_ops(q.kind)->answer(&q, &why);

        if (answer)
            post(&q, answer, NULL);
        else if (why)
            post(&q, NULL, why->message);
        g_clear_error(&why);
        end_question(&q);
        any = true;
    }
    return any;
}

/* UI thread. */

bool question_is(const struct study *s, enum question_kind kind, GBytes *key)
{
    const GBytes *asked = s->slots[kind].ui_key;

    return asked && g_bytes_equal(asked, key);
}

gconstpointer question_last(const struct study *s, enum question_kind kind)
{
    return s->slots[kind].ui_answer;
}

static void ask(struct study *s, enum question_kind kind, GBytes *key, gpointer attachment)
{
    struct question_slot *x = &s->slots[kind];
    const struct question_ops *ops = question_ops(kind);

    g_clear_pointer(&x->ui_key, g_bytes_unref);
    x->ui_key = g_bytes_ref(key);
    g_mutex_lock(&s->lock);
    if (s->current && s->current->kind == kind)
        g_atomic_int_set(&s->current->cancelled, 1);
    if (x->attachment)
        ops->free_attachment(x->attachment);
    g_clear_pointer(&x->key, g_bytes_unref);
    x->key = g_bytes_ref(key);
    x->attachment = attachment;
    x->asked++;
    g_cond_signal(&s->changed);
    g_mutex_unlock(&s->lock);
}

gconstpointer question_ask(struct study *s, enum question_kind kind, GBytes *key,
                           gpointer attachment, const char **error_text)
{
    struct question_slot *x = &s->slots[kind];

    *error_text = NULL;
    if (s->ui_phase == STUDY_FAILED) {
        *error_text = s->error;
    } else if (study_is_recorded(s) && !question_ops(kind)->of_activity) {
        *error_text = "a recording holds no text, and no model to ask";
    } else if (!question_is(s, kind, key)) {
        ask(s, kind, key, g_steal_pointer(&attachment));
    } else if (x->ui_serial == x->asked) {
        *error_text = x->ui_error;
    }
    if (attachment)
        question_ops(kind)->free_attachment(attachment);
    return x->ui_serial == x->asked && !*error_text ? x->ui_answer : NULL;
}

gconstpointer question_ask_of(struct study *s, enum question_kind kind, const void *key,
                              gsize bytes, const char **error_text)
{
    GBytes *copy = g_bytes_new(key, bytes);
    gconstpointer answer = question_ask(s, kind, copy, NULL, error_text);

    g_bytes_unref(copy);
    return answer;
}

bool study_stop_question(struct study *s)
{
    bool any;

    g_mutex_lock(&s->lock);
    any = s->current != NULL;
    if (any)
        g_atomic_int_set(&s->current->cancelled, 1);
    g_mutex_unlock(&s->lock);
    return any;
}

/* Attention of one example. */

struct pattern_key {
    uint32_t example, block;
};

const struct example *question_example(const struct study *s, uint32_t example, GError **error)
{
    const struct example *x = example < s->examples->n ? &s->examples->examples[example] : NULL;

    if (x && x->n_ids)
        return x;
    g_set_error_literal(error, TARE_ERROR, TARE_ERROR_INPUT, "this example has no tokens");
    return NULL;
}

static gpointer answer_pattern(struct question *q, GError **error)
{
    const struct pattern_key *key = g_bytes_get_data(q->key, NULL);
    struct study *s = q->study;
    const struct example *x = question_example(s, key->example, error);

    if (!x)
        return NULL;
    return attention_pattern_run(s->model[ACTIVITY_BASE].net, s->model[ACTIVITY_TUNED].net, x->ids,
                                 x->n_ids, key->block, &q->cancelled, error);
}

static void free_pattern(gpointer answer)
{
    attention_pattern_destroy(answer);
}

const struct question_ops question_pattern = {.answer = answer_pattern, .free = free_pattern};

const struct attention_pattern *study_pattern(struct study *s, uint32_t example, uint32_t block,
                                              const char **error_text)
{
    const struct pattern_key key = {example, block};

    return question_ask_of(s, QUESTION_PATTERN, &key, sizeof key, error_text);
}
