#include "core/net/op_attention.h"

#include <math.h>
#include <string.h>
#include "core/net/sgemm.h"

#define QUERY_TILE 64

struct attention_work {
    const struct net_run *run;
    const struct op_attention *o;
    const uint32_t *first; /* [n_spans + 1]: items before each span */
};

/* Queries of one head of a span, and the keys that any of them sees. */
struct attention_tile {
    const struct attention_span *span;
    uint32_t head, query, queries; /* query: within the span */
    uint32_t key, keys;
    float *scores; /* [queries][keys], rows stride apart */
    size_t stride;
};

size_t op_attention_scratch(uint32_t keys)
{
    return (size_t)QUERY_TILE * keys;
}

static uint32_t tiles_of(const struct attention_span *s)
{
    return (s->queries + QUERY_TILE - 1) / QUERY_TILE;
}

/* Keys from .. to - 1 are seen by a query of the span. */
static void seen_keys(const struct op_attention *o, const struct attention_span *s, uint32_t query,
                      uint32_t *from, uint32_t *to)
{
    uint32_t place = s->keys - s->queries + query;

    *to = o->causal ? place + 1 : s->keys;
    *from = o->window && place + 1 > o->window ? place + 1 - o->window : 0;
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
    uint32_t span = span_of(w, item), within = item - w->first[span], to, unused;
    struct attention_tile t = {.span = o->spans + span};

    t.head = within / tiles_of(t.span);
    t.query = within % tiles_of(t.span) * QUERY_TILE;
    t.queries = MIN(QUERY_TILE, t.span->queries - t.query);
    seen_keys(o, t.span, t.query, &t.key, &unused);
    seen_keys(o, t.span, t.query + t.queries - 1, &unused, &to);
    t.keys = to - t.key;
    t.stride = o->weights ? t.span->keys : t.keys;
    t.scores = o->weights ? o->weights + ((size_t)t.head * t.span->queries + t.query) * t.stride
                          : w->run->scratch[thread];
    if (o->weights) {
        memset(t.scores, 0, t.queries * t.stride * sizeof *t.scores);
        t.scores += t.key;
    }
    return t;
}

/* Scores of a tile's row to weights; 0 for what the query does not see. */
static void weigh_row(const struct attention_work *w, const struct attention_tile *t, uint32_t row)
{
    const struct op_attention *o = w->o;
    float *x = t->scores + row * t->stride, log_sum;
    uint32_t from, to;

    seen_keys(o, t->span, t->query + row, &from, &to);
    from -= t->key;
    to -= t->key;
    memset(x, 0, from * sizeof *x);
    memset(x + to, 0, (t->keys - to) * sizeof *x);
    log_sum = w->run->kernels->softmax(x + from, to - from);
    if (o->log_sums)
        o->log_sums[(size_t)(t->span->query + t->query + row) * o->heads + t->head] = log_sum;
}

static void attend(void *data, guint item, guint thread)
{
    const struct attention_work *w = data;
    const struct op_attention *o = w->o;
    struct attention_tile t = tile_at(w, item, thread);
    size_t dim = o->head_dim, query = t.span->query + t.query, key = t.span->key + t.key;
    size_t kv = t.head / (o->heads / o->kv_heads) * dim + key * o->kv_stride;
    struct sgemm_operand q = {o->q + query * o->q_stride + t.head * dim, o->q_stride};
    struct sgemm_operand k = {o->k + kv, o->kv_stride}, v = {o->v + kv, o->kv_stride};
    struct sgemm_operand weights = {t.scores, t.stride};
    size_t out_stride = o->heads * dim;

    sgemm_by_rows(t.queries, t.keys, dim, (float)(1 / sqrt((double)dim)), q, k, false, t.scores,
                  t.stride);
    for (uint32_t i = 0; i < t.queries; i++)
        weigh_row(w, &t, i);
    sgemm(t.queries, dim, t.keys, weights, v, o->out + query * out_stride + t.head * dim,
          out_stride);
}

void op_attention(const struct net_run *run, const struct op_attention *o)
{
    uint32_t *first = g_new(uint32_t, o->n_spans + 1);
    struct attention_work w = {run, o, first};

    g_assert(!o->weights || o->n_spans == 1);
    first[0] = 0;
    for (uint32_t i = 0; i < o->n_spans; i++)
        first[i + 1] = first[i] + o->heads * tiles_of(o->spans + i);
    team_run(run->team, first[o->n_spans], attend, &w);
    g_free(first);
}
