#include "tests/support/net_reference.h"

#include <math.h>
#include <string.h>
#include "core/net/op_rope.h"

struct reference {
    const struct net_weights *w;
    struct net_moved moved;
    uint32_t rows; /* of the sequence under way */
};

static double at(const struct reference *r, const float *weight)
{
    return (double)*weight + (weight == r->moved.weight ? r->moved.by : 0);
}

static const float *row_of(const struct net_matrix *m, uint32_t row)
{
    return (const float *)m->values + (gsize)row * m->in;
}

/* New [rows][out] of x [rows][in]. */
static double *linear(const struct reference *r, const struct net_matrix *m, const float *bias,
                      const double *x)
{
    double *out = g_new(double, (gsize)r->rows * m->out);

    for (uint32_t i = 0; i < r->rows; i++)
        for (uint32_t o = 0; o < m->out; o++) {
            double sum = bias ? at(r, bias + o) : 0;

            for (uint32_t k = 0; k < m->in; k++)
                sum += x[(gsize)i * m->in + k] * at(r, row_of(m, o) + k);
            out[(gsize)i * m->out + o] = sum;
        }
    return out;
}

/* n numbers, in place. */
static void norm(const struct reference *r, enum net_norm kind, const float *gain,
                 const float *bias, double *x, uint32_t n)
{
    double mean = 0, variance = 0;

    for (uint32_t i = 0; kind == NET_NORM_LAYER && i < n; i++)
        mean += x[i] / n;
    for (uint32_t i = 0; i < n; i++)
        variance += (x[i] - mean) * (x[i] - mean) / n;
    for (uint32_t i = 0; i < n; i++)
        x[i] = (x[i] - mean) / sqrt(variance + r->w->spec.norm_epsilon) *
                   (at(r, gain + i) + r->w->spec.norm_offset) +
               (bias ? at(r, bias + i) : 0);
}

/* Rows of the residual stream's width; gain NULL: there is no norm. */
static void norm_rows(const struct reference *r, const float *gain, const float *bias, double *x)
{
    uint32_t hidden = r->w->spec.hidden;

    for (uint32_t i = 0; gain && i < r->rows; i++)
        norm(r, r->w->spec.norm, gain, bias, x + (gsize)i * hidden, hidden);
}

static double activation(enum net_activation kind, double x)
{
    switch (kind) {
    case NET_GELU_TANH:
        return 0.5 * x * (1 + tanh(sqrt(2 / G_PI) * (x + 0.044715 * x * x * x)));
    case NET_GELU_ERF:
        return 0.5 * x * (1 + erf(x / sqrt(2)));
    case NET_SILU:
        return x / (1 + exp(-x));
    default:
        return MAX(x, 0);
    }
}

static double *embed(const struct reference *r, const uint32_t *ids)
{
    const struct net_weights *w = r->w;
    uint32_t hidden = w->spec.hidden;
    double *x = g_new(double, (gsize)r->rows *hidden);

    for (uint32_t i = 0; i < r->rows; i++)
        for (uint32_t k = 0; k < hidden; k++) {
            double *to = x + (gsize)i * hidden + k;

            *to = at(r, row_of(&w->tokens, ids[i]) + k) * (double)(float)w->spec.embed_scale;
            if (w->position.values)
                *to += at(r, row_of(&w->position, w->spec.first_position + i) + k);
            if (w->type_0)
                *to += at(r, w->type_0 + k);
        }
    norm_rows(r, w->embed_norm, w->embed_norm_bias, x);
    return x;
}

/* A head's query or key, normed and turned. */
static void place_head(const struct reference *r, const float *gain, double *x, uint32_t position)
{
    const struct net_spec *s = &r->w->spec;
    uint32_t half = s->head_dim / 2;
    gsize angle = (gsize)position * half;
    float *cosine, *sine;

    if (gain)
        norm(r, NET_NORM_RMS, gain, NULL, x, s->head_dim);
    if (s->position != NET_POSITIONS_ROPE)
        return;
    cosine = g_new(float, (gsize)(position + 1) * half);
    sine = g_new(float, (gsize)(position + 1) * half);
    op_rope_tables(s, position + 1, cosine, sine);
    for (uint32_t i = 0; i < half; i++) {
        double a = x[i], b = x[half + i], c = (double)cosine[angle + i],
               n = (double)sine[angle + i];

        x[i] = a * c - b * n;
        x[half + i] = b * c + a * n;
    }
    g_free(cosine);
    g_free(sine);
}

/* out[head_dim] of a query of a head. */
static void attend(const struct reference *r, const double *qkv, uint32_t query, uint32_t head,
                   double *out)
{
    const struct net_spec *s = &r->w->spec;
    uint32_t stride = (s->heads + 2 * s->kv_heads) * s->head_dim, dim = s->head_dim;
    uint32_t kv = head / (s->heads / s->kv_heads), to = s->causal ? query + 1 : r->rows;
    uint32_t from = s->window && query + 1 > s->window ? query + 1 - s->window : 0;
    const double *q = qkv + (gsize)query * stride + head * dim;
    const double *k = qkv + (s->heads + kv) * dim, *v = k + s->kv_heads * dim;
    double total = 0;

    memset(out, 0, dim * sizeof *out);
    for (uint32_t i = from; i < to; i++) {
        double score = 0, weight;

        for (uint32_t d = 0; d < dim; d++)
            score += q[d] * k[(gsize)i * stride + d];
        weight = exp(score / sqrt(dim));
        total += weight;
        for (uint32_t d = 0; d < dim; d++)
            out[d] += weight * v[(gsize)i * stride + d];
    }
    for (uint32_t d = 0; d < dim; d++)
        out[d] /= total;
}

/* What the attention adds. */
static double *attention(const struct reference *r, const struct net_block *b, const double *x)
{
    const struct net_spec *s = &r->w->spec;
    uint32_t dim = s->head_dim, stride = (s->heads + 2 * s->kv_heads) * dim;
    double *qkv = linear(r, &b->qkv, b->qkv_bias, x), *out;
    double *mixed = g_new(double, (gsize)r->rows * s->heads * dim);

    for (uint32_t i = 0; i < r->rows; i++)
        for (uint32_t h = 0; h < s->heads + s->kv_heads; h++)
            place_head(r, h < s->heads ? b->query_norm : b->key_norm,
                       qkv + (gsize)i * stride + h * dim, i);
    for (uint32_t i = 0; i < r->rows; i++)
        for (uint32_t h = 0; h < s->heads; h++)
            attend(r, qkv, i, h, mixed + ((gsize)i * s->heads + h) * dim);
    out = linear(r, &b->out, b->out_bias, mixed);
    norm_rows(r, b->norm_after_attention, NULL, out);
    g_free(qkv);
    g_free(mixed);
    return out;
}

static double *mlp(const struct reference *r, const struct net_block *b, const double *x)
{
    const struct net_spec *s = &r->w->spec;
    double *up = linear(r, &b->up, b->up_bias, x), *out;
    double *gate = s->gated ? linear(r, &b->gate, b->gate_bias, x) : NULL;

    for (gsize i = 0; i < (gsize)r->rows * s->intermediate; i++)
        up[i] =
            gate ? activation(s->activation, gate[i]) * up[i] : activation(s->activation, up[i]);
    out = linear(r, &b->down, b->down_bias, up);
    norm_rows(r, b->norm_after_mlp, NULL, out);
    g_free(up);
    g_free(gate);
    return out;
}

/* A branch on the residual stream, its norm before it or behind the sum. */
static void branch(const struct reference *r, const struct net_block *b, double *x,
                   const float *gain, const float *bias,
                   double *(*f)(const struct reference *, const struct net_block *, const double *))
{
    gsize n = (gsize)r->rows * r->w->spec.hidden;
    double *read = g_memdup2(x, n * sizeof *x), *out;

    if (r->w->spec.pre_norm)
        norm_rows(r, gain, bias, read);
    out = f(r, b, read);
    for (gsize i = 0; i < n; i++)
        x[i] += out[i];
    if (!r->w->spec.pre_norm)
        norm_rows(r, gain, bias, x);
    g_free(read);
    g_free(out);
}

/* Logits of all rows; takes x. */
static double *head(const struct reference *r, double *x)
{
    const struct net_weights *w = r->w;
    double *logits;

    norm_rows(r, w->final_norm, w->final_norm_bias, x);
    if (w->head_dense.values) {
        double *dense = linear(r, &w->head_dense, w->head_dense_bias, x);

        for (gsize i = 0; i < (gsize)r->rows * w->spec.hidden; i++)
            x[i] = activation(w->spec.activation, dense[i]);
        g_free(dense);
    }
    norm_rows(r, w->head_norm, w->head_norm_bias, x);
    logits = linear(r, &w->head, w->head_bias, x);
    g_free(x);
    return logits;
}

static double sequence_loss(struct reference *r, const struct net_sequence *s,
                            const uint32_t *targets)
{
    double *x, *logits, loss = 0;

    r->rows = s->n;
    x = embed(r, s->ids);
    for (uint32_t i = 0; i < r->w->spec.layers; i++) {
        const struct net_block *b = r->w->blocks + i;

        branch(r, b, x, b->norm_1, b->norm_1_bias, attention);
        branch(r, b, x, b->norm_2, b->norm_2_bias, mlp);
    }
    logits = head(r, x);
    for (uint32_t i = 0; i < s->n; i++) {
        const double *row = logits + (gsize)i * r->w->head.out;
        double sum = 0;

        for (uint32_t k = 0; k < r->w->head.out; k++)
            sum += exp(row[k]);
        loss += targets[i] == UINT32_MAX ? 0 : log(sum) - row[targets[i]];
    }
    g_free(logits);
    return loss;
}

double net_reference_loss(const struct net_weights *w, const struct net_batch *b,
                          const struct net_goal *goal, struct net_moved moved)
{
    struct reference r = {.w = w, .moved = moved};
    const uint32_t *targets = goal->targets;
    double loss = 0;

    for (uint32_t i = 0; i < b->n; targets += b->sequences[i++].n)
        loss += sequence_loss(&r, b->sequences + i, targets);
    return loss * (double)goal->scale;
}

#define STEP 1e-4
#define WRONG 1e-8 /* differences */

static double norm_of(const struct net_array *a)
{
    const float *x = a->values;
    double sum = 0;

    for (uint64_t i = 0; i < a->n; i++)
        sum += (double)x[i] * (double)x[i];
    return sqrt(sum);
}

struct net_farthest net_reference_farthest(const struct net_weights *w, const struct net_batch *b,
                                           const struct net_goal *goal,
                                           const struct net_weights *gradient)
{
    GArray *of = net_weights_arrays(w), *is = net_weights_arrays(gradient);
    struct net_farthest far = {0};

    for (guint a = 0; a < of->len; a++) {
        const struct net_array *weight = &g_array_index(of, struct net_array, a);
        const struct net_array *g = &g_array_index(is, struct net_array, a);
        double norm = norm_of(g) + 1e-30;

        for (uint64_t i = weight->n / 7; i < weight->n; i += weight->n / 3 + 1) {
            const float *x = (const float *)weight->values + i;
            double up = net_reference_loss(w, b, goal, (struct net_moved){x, STEP});
            double down = net_reference_loss(w, b, goal, (struct net_moved){x, -STEP});
            double off = fabs((double)((const float *)g->values)[i] - (up - down) / (2 * STEP));

            if ((off - WRONG) / norm > far.relative)
                far = (struct net_farthest){(off - WRONG) / norm, a, i};
        }
    }
    g_array_unref(of);
    g_array_unref(is);
    return far;
}
