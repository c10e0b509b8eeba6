#include "core/net/op_attention.h"

#include <math.h>
#include <string.h>

#define QUERY_TILE 64
#define KEY_TILE 256 /* of values packed at once */
#define PANEL (2 * VECTOR_MOST)

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
    float *packed; /* a panel of keys or values */
    float *spare;  /* [QUERY_TILE][PANEL]: a product of which not all columns exist */
};

/* The panel, what is spare, then the scores. */
static size_t packed_floats(uint32_t head_dim)
{
    return (size_t)PANEL * MAX(head_dim, KEY_TILE);
}

size_t op_attention_scratch(uint32_t keys, uint32_t head_dim)
{
    return packed_floats(head_dim) + QUERY_TILE * PANEL + (size_t)QUERY_TILE * keys;
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
    float *scratch = w->run->scratch[thread];
    struct attention_tile t = {
        .span = o->spans + span, .packed = scratch, .spare = scratch + packed_floats(o->head_dim)};

    t.head = within / tiles_of(t.span);
    t.query = within % tiles_of(t.span) * QUERY_TILE;
    t.queries = MIN(QUERY_TILE, t.span->queries - t.query);
    seen_keys(o, t.span, t.query, &t.key, &unused);
    seen_keys(o, t.span, t.query + t.queries - 1, &unused, &to);
    t.keys = to - t.key;
    t.stride = o->weights ? t.span->keys : t.keys;
    t.scores = o->weights ? o->weights + ((size_t)t.head * t.span->queries + t.query) * t.stride
                          : t.spare + QUERY_TILE * PANEL;
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
    w->run->kernels->scale(x + from, to - from, (float)(1 / sqrt((double)o->head_dim)));
    log_sum = w->run->kernels->softmax(x + from, to - from);
    if (o->log_sums)
        o->log_sums[(size_t)(t->span->query + t->query + row) * o->heads + t->head] = log_sum;
}

/* out[rows][n] = a panel, or added to it; the panel has width columns. */
static void multiply(const struct attention_work *w, const struct attention_tile *t, float *out,
                     size_t out_stride, uint32_t n, bool add, const float *a, size_t a_stride,
                     uint32_t rows, uint32_t width, size_t k)
{
    const struct product_kernels *p = w->run->kernels->product;

    if (n == width) {
        p->multiply(out, out_stride, add, a, a_stride, rows, t->packed, width, k);
        return;
    }
    p->multiply(t->spare, PANEL, add, a, a_stride, rows, t->packed, width, k);
    for (uint32_t i = 0; i < rows; i++)
        memcpy(out + i * out_stride, t->spare + (size_t)i * PANEL, n * sizeof *out);
}

/* Some keys at once, by the queries that see any of them. */
static void score(const struct attention_work *w, const struct attention_tile *t, const float *q,
                  const float *keys)
{
    const struct op_attention *o = w->o;
    const struct product_kernels *p = w->run->kernels->product;

    for (uint32_t i = 0; i < product_panels(p, t->keys); i++) {
        uint32_t width = product_panel_width(p, t->keys, i), key = i * 2 * p->width, from = 0;
        uint32_t n = MIN(width, t->keys - key), unused, to;

        p->pack_rows(t->packed, width, keys + key * o->kv_stride, o->kv_stride, n, o->head_dim);
        for (; from < t->queries; from++) {
            seen_keys(o, t->span, t->query + from, &unused, &to);
            if (to > t->key + key)
                break;
        }
        multiply(w, t, t->scores + from * t->stride + key, t->stride, n, false,
                 q + from * o->q_stride, o->q_stride, t->queries - from, width, o->head_dim);
    }
}

/* The weights' mixture of values, some columns at once. */
static void mix(const struct attention_work *w, const struct attention_tile *t, const float *values,
                float *out)
{
    const struct op_attention *o = w->o;
    const struct product_kernels *p = w->run->kernels->product;

    for (uint32_t i = 0; i < product_panels(p, o->head_dim); i++) {
        uint32_t width = product_panel_width(p, o->head_dim, i), col = i * 2 * p->width;
        uint32_t n = MIN(width, o->head_dim - col);

        for (uint32_t key = 0, keys; key < t->keys; key += keys) {
            keys = MIN(KEY_TILE, t->keys - key);
            p->pack_columns(t->packed, width, values + key * o->kv_stride + col, o->kv_stride, n,
                            keys);
            multiply(w, t, out + col, (size_t)o->heads * o->head_dim, n, key > 0, t->scores + key,
                     t->stride, t->queries, width, keys);
        }
    }
}

static void attend(void *data, guint item, guint thread)
{
    const struct attention_work *w = data;
    const struct op_attention *o = w->o;
    struct attention_tile t = tile_at(w, item, thread);
    size_t dim = o->head_dim, query = t.span->query + t.query, key = t.span->key + t.key;
    size_t kv = t.head / (o->heads / o->kv_heads) * dim + key * o->kv_stride;

    score(w, &t, o->q + query * o->q_stride + t.head * dim, o->k + kv);
    for (uint32_t i = 0; i < t.queries; i++)
        weigh_row(w, &t, i);
    mix(w, &t, o->v + kv, o->out + (query * o->heads + t.head) * dim);
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
