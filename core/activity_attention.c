/* Weights of the attention: what a head looks at, and whether it still does. */
#include "core/activity_internal.h"

#include <math.h>
#include <string.h>

#define SINK 0.3

/* An attention row's keys. */
struct span {
    uint32_t first, n;
};

static struct span keys_of(const struct activity *a, uint32_t query, uint32_t n)
{
    if (!a->causal)
        return (struct span){0, n};
    if (!a->window || query + 1 <= a->window)
        return (struct span){0, query + 1};
    return (struct span){query + 1 - a->window, a->window};
}

static void add_query(const struct activity_kernels *k, struct head_sums *h,
                      enum activity_side side, const struct span *keys, const double *p,
                      uint32_t query)
{
    h->distance[side] += k->distance(p, keys->n, (double)query - keys->first);
    h->entropy[side] += keys->n > 1 ? k->entropy(p, keys->n) / log(keys->n) : 0;
    h->first[side] += keys->first == 0 ? p[0] : 0;
    h->previous[side] += query - 1 >= keys->first ? p[query - 1 - keys->first] : 0;
    h->self[side] += p[query - keys->first];
}

/* Mean attention on the first token, as in Attention-Sink's compute_attention_sink with their 64
 * tokens: the sum, as there, of float32 weights that are not made to sum to 1. */
static bool is_sink(const float *weights, uint32_t n)
{
    uint32_t rows = MIN(n, ACTIVITY_SINK_WINDOW);
    double sum = 0;

    for (uint32_t i = 0; i < rows; i++)
        sum += (double)weights[(gsize)i * n];
    return sum / rows > SINK;
}

gsize activity_attention_values(const struct activity *a, uint32_t n)
{
    gsize rows = MIN(n, ACTIVITY_SHIFT_QUERIES);

    return (a->causal ? rows * (rows + 1) / 2 : rows * n) * a->blocks * a->heads;
}

/* The base's row of weights that is kept, NULL beyond the first ones. */
static float *held_row(const struct activity *a, float *held, uint32_t n, uint32_t head_of_all,
                       uint32_t query)
{
    gsize each = activity_attention_values(a, n) / a->blocks / a->heads;

    if (!held || query >= ACTIVITY_SHIFT_QUERIES)
        return NULL;
    return held + each * head_of_all +
           (a->causal ? (gsize)query * (query + 1) / 2 : (gsize)query * n);
}

/* A sequence's attention in one block. */
struct attended {
    struct activity *activity;
    enum activity_side side;
    uint32_t block, n;
    const float *weights;   /* [heads][n][n] */
    float *held;            /* of the sequence; NULL: nothing is compared */
    struct head_sums *sums; /* [heads] */
    double *scratch;        /* [threads][2][n] */
};

/* Softmax in float32 leaves sums that are off by 1e-7: rows are made distributions first. */
static void add_row(const struct attended *t, struct head_sums *h, const struct span *keys,
                    const float *row, float *held, uint32_t query, double *scratch)
{
    const struct activity_kernels *k = t->activity->state->kernels;

    k->normalise(scratch, row, keys->n);
    add_query(k, h, t->side, keys, scratch, query);
    if (!held)
        return;
    held += keys->first;
    if (t->side == ACTIVITY_BASE) {
        memcpy(held, row, keys->n * sizeof *held);
    } else {
        k->normalise(scratch + t->n, held, keys->n);
        h->shift += sqrt(k->divergence(scratch, scratch + t->n, keys->n) / G_LN2);
        h->shift_queries++;
    }
}

static void add_head(void *data, guint head, guint thread)
{
    const struct attended *t = data;
    const struct activity *a = t->activity;
    const float *weights = t->weights + (gsize)head * t->n * t->n;
    double *scratch = t->scratch + 2 * (gsize)thread * t->n;
    struct head_sums *h = &t->sums[head];

    for (uint32_t i = 1; i < t->n; i++) {
        struct span keys = keys_of(a, i, t->n);

        add_row(t, h, &keys, weights + (gsize)i * t->n + keys.first,
                held_row(a, t->held, t->n, t->block * a->heads + head, i), i, scratch);
    }
    if (t->n >= ACTIVITY_SINK_TOKENS)
        h->sinks[t->side] += is_sink(weights, t->n);
    if (t->side == ACTIVITY_BASE) {
        h->queries += t->n - 1;
        h->sequences += t->n >= ACTIVITY_SINK_TOKENS;
    }
}

static float *hold(struct activity *a, enum activity_side side, uint32_t sequence)
{
    struct activity_state *s = a->state;

    if (!a->pair)
        return NULL;
    if (!s->attention)
        s->attention = g_new0(float *, s->n_sequences);
    if (side == ACTIVITY_BASE && !s->attention[sequence])
        s->attention[sequence] =
            g_new0(float, activity_attention_values(a, s->sequences[sequence].n));
    return s->attention[sequence];
}

void activity_add_attention(struct activity *a, enum activity_side side,
                            const struct net_seen *seen)
{
    struct activity_state *s = a->state;
    const struct activity_sequence *q = &s->sequences[seen->sequence];
    gsize cell = ((gsize)seen->block * a->n_categories + q->category) * a->heads;
    struct attended t = {.activity = a,
                         .side = side,
                         .block = seen->block,
                         .n = q->n,
                         .weights = seen->values,
                         .sums = &s->heads[cell]};

    g_assert(seen->sequence < s->n_sequences && seen->block < a->blocks);
    g_assert(seen->columns == q->n && seen->rows == a->heads * q->n);
    t.held = hold(a, side, seen->sequence);
    t.scratch = g_new(double, 2 * (gsize)q->n * team_threads(s->team));
    team_run(s->team, a->heads, add_head, &t);
    g_free(t.scratch);
}

/* --- reading --- */

static void add_sums(struct head_sums *to, const struct head_sums *from)
{
    to->queries += from->queries;
    to->shift_queries += from->shift_queries;
    to->sequences += from->sequences;
    to->shift += from->shift;
    for (int side = 0; side < ACTIVITY_SIDES; side++) {
        to->sinks[side] += from->sinks[side];
        to->entropy[side] += from->entropy[side];
        to->first[side] += from->first[side];
        to->previous[side] += from->previous[side];
        to->self[side] += from->self[side];
        to->distance[side] += from->distance[side];
    }
}

static struct head_sums sums_of(const struct activity *a, uint32_t block, uint32_t head,
                                uint32_t category)
{
    struct head_sums all = {.queries = 0};

    for (uint32_t c = 0; c < a->n_categories; c++)
        if (category == ACTIVITY_ALL || category == c)
            add_sums(&all,
                     &a->state->heads[((gsize)block * a->n_categories + c) * a->heads + head]);
    return all;
}

static double mean_of(double sum, uint64_t n)
{
    return n ? sum / (double)n : NAN;
}

void activity_head(const struct activity *a, uint32_t block, uint32_t head, uint32_t category,
                   struct activity_head *out)
{
    struct head_sums s = sums_of(a, block, head, category);

    g_assert(block < a->blocks && head < a->heads);
    g_assert(category == ACTIVITY_ALL || category < a->n_categories);
    *out = (struct activity_head){.queries = s.queries, .sequences = s.sequences};
    for (int side = 0; side < ACTIVITY_SIDES; side++) {
        uint64_t n = side <= a->pair ? s.queries : 0;

        out->entropy[side] = mean_of(s.entropy[side], n);
        out->first[side] = mean_of(s.first[side], n);
        out->previous[side] = mean_of(s.previous[side], n);
        out->self[side] = mean_of(s.self[side], n);
        out->distance[side] = mean_of(s.distance[side], n);
        out->sink[side] = mean_of(s.sinks[side], side <= a->pair ? s.sequences : 0);
    }
    out->shift = mean_of(s.shift, s.shift_queries);
}
