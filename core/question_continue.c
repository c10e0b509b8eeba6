/* What both models go on with, token by token. */
#include <string.h>
#include "core/study_internal.h"

static void free_continuation(gpointer answer)
{
    struct continuation *c = answer;

    for (unsigned i = 0; i < ACTIVITY_SIDES; i++)
        g_array_unref(c->ids[i]);
    g_free(c);
}

static struct continuation *copy_of(const struct continuation *c)
{
    struct continuation *copy = g_memdup2(c, sizeof *c);

    for (unsigned i = 0; i < ACTIVITY_SIDES; i++)
        copy->ids[i] = g_array_copy(c->ids[i]);
    return copy;
}

/* A continuation under way. */
struct telling {
    struct question *q;
    struct continuation *c;
    unsigned side;
    uint32_t eos;
};

static bool said(void *data, uint32_t id)
{
    struct telling *t = data;

    g_array_append_val(t->c->ids[t->side], id);
    question_publish(t->q, copy_of(t->c));
    return id != t->eos;
}

static bool prompt_ids(struct study *s, const struct continuation_ask *ask, GArray *ids,
                       GError **error)
{
    if (ask->example != UINT32_MAX) {
        const struct example *x = &s->examples->examples[ask->example];
        uint32_t n = MIN(MAX(x->n_prompt, 1), x->n_ids);

        g_array_append_vals(ids, x->ids, n);
    } else if (!s->tokenizer) {
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_INPUT,
                            "a prompt needs a tokenizer; the examples came as ids");
        return false;
    } else if (!tokenizer_encode(s->tokenizer, ask->text, strlen(ask->text), true, ids, NULL,
                                 error)) {
        return false;
    }
    if (ids->len == 0)
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_INPUT, "the prompt has no tokens");
    return ids->len > 0;
}

static gboolean go_on(struct question *q, struct continuation *c, const GArray *ids, unsigned side,
                      GError **error)
{
    struct study *s = q->study;
    struct telling t = {q, c, side,
                        s->tokenizer ? tokenizer_special(s->tokenizer, TOKEN_EOS) : TOKEN_NONE};
    const struct net_prompt prompt = {.ids = (const uint32_t *)(const void *)ids->data,
                                      .n = ids->len,
                                      .most = MIN(c->ask.most, CONTINUATION_MOST),
                                      .sampling = c->ask.sampling};

    return net_generate(s->model[side].net, &prompt, said, &t, &q->cancelled, error);
}

static gpointer answer_continue(struct question *q, GError **error)
{
    struct continuation *c = g_new0(struct continuation, 1);
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    gboolean ok;

    memcpy(&c->ask, g_bytes_get_data(q->key, NULL), sizeof c->ask);
    for (unsigned i = 0; i < ACTIVITY_SIDES; i++)
        c->ids[i] = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    ok = prompt_ids(q->study, &c->ask, ids, error);
    for (unsigned i = 0; i < ACTIVITY_SIDES && ok; i++)
        g_array_append_vals(c->ids[i], ids->data, ids->len);
    c->n_prompt = ids->len;
    for (unsigned i = 0; i < q->study->sides && ok; i++)
        ok = go_on(q, c, ids, i, error);
    g_array_unref(ids);
    c->done = true;
    if (ok)
        return c;
    free_continuation(c);
    return NULL;
}

const struct question_ops question_continue = {answer_continue, free_continuation, NULL};

const struct continuation *study_continue(struct study *s, const struct continuation_ask *ask,
                                          const char **error_text)
{
    GBytes *key = g_bytes_new(ask, sizeof *ask);
    gconstpointer answer = question_ask(s, QUESTION_CONTINUE, key, NULL, error_text);

    g_bytes_unref(key);
    return answer;
}
