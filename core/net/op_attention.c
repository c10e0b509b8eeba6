#include "core/net/op_attention.h"

#include <math.h>
#include <string.h>
#include "core/net/op_attention_tile.h"

struct attention_work {
    const struct net_run *run;
    const struct op_attention *o;
    const uint32_t *first; /* [n_spans + 1]: items before each span */
};

size_t op_attention_scratch(uint32_t keys, uint32_t head_dim)
{
    return attention_tile_scratch(head_dim) + (size_t)ATTENTION_QUERIES * keys;
}

/* The span that an item belongs to. */
static uint32_t span_of(const struct attention_work *w, guint item)
{
    uint32_t low = 0, high = w->o->n_spans;

    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (w->first[middle] <= item)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static struct attention_tile tile_at(const struct attention_work *w, guint item, guint thread)
{
    const struct op_attention *o = w->o;
    uint32_t at = span_of(w, item), within = item - w->first[at];
    const struct attention_span *span = o->spans + at;
    uint32_t head = within / attention_tiles(span);
    uint32_t query = within % attention_tiles(span) * ATTENTION_QUERIES;
    struct attention_tile t = attention_tile(w->run, o, span, head, query, w->run->scratch[thread]);

    t.stride = o->weights ? span->keys : t.keys;
    t.scores = o->weights ? o->weights + ((size_t)head * span->queries + query) * t.stride : t.rest;
    if (o->weights) {
        memset(t.scores, 0, t.queries * t.stride * sizeof *t.scores);
        t.scores += t.key;
    }
    return t;
}

/* Where the tile's queries and keys stand in the operands. */
struct places {
    size_t q, kv; /* in q and dq; in k, v, dk, dv */
    size_t mixed; /* in out and dout */
};

static struct places places_of(const struct attention_tile *t)
{
    const struct op_attention *o = t->o;
    size_t dim = o->head_dim, query = t->span->query + t->query, key = t->span->key + t->key;

    return (struct places){query * o->q_stride + t->head * dim,
                           key * o->kv_stride + t->head / (o->heads / o->kv_heads) * dim,
                           (query * o->heads + t->head) * dim};
}

/* Of a row of the tile in log_sums, as of rows of out. */
static size_t row_at(const struct attention_tile *t, uint32_t row)
{
    return (size_t)(t->span->query + t->query + row) * t->o->heads + t->head;
}

static float scale_of(const struct op_attention *o)
{
    return (float)(1 / sqrt((double)o->head_dim));
}

/* 0 for the keys that a query does not see. */
static void clear_unseen(const struct attention_tile *t, float *x, uint32_t from, uint32_t to)
{
    memset(x, 0, from * sizeof *x);
    memset(x + to, 0, (t->keys - to) * sizeof *x);
}

/* Scores of a tile's row to weights. */
static void weigh_row(const struct attention_tile *t, uint32_t row)
{
    const struct net_kernels *k = t->run->kernels;
    float *x = t->scores + row * t->stride, log_sum;
    uint32_t from, to;

    attention_seen(t, row, &from, &to);
    clear_unseen(t, x, from, to);
    k->scale(x + from, to - from, scale_of(t->o));
    log_sum = k->softmax(x + from, to - from);
    if (t->o->log_sums)
        t->o->log_sums[row_at(t, row)] = log_sum;
}

static void attend(void *data, guint item, guint thread)
{
    const struct attention_work *w = data;
    const struct op_attention *o = w->o;
    struct attention_tile t = tile_at(w, item, thread);
    const struct places at = places_of(&t);

    attention_score(&t, (struct attention_rows){o->q + at.q, o->q_stride},
                    (struct attention_rows){o->k + at.kv, o->kv_stride});
    for (uint32_t i = 0; i < t.queries; i++)
        weigh_row(&t, i);
    attention_mix(&t, (struct attention_rows){o->v + at.kv, o->kv_stride}, o->out + at.mixed,
                  (size_t)o->heads * o->head_dim);
}

void op_attention(const struct net_run *run, const struct op_attention *o)
{
    uint32_t *first = g_new(uint32_t, o->n_spans + 1);
    struct attention_work w = {run, o, first};

    g_assert(!o->weights || o->n_spans == 1);
    first[0] = 0;
    for (uint32_t i = 0; i < o->n_spans; i++)
        first[i + 1] = first[i] + o->heads * attention_tiles(o->spans + i);
    team_run(run->team, first[o->n_spans], attend, &w);
    g_free(first);
}

/* The way back. */

struct backward_work {
    const struct net_run *run;
    const struct op_attention_backward *o;
};

size_t op_attention_backward_scratch(uint32_t keys, uint32_t head_dim)
{
    return attention_tile_scratch(head_dim) + 3 * (size_t)ATTENTION_QUERIES * keys;
}

/* A row of scores to weights, and of the weights' gradient to that of scores. */
static void row_back(const struct attention_tile *t, const struct op_attention_backward *b,
                     uint32_t row, float *weights, float *gradient)
{
    const struct op_attention *o = t->o;
    const struct net_kernels *k = t->run->kernels;
    size_t at = row_at(t, row);
    float by = scale_of(o), mean;
    uint32_t from, to;

    attention_seen(t, row, &from, &to);
    clear_unseen(t, weights, from, to);
    clear_unseen(t, gradient, from, to);
    k->scale(weights + from, to - from, by);
    k->backward->exponentials(weights + from, to - from, o->log_sums[at], 1);
    mean = k->backward->dot(b->dout + at * o->head_dim, o->out + at * o->head_dim, o->head_dim);
    k->backward->softmax(gradient + from, weights + from, to - from, mean, by);
}

static void tile_back(const struct backward_work *w, struct attention_tile *t)
{
    const struct op_attention_backward *b = w->o;
    const struct op_attention *o = t->o;
    const struct places at = places_of(t);
    const struct attention_rows q = {o->q + at.q, o->q_stride}, k = {o->k + at.kv, o->kv_stride};
    const struct attention_rows v = {o->v + at.kv, o->kv_stride};
    const struct attention_rows dout = {b->dout + at.mixed, (size_t)o->heads * o->head_dim};
    size_t room = (size_t)ATTENTION_QUERIES * t->keys;
    float *weights = t->rest, *gradient = weights + room, *turned = gradient + room;

    t->stride = t->keys;
    t->scores = gradient;
    attention_score(t, dout, v);
    t->scores = weights;
    attention_score(t, q, k);
    for (uint32_t i = 0; i < t->queries; i++)
        row_back(t, b, i, weights + i * t->stride, gradient + i * t->stride);
    attention_spread(t, dout, turned, b->dv + at.kv, o->kv_stride);
    t->scores = gradient;
    attention_spread(t, q, turned, b->dk + at.kv, o->kv_stride);
    attention_mix(t, k, b->dq + at.q, o->q_stride);
}

/* Queries of all heads that share keys, one after the other, add to what these have. */
static void attend_back(void *data, guint item, guint thread)
{
    const struct backward_work *w = data;
    const struct op_attention *o = &w->o->of;
    const struct attention_span *span = o->spans + item / o->kv_heads;
    uint32_t kv = item % o->kv_heads, group = o->heads / o->kv_heads;
    size_t at = span->key * o->kv_stride + (size_t)kv * o->head_dim;

    for (uint32_t i = 0; i < span->keys; i++, at += o->kv_stride) {
        memset(w->o->dk + at, 0, o->head_dim * sizeof *w->o->dk);
        memset(w->o->dv + at, 0, o->head_dim * sizeof *w->o->dv);
    }
    for (uint32_t head = kv * group; head < (kv + 1) * group; head++)
        for (uint32_t query = 0; query < span->queries; query += ATTENTION_QUERIES) {
            struct attention_tile t =
                attention_tile(w->run, o, span, head, query, w->run->scratch[thread]);

            tile_back(w, &t);
        }
}

void op_attention_backward(const struct net_run *run, const struct op_attention_backward *o)
{
    struct backward_work w = {run, o};

    team_run(run->team, o->of.n_spans * o->of.kv_heads, attend_back, &w);
}
