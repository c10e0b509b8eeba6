/* What each token of an example costs both models. */
#include <math.h>
#include <string.h>
#include "core/logits.h"
#include "core/study_internal.h"

static void free_tokens(gpointer answer)
{
    struct token_losses *t = answer;

    g_free(t->tokens);
    g_free(t);
}

/* Where the logits of one pass go. */
struct listener {
    struct token_losses *to;
    const uint32_t *ids;
    unsigned side;
};

static void insert_choice(struct token_choice *choices, uint32_t *n, uint32_t id, float logit)
{
    uint32_t at = *n;

    while (at > 0 && choices[at - 1].probability < logit)
        at--;
    if (at >= TOKEN_CHOICES)
        return;
    memmove(choices + at + 1, choices + at,
            (MIN(*n, TOKEN_CHOICES - 1) - at) * sizeof *choices);
    choices[at] = (struct token_choice){id, logit};
    *n = MIN(*n + 1, TOKEN_CHOICES);
}

/* By logits first, then by probability. */
void question_choices(struct token_choice choices[TOKEN_CHOICES], const float *logits, uint32_t n,
                      double log_sum)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < n; i++)
        if (kept < TOKEN_CHOICES || logits[i] > choices[TOKEN_CHOICES - 1].probability)
            insert_choice(choices, &kept, i, logits[i]);
    for (uint32_t i = 0; i < TOKEN_CHOICES; i++)
        choices[i] = i < kept ? (struct token_choice){choices[i].id,
                                                      (float)exp((double)choices[i].probability -
                                                                 log_sum)}
                              : (struct token_choice){UINT32_MAX, 0};
}

uint32_t question_rank(const float *logits, uint32_t n, uint32_t id)
{
    uint32_t rank = 1;

    for (uint32_t i = 0; i < n; i++)
        rank += logits[i] > logits[id];
    return rank;
}

static void keep_row(const struct listener *l, uint32_t row, const float *logits, uint32_t n)
{
    struct token_loss *of = &l->to->tokens[row + 1];
    uint32_t id = l->ids[row + 1], most;
    double log_sum = logits_log_sum(logits, n, &most);

    of->nll[l->side] = log_sum - (double)logits[id];
    of->entropy[l->side] = logits_entropy(logits, n);
    of->rank[l->side] = question_rank(logits, n, id);
    question_choices(of->choices[l->side], logits, n, log_sum);
}

static void seen(void *data, const struct net_seen *x)
{
    const struct listener *l = data;

    for (uint32_t i = 0; i < x->rows; i++)
        if (x->first + i + 1 < l->to->n)
            keep_row(l, x->first + i, x->values + (gsize)i * x->columns, x->columns);
}

static gboolean look(struct question *q, struct token_losses *t, const uint32_t *ids, unsigned side,
                     GError **error)
{
    struct listener l = {t, ids, side};
    const struct net_probe probe = {.wants = 1u << NET_LOGITS, .seen = seen, .data = &l};
    const struct net_sequence sequence = {ids, t->n, 0};

    return net_forward(q->study->model[side].net, &(struct net_batch){&sequence, 1, NULL, 0},
                       &probe, &q->cancelled, error);
}

static gpointer answer_tokens(struct question *q, GError **error)
{
    const uint32_t *key = g_bytes_get_data(q->key, NULL);
    struct study *s = q->study;
    const struct example *x = &s->examples->examples[*key];
    struct token_losses *t;
    gboolean ok = TRUE;

    if (!s->model[ACTIVITY_BASE].weights.spec.causal || !x->n_ids) {
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_INPUT,
                            x->n_ids ? "an encoder does not predict the token that follows"
                                     : "this example has no tokens");
        return NULL;
    }
    t = g_new0(struct token_losses, 1);
    *t = (struct token_losses){.example = *key,
                               .n = x->n_ids,
                               .sides = s->sides,
                               .tokens = g_new0(struct token_loss, x->n_ids)};
    for (uint32_t i = 0; i < t->n; i++)
        t->tokens[i].nll[0] = t->tokens[i].nll[1] = t->tokens[i].entropy[0] =
            t->tokens[i].entropy[1] = NAN;
    for (unsigned i = 0; i < s->sides && ok; i++)
        ok = look(q, t, x->ids, i, error);
    if (ok)
        return t;
    free_tokens(t);
    return NULL;
}

const struct question_ops question_tokens = {.answer = answer_tokens, .free = free_tokens};

const struct token_losses *study_tokens(struct study *s, uint32_t example, const char **error_text)
{
    return question_ask_of(s, QUESTION_TOKENS, &example, sizeof example, error_text);
}
