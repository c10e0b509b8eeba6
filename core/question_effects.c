/* Where which category changed. */
#include "core/study_internal.h"

struct effects_key {
    enum activity_kind kind;
    enum activity_value value;
    guint32 contrast, examples;
};

static gpointer answer_effects(struct question *q, GError **error)
{
    const struct effects_key *key = g_bytes_get_data(q->key, NULL);
    struct activity_effects *e = NULL;

    if (q->study->activity)
        e = activity_effects_create(q->study->activity, key->kind, key->value, key->contrast != 0);
    if (!e)
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_INPUT,
                            q->study->sides < 2 ? "one model: there is nothing to compare it with"
                                                : "no layer of that kind was seen");
    return e;
}

static void free_effects(gpointer answer)
{
    activity_effects_destroy(answer);
}

const struct question_ops question_effects = {.answer = answer_effects, .free = free_effects, .of_activity = true};

static bool is_about(const struct activity_effects *e, const struct activity *a,
                     const struct effects_key *key)
{
    return e && e->value == key->value && e->contrast == (key->contrast != 0) &&
           a->layers[e->first_layer].kind == key->kind;
}

const struct activity_effects *study_effects(struct study *s, enum activity_kind kind,
                                             enum activity_value value, bool contrast,
                                             const char **error_text)
{
    const struct activity *a = study_activity(s);
    const struct effects_key key = {study_is_recorded(s) ? ACTIVITY_RECORDED : kind, value, contrast, a ? a->n_examples : 0};
    const struct activity_effects *answer;

    *error_text = NULL;
    if (!a)
        return NULL;
    answer = question_ask_of(s, QUESTION_EFFECTS, &key, sizeof key, error_text);
    if (!answer && !*error_text && is_about(question_last(s, QUESTION_EFFECTS), a, &key))
        answer = question_last(s, QUESTION_EFFECTS);
    return answer;
}
