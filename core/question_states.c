/* Where in an example, and in which block, the residual streams of the two models part. */
#include "core/study_internal.h"

static void free_states(gpointer answer)
{
    struct token_states *t = answer;

    g_free(t->states);
    g_free(t);
}

/* Numbers of each token and layer; the states themselves are many times as large. */
static struct token_states *numbers_of(const struct hidden_states *h, uint32_t example)
{
    struct token_states *t = g_new0(struct token_states, 1);

    *t = (struct token_states){.example = example,
                               .n = h->n,
                               .layers = h->layers,
                               .pair = h->values[ACTIVITY_TUNED] != NULL,
                               .states = g_new0(struct hidden_state, (gsize)h->n * h->layers)};
    for (uint32_t i = 0; i < t->n; i++)
        for (uint32_t layer = 0; layer < t->layers; layer++)
            hidden_state_of(h, layer, i, &t->states[(gsize)i * t->layers + layer]);
    return t;
}

static gpointer answer_states(struct question *q, GError **error)
{
    const uint32_t *key = g_bytes_get_data(q->key, NULL);
    struct study *s = q->study;
    const struct example *x = question_example(s, *key, error);
    struct hidden_states *h;
    struct token_states *t;

    if (!x)
        return NULL;
    h = hidden_states_run(s->model[ACTIVITY_BASE].net, s->model[ACTIVITY_TUNED].net, x->ids,
                          x->n_ids, &q->cancelled, error);
    t = h ? numbers_of(h, *key) : NULL;
    hidden_states_destroy(h);
    return t;
}

const struct question_ops question_states = {.answer = answer_states, .free = free_states};

const struct token_states *study_states(struct study *s, uint32_t example, const char **error_text)
{
    return question_ask_of(s, QUESTION_STATES, &example, sizeof example, error_text);
}
