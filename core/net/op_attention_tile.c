#include "core/net/op_attention_tile.h"

#define KEY_TILE 256 /* of values packed at once */

/* The panel, then what is spare. */
static size_t packed_floats(uint32_t head_dim)
{
    return (size_t)PRODUCT_PANEL * MAX(head_dim, KEY_TILE);
}

size_t attention_tile_scratch(uint32_t head_dim)
{
    return packed_floats(head_dim) + ATTENTION_QUERIES * PRODUCT_PANEL;
}

uint32_t attention_tiles(const struct attention_span *s)
{
    return (s->queries + ATTENTION_QUERIES - 1) / ATTENTION_QUERIES;
}

/* Keys from .. to - 1 of the span are seen by a query of it. */
static void seen_keys(const struct op_attention *o, const struct attention_span *s, uint32_t query,
                      uint32_t *from, uint32_t *to)
{
    uint32_t place = s->keys - s->queries + query;

    *to = o->causal ? place + 1 : s->keys;
    *from = o->window && place + 1 > o->window ? place + 1 - o->window : 0;
}

void attention_seen(const struct attention_tile *t, uint32_t row, uint32_t *from, uint32_t *to)
{
    seen_keys(t->o, t->span, t->query + row, from, to);
    *from -= t->key;
    *to -= t->key;
}

struct attention_tile attention_tile(const struct net_run *run, const struct op_attention *o,
                                     const struct attention_span *span, uint32_t head,
                                     uint32_t query, float *scratch)
{
    uint32_t to, unused;
    struct attention_tile t = {.run = run,
                               .o = o,
                               .span = span,
                               .head = head,
                               .query = query,
                               .queries = MIN(ATTENTION_QUERIES, span->queries - query),
                               .packed = scratch,
                               .spare = scratch + packed_floats(o->head_dim),
                               .rest = scratch + attention_tile_scratch(o->head_dim)};

    seen_keys(o, span, query, &t.key, &unused);
    seen_keys(o, span, query + t.queries - 1, &unused, &to);
    t.keys = to - t.key;
    return t;
}

/* out[rows][n] = a panel, or added to it; the panel has width columns. At most ATTENTION_QUERIES
 * rows. */
static void multiply(const struct attention_tile *t, float *out, size_t out_stride, uint32_t n,
                     bool add, struct attention_rows a, uint32_t rows, uint32_t width, size_t k)
{
    const struct product_panel panel = {t->packed, width, n, k, t->spare};

    product_multiply(t->run->kernels->product, out, out_stride, add, a.values, a.stride, rows,
                     &panel);
}

/* Some keys at once, by the queries that see any of them. */
void attention_score(const struct attention_tile *t, struct attention_rows queries,
                     struct attention_rows keys)
{
    const struct product_kernels *p = t->run->kernels->product;
    uint32_t dim = t->o->head_dim;

    for (uint32_t i = 0; i < product_panels(p, t->keys); i++) {
        uint32_t width = product_panel_width(p, t->keys, i), key = i * 2 * p->width, row = 0;
        uint32_t n = MIN(width, t->keys - key), unused, to;
        struct attention_rows a = queries;

        p->pack_rows(t->packed, width, keys.values + key * keys.stride, keys.stride, n, dim);
        for (; row < t->queries; row++) {
            attention_seen(t, row, &unused, &to);
            if (to > key)
                break;
        }
        a.values += row * a.stride;
        multiply(t, t->scores + row * t->stride + key, t->stride, n, false, a, t->queries - row,
                 width, dim);
    }
}

/* Some columns at once. */
void attention_mix(const struct attention_tile *t, struct attention_rows values, float *out,
                   size_t out_stride)
{
    const struct product_kernels *p = t->run->kernels->product;
    uint32_t dim = t->o->head_dim;

    for (uint32_t i = 0; i < product_panels(p, dim); i++) {
        uint32_t width = product_panel_width(p, dim, i), col = i * 2 * p->width;
        uint32_t n = MIN(width, dim - col);

        for (uint32_t key = 0, keys; key < t->keys; key += keys) {
            keys = MIN(KEY_TILE, t->keys - key);
            p->pack_columns(t->packed, width, values.values + key * values.stride + col,
                            values.stride, n, keys);
            multiply(t, out + col, out_stride, n, key > 0,
                     (struct attention_rows){t->scores + key, t->stride}, t->queries, width, keys);
        }
    }
}

void attention_spread(const struct attention_tile *t, struct attention_rows values, float *turned,
                      float *out, size_t out_stride)
{
    const struct product_kernels *p = t->run->kernels->product;
    uint32_t dim = t->o->head_dim;

    p->unfold(turned, ATTENTION_QUERIES, t->scores, t->stride, t->queries, t->keys);
    for (uint32_t i = 0; i < product_panels(p, dim); i++) {
        uint32_t width = product_panel_width(p, dim, i), col = i * 2 * p->width;
        uint32_t n = MIN(width, dim - col);

        p->pack_columns(t->packed, width, values.values + col, values.stride, n, t->queries);
        for (uint32_t key = 0; key < t->keys; key += ATTENTION_QUERIES)
            multiply(t, out + key * out_stride + col, out_stride, n, true,
                     (struct attention_rows){turned + (size_t)key * ATTENTION_QUERIES,
                                             ATTENTION_QUERIES},
                     MIN(ATTENTION_QUERIES, t->keys - key), width, t->queries);
    }
}
