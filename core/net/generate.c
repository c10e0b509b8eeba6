#include "core/net/generate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/logits.h"
#include "core/net/pass.h"
#include "core/random.h"

struct net_stream {
    struct net *net;
    struct net_past past;
};

struct net_stream *net_stream_create(struct net *n, uint32_t positions, GError **error)
{
    const struct net_spec *spec = &n->w->spec;
    gsize floats = (gsize)spec->kv_heads * spec->head_dim * spec->layers;
    struct net_stream *s;

    if (!spec->causal) {
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_INPUT,
                            "an encoder can't go on with a text");
        return NULL;
    }
    g_assert(!spec->positions || positions <= spec->positions);
    s = g_new0(struct net_stream, 1);
    s->net = n;
    s->past.positions = positions;
    s->past.keys = g_try_new(float, floats *positions);
    s->past.values = g_try_new(float, floats *positions);
    if (s->past.keys && s->past.values)
        return s;
    g_set_error(error, TARE_ERROR, TARE_ERROR_LIMIT,
                "no memory to keep the keys and values of %u tokens", positions);
    net_stream_destroy(s);
    return NULL;
}

void net_stream_destroy(struct net_stream *s)
{
    if (!s)
        return;
    g_free(s->past.keys);
    g_free(s->past.values);
    g_free(s);
}

uint32_t net_stream_used(const struct net_stream *s)
{
    return s->past.used;
}

void net_stream_cut(struct net_stream *s, uint32_t used)
{
    g_assert(used <= s->past.used);
    s->past.used = used;
}

/* The blocks over the new rows; TRUE: the last one's state stands in SPACE_PICKED. */
static gboolean feed_rows(const struct pass *p, const gint *cancelled, GError **error)
{
    gsize hidden = p->net->w->spec.hidden;

    if (!pass_prepare(p, error) || !pass_prepare_logits(p->net, error))
        return FALSE;
    pass_embed(p);
    if (!pass_blocks(p, 0, cancelled, error))
        return FALSE;
    memcpy(p->net->space[SPACE_PICKED].values, pass_final(p) + (p->rows - 1) * hidden,
           hidden * sizeof(float));
    return TRUE;
}

const float *net_stream_feed(struct net_stream *s, const uint32_t *ids, uint32_t n,
                             const gint *cancelled, GError **error)
{
    struct net_past *past = &s->past;
    const struct attention_span span = {0, n, 0, past->used + n};
    uint32_t *positions;
    gboolean ok;

    g_assert(n >= 1 && n <= past->positions - past->used);
    if (!pass_check_ids(s->net->w, ids, n, error))
        return NULL;
    positions = g_new(uint32_t, n);
    for (uint32_t i = 0; i < n; i++)
        positions[i] = past->used + i;
    ok = feed_rows(&(struct pass){.net = s->net,
                                  .rows = n,
                                  .ids = ids,
                                  .positions = positions,
                                  .spans = &span,
                                  .n_spans = 1,
                                  .longest = past->positions,
                                  .past = past},
                   cancelled, error);
    g_free(positions);
    if (!ok)
        return NULL;
    past->used += n;
    return pass_logits(s->net, 1);
}

/* Sampling. */

struct candidate {
    float logit;
    uint32_t id;
};

static int by_logit(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;

    if (x->logit != y->logit)
        return x->logit < y->logit ? 1 : -1;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* weights[i] = exp((logit - the largest) / temperature); returns their sum. */
static double weigh(const struct candidate *c, uint32_t n, double temperature, double *weights)
{
    double most = (double)c[0].logit, sum = 0;

    for (uint32_t i = 0; i < n; i++) {
        weights[i] = exp(((double)c[i].logit - most) / temperature);
        sum += weights[i];
    }
    return sum;
}

/* How many of the likeliest weigh at least `enough`. */
static uint32_t fewest(const double *weights, uint32_t n, double enough)
{
    double sum = 0;

    for (uint32_t i = 0; i < n; i++) {
        sum += weights[i];
        if (sum >= enough)
            return i + 1;
    }
    return n;
}

static uint32_t draw(const double *weights, uint32_t n, double unit)
{
    double sum = 0, at;

    for (uint32_t i = 0; i < n; i++)
        sum += weights[i];
    at = unit * sum;
    for (uint32_t i = 0; i + 1 < n; i++) {
        if (at < weights[i])
            return i;
        at -= weights[i];
    }
    return n - 1;
}

uint32_t net_sample(const float *logits, uint32_t vocabulary, const struct net_sampling *how,
                    uint64_t *random)
{
    uint32_t n = vocabulary, chosen;
    struct candidate *c;
    double *weights, sum;

    if (how->temperature <= 0)
        return logits_first(logits, vocabulary);
    c = g_new(struct candidate, n);
    weights = g_new(double, n);
    for (uint32_t i = 0; i < n; i++)
        c[i] = (struct candidate){logits[i], i};
    qsort(c, n, sizeof *c, by_logit);
    if (how->top_k && how->top_k < n)
        n = how->top_k;
    sum = weigh(c, n, how->temperature, weights);
    if (how->top_p < 1)
        n = fewest(weights, n, how->top_p * sum);
    chosen = c[draw(weights, n, random_unit(random))].id;
    g_free(c);
    g_free(weights);
    return chosen;
}

static gboolean go_on_with(struct net_stream *s, const struct net_prompt *p, net_said said,
                           void *data, const gint *cancelled, GError **error)
{
    const float *logits = net_stream_feed(s, p->ids, p->n, cancelled, error);
    uint64_t random = p->sampling.seed;

    for (uint32_t i = 0; i < p->most && logits; i++) {
        uint32_t id = net_sample(logits, s->net->w->head.out, &p->sampling, &random);

        if (!said(data, id) || i + 1 == p->most || s->past.used == s->past.positions)
            return TRUE;
        logits = net_stream_feed(s, &id, 1, cancelled, error);
    }
    return logits != NULL;
}

gboolean net_generate(struct net *n, const struct net_prompt *p, net_said said, void *data,
                      const gint *cancelled, GError **error)
{
    guint64 room = (guint64)p->n + p->most;
    struct net_stream *s;
    gboolean ok;

    if (!pass_check_length(n->w, p->n, error))
        return FALSE;
    s = net_stream_create(n, (uint32_t)MIN(room, pass_most_positions(n->w)), error);
    if (!s)
        return FALSE;
    ok = go_on_with(s, p, said, data, cancelled, error);
    net_stream_destroy(s);
    return ok;
}
