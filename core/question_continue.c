/* What both models go on with, token by token, one after the other. */
#include <math.h>
#include <string.h>
#include "core/logits.h"
#include "core/study_internal.h"

static void free_continuation(gpointer answer)
{
    struct continuation *c = answer;

    g_array_unref(c->prompt);
    for (unsigned i = 0; i < ACTIVITY_SIDES; i++)
        g_array_unref(c->said[i]);
    g_free(c);
}

static struct continuation *copy_of(const struct continuation *c)
{
    struct continuation *copy = g_memdup2(c, sizeof *c);

    copy->prompt = g_array_copy(c->prompt);
    for (unsigned i = 0; i < ACTIVITY_SIDES; i++)
        copy->said[i] = g_array_copy(c->said[i]);
    return copy;
}

static bool read_prompt(struct study *s, const struct continuation_ask *ask, GArray *ids,
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

/* One model, going on. */
struct speaker {
    struct net_stream *stream; /* NULL: it is at its end */
    const float *logits;       /* of what follows; valid until its net runs again */
    uint32_t vocabulary, room; /* tokens that it may still say */
    uint64_t random;
};

static gboolean speaker_start(struct speaker *p, struct question *q, const struct continuation *c,
                              unsigned side, GError **error)
{
    const struct net_weights *w = &q->study->model[side].weights;
    uint32_t n = c->prompt->len, most = MIN(c->ask.most, CONTINUATION_MOST);

    if (w->spec.positions && n > w->spec.positions) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                    "the prompt has %u tokens; the model takes %u", n, w->spec.positions);
        return FALSE;
    }
    if (w->spec.positions)
        most = MIN(most, w->spec.positions - n);
    *p = (struct speaker){.vocabulary = w->head.out, .room = most, .random = c->ask.sampling.seed};
    p->stream = net_stream_create(q->study->model[side].net, n + most, error);
    if (p->stream)
        p->logits = net_stream_feed(p->stream, (const uint32_t *)(const void *)c->prompt->data, n,
                                    &q->cancelled, error);
    return p->logits != NULL;
}

static void speaker_end(struct speaker *p)
{
    net_stream_destroy(g_steal_pointer(&p->stream));
}

static struct continued say(struct speaker *p, const struct net_sampling *how)
{
    struct continued x = {.id = net_sample(p->logits, p->vocabulary, how, &p->random)};
    uint32_t most;
    double log_sum = logits_log_sum(p->logits, p->vocabulary, &most);

    x.probability = (float)exp((double)p->logits[x.id] - log_sum);
    x.rank = question_rank(p->logits, p->vocabulary, x.id);
    question_choices(x.choices, p->logits, p->vocabulary, log_sum);
    return x;
}

/* The next token of one model; its stream ends with the text, or with the room. */
static gboolean go_on(struct question *q, struct continuation *c, struct speaker *p, unsigned side,
                      GError **error)
{
    const struct tokenizer *t = q->study->tokenizer;
    struct continued x;

    if (!p->stream || p->room == 0) {
        speaker_end(p);
        return TRUE;
    }
    x = say(p, &c->ask.sampling);
    g_array_append_val(c->said[side], x);
    question_publish(q, copy_of(c));
    c->ended[side] = t && x.id == tokenizer_special(t, TOKEN_EOS);
    if (c->ended[side] || --p->room == 0)
        speaker_end(p);
    else
        p->logits = net_stream_feed(p->stream, &x.id, 1, &q->cancelled, error);
    return !p->stream || p->logits;
}

static gboolean converse(struct question *q, struct continuation *c, GError **error)
{
    struct speaker speakers[ACTIVITY_SIDES] = {0};
    unsigned sides = q->study->sides;
    gboolean ok = TRUE;

    for (unsigned i = 0; i < sides && ok; i++)
        ok = speaker_start(&speakers[i], q, c, i, error);
    while (ok && (speakers[0].stream || speakers[1].stream))
        for (unsigned i = 0; i < sides && ok; i++)
            ok = go_on(q, c, &speakers[i], i, error);
    for (unsigned i = 0; i < sides; i++)
        speaker_end(&speakers[i]);
    return ok;
}

/* Stopped by the user, what was said stays. */
static gpointer answer_continue(struct question *q, GError **error)
{
    struct continuation *c = g_new0(struct continuation, 1);
    GError *why = NULL;

    memcpy(&c->ask, g_bytes_get_data(q->key, NULL), sizeof c->ask);
    c->prompt = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (unsigned i = 0; i < ACTIVITY_SIDES; i++)
        c->said[i] = g_array_new(FALSE, FALSE, sizeof(struct continued));
    if (read_prompt(q->study, &c->ask, c->prompt, &why))
        converse(q, c, &why);
    c->done = true;
    if (!why || g_error_matches(why, TARE_ERROR, TARE_ERROR_CANCELLED)) {
        g_clear_error(&why);
        return c;
    }
    g_propagate_error(error, why);
    free_continuation(c);
    return NULL;
}

const struct question_ops question_continue = {.answer = answer_continue, .free = free_continuation};

const struct continuation *study_continue(struct study *s, const struct continuation_ask *ask,
                                          const char **error_text)
{
    return question_ask_of(s, QUESTION_CONTINUE, ask, sizeof *ask, error_text);
}
