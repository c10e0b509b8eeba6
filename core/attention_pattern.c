#include "core/attention_pattern.h"

#include <math.h>
#include <stdlib.h>

void attention_pattern_destroy(struct attention_pattern *p)
{
    if (!p)
        return;
    g_free(p->ids);
    g_free(p->weights[ACTIVITY_BASE]);
    g_free(p->weights[ACTIVITY_TUNED]);
    g_free(p);
}

bool attention_masked(const struct attention_pattern *p, uint32_t query, uint32_t key)
{
    return p->causal && (key > query || (p->window && query - key >= p->window));
}

static float weight(const struct attention_pattern *p, int side, uint32_t head, uint32_t query,
                    uint32_t key)
{
    return p->weights[side][((gsize)head * p->n + query) * p->n + key];
}

static float shown(const struct attention_pattern *p, enum attention_show show, uint32_t head,
                   uint32_t query, uint32_t key)
{
    if (show == ATTENTION_OF_DELTA)
        return weight(p, ACTIVITY_TUNED, head, query, key) -
               weight(p, ACTIVITY_BASE, head, query, key);
    return weight(p, show == ATTENTION_OF_BASE ? ACTIVITY_BASE : ACTIVITY_TUNED, head, query, key);
}

uint32_t attention_step(uint32_t n, uint32_t cells)
{
    return cells ? MAX((n + cells - 1) / cells, 1) : MAX(n, 1);
}

static float pooled(const struct attention_pattern *p, const struct attention_picture *c,
                    uint64_t query, uint64_t key)
{
    float most = NAN;

    for (uint64_t i = query; i < query + c->step && i < p->n; i++)
        for (uint64_t j = key; j < key + c->step && j < p->n; j++) {
            float x;

            if (attention_masked(p, (uint32_t)i, (uint32_t)j))
                continue;
            x = shown(p, c->show, c->head, (uint32_t)i, (uint32_t)j);
            if (!(fabsf(x) <= fabsf(most)))
                most = x;
        }
    return most;
}

void attention_draw(const struct attention_pattern *p, const struct attention_picture *picture,
                    float *cells)
{
    g_assert(picture->head < p->heads && picture->step > 0);
    g_assert(picture->show == ATTENTION_OF_BASE || p->weights[ACTIVITY_TUNED]);
    for (uint32_t r = 0; r < picture->rows; r++)
        for (uint32_t c = 0; c < picture->columns; c++)
            cells[(gsize)r * picture->columns + c] =
                pooled(p, picture, picture->first_query + (uint64_t)r * picture->step,
                       picture->first_key + (uint64_t)c * picture->step);
}

static double entropy_of(const struct attention_pattern *p, int side, uint32_t head, uint32_t query)
{
    double sum = 0, entropy = 0;

    for (uint32_t j = 0; j < p->n; j++)
        sum += (double)weight(p, side, head, query, j);
    for (uint32_t j = 0; j < p->n; j++) {
        double x = (double)weight(p, side, head, query, j) / sum;

        entropy -= x > 0 ? x * log2(x) : 0;
    }
    return entropy;
}

void attention_row_of(const struct attention_pattern *p, uint32_t head, uint32_t query,
                      struct attention_row *out)
{
    g_assert(head < p->heads && query < p->n);
    out->variation = p->weights[ACTIVITY_TUNED] ? 0 : NAN;
    for (uint32_t j = 0; p->weights[ACTIVITY_TUNED] && j < p->n; j++)
        out->variation += fabs((double)weight(p, ACTIVITY_TUNED, head, query, j) -
                               (double)weight(p, ACTIVITY_BASE, head, query, j)) /
                          2;
    for (int side = 0; side < ACTIVITY_SIDES; side++) {
        bool there = p->weights[side] != NULL;

        out->entropy[side] = there ? entropy_of(p, side, head, query) : NAN;
        out->first[side] = there ? (double)weight(p, side, head, query, 0) : NAN;
        out->self[side] = there ? (double)weight(p, side, head, query, query) : NAN;
        out->previous[side] =
            there && query ? (double)weight(p, side, head, query, query - 1) : NAN;
    }
}

struct ranked {
    uint32_t key;
    float size;
};

static int descending(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->size != y->size)
        return x->size < y->size ? 1 : -1;
    return (x->key > y->key) - (x->key < y->key);
}

uint32_t attention_keys(const struct attention_pattern *p, uint32_t head, uint32_t query,
                        enum attention_show show, uint32_t k, uint32_t *keys)
{
    struct ranked *all = g_new(struct ranked, p->n);
    uint32_t n = 0;

    g_assert(head < p->heads && query < p->n);
    for (uint32_t j = 0; j < p->n; j++) {
        float size = attention_masked(p, query, j) ? NAN : fabsf(shown(p, show, head, query, j));

        if (!isnan(size))
            all[n++] = (struct ranked){j, size};
    }
    qsort(all, n, sizeof *all, descending);
    for (uint32_t i = 0; i < MIN(n, k); i++)
        keys[i] = all[i].key;
    g_free(all);
    return MIN(n, k);
}
