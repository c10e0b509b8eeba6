/* Losses with some of the fine-tune put back: on a few examples of every category first, then on
 * more. What enters the first block that an edit reaches is the tuned model's own: it is kept from
 * one question to the next, as far as memory goes. */
#include <math.h>
#include <string.h>
#include "core/blend_source.h"
#include "core/study_internal.h"

#define FIRST_TOKENS 96u /* of the first batch, for an estimate soon; then each is twice as large */
#define BATCH_TOKENS 768u
#define KEPT_BYTES ((gsize)256 << 20)

/* What the tuned model had in one batch: what enters each block, [layers][rows][hidden]. */
struct kept_batch {
    uint32_t first, n; /* of the order */
    uint32_t rows;
    float *residuals; /* NULL: not kept */
};

struct what_if_cache {
    uint32_t *order; /* examples, a round over all categories after the other */
    uint32_t n_order;
    struct kept_batch *batches;
    uint32_t n_batches;
    gsize bytes;
};

void what_if_cache_destroy(struct what_if_cache *x)
{
    if (!x)
        return;
    for (uint32_t i = 0; i < x->n_batches; i++)
        g_free(x->batches[i].residuals);
    g_free(x->batches);
    g_free(x->order);
    g_free(x);
}

static void free_what_if(gpointer answer)
{
    struct what_if *w = answer;

    blend_finish(&w->blend);
    g_free(w->examples);
    g_free(w->loss);
    g_free(w->base);
    g_free(w->tuned);
    g_free(w);
}

static struct what_if *copy_of(const struct what_if *w)
{
    struct what_if *copy = g_memdup2(w, sizeof *w);

    blend_copy(&copy->blend, &w->blend);
    copy->examples = g_memdup2(w->examples, w->n_categories * sizeof *w->examples);
    copy->loss = g_memdup2(w->loss, w->n_categories * sizeof *w->loss);
    copy->base = g_memdup2(w->base, w->n_categories * sizeof *w->base);
    copy->tuned = g_memdup2(w->tuned, w->n_categories * sizeof *w->tuned);
    return copy;
}

/* General text takes its turn like a category. */
static uint32_t turn_of(const struct study *s, uint32_t example)
{
    const struct example *x = &s->examples->examples[example];

    return x->split == SPLIT_GENERAL ? s->examples->n_categories : x->category;
}

static void make_order(const struct study *s, struct what_if_cache *x)
{
    uint32_t n = s->examples->n, turns = s->examples->n_categories + 1, last = 0;
    uint32_t *round = g_new0(uint32_t, turns), *of = g_new(uint32_t, MAX(n, 1));

    for (uint32_t i = 0; i < n; i++) {
        of[i] = evaluation_has(s->evaluation, i) ? round[turn_of(s, i)]++ : UINT32_MAX;
        last = of[i] == UINT32_MAX ? last : MAX(last, of[i]);
    }
    x->order = g_new(uint32_t, MAX(n, 1));
    for (uint32_t k = 0; k <= last; k++)
        for (uint32_t i = 0; i < n; i++)
            if (of[i] == k)
                x->order[x->n_order++] = i;
    g_free(round);
    g_free(of);
}

static void make_batches(const struct study *s, struct what_if_cache *x)
{
    GArray *batches = g_array_new(FALSE, FALSE, sizeof(struct kept_batch));

    for (uint32_t i = 0, most = FIRST_TOKENS; i < x->n_order; most = MIN(2 * most, BATCH_TOKENS)) {
        struct kept_batch b = {.first = i};

        while (i < x->n_order &&
               (b.n == 0 ||
                b.rows + s->examples->examples[x->order[i]].n_ids <= most)) {
            b.rows += s->examples->examples[x->order[i++]].n_ids;
            b.n++;
        }
        g_array_append_val(batches, b);
    }
    x->n_batches = batches->len;
    x->batches = (struct kept_batch *)(void *)g_array_free(batches, FALSE);
}

/* Made anew when more examples have been run since. */
static struct what_if_cache *cache_of(struct study *s)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < s->examples->n; i++)
        n += evaluation_has(s->evaluation, i);
    if (s->what_if && s->what_if->n_order == n)
        return s->what_if;
    what_if_cache_destroy(s->what_if);
    s->what_if = g_new0(struct what_if_cache, 1);
    make_order(s, s->what_if);
    make_batches(s, s->what_if);
    return s->what_if;
}

/* A batch as the nets take it. */
static struct net_sequence *sequences_of(const struct study *s, const struct what_if_cache *x,
                                         const struct kept_batch *b)
{
    struct net_sequence *sequences = g_new(struct net_sequence, b->n);

    for (uint32_t i = 0; i < b->n; i++) {
        const struct example *e = &s->examples->examples[x->order[b->first + i]];

        sequences[i] = (struct net_sequence){e->ids, e->n_ids, example_first_target(e) - 1};
    }
    return sequences;
}

static void keep_residual(void *data, const struct net_seen *seen)
{
    struct kept_batch *b = data;
    gsize into = seen->site == NET_EMBEDDED ? 0 : (gsize)seen->block + 1;

    memcpy(b->residuals + (into * b->rows + seen->first) * seen->columns, seen->values,
           (gsize)seen->rows * seen->columns * sizeof(float));
}

/* The tuned model's residual stream, if it fits; where it does not, the mixture runs from the ids. */
static gboolean keep_batch(struct question *q, struct what_if_cache *x, struct kept_batch *b,
                           const struct net_sequence *sequences, GError **error)
{
    struct study_model *tuned = &q->study->model[ACTIVITY_TUNED];
    const struct net_probe probe = {.wants = 1u << NET_EMBEDDED | 1u << NET_RESIDUAL,
                                    .seen = keep_residual,
                                    .data = b};
    gsize bytes = (gsize)(tuned->weights.spec.layers + 1) * b->rows * tuned->weights.spec.hidden *
                  sizeof(float);
    struct net_sequence *silent;
    gboolean ok;

    if (b->residuals || x->bytes + bytes > KEPT_BYTES || !(b->residuals = g_try_malloc(bytes)))
        return TRUE;
    x->bytes += bytes;
    silent = g_memdup2(sequences, b->n * sizeof *sequences);
    for (uint32_t i = 0; i < b->n; i++)
        silent[i].first_logit = silent[i].n;
    ok = net_forward(tuned->net, &(struct net_batch){silent, b->n, NULL, 0}, &probe, &q->cancelled,
                     error);
    g_free(silent);
    if (!ok) {
        g_clear_pointer(&b->residuals, g_free);
        x->bytes -= bytes;
    }
    return ok;
}

/* A mean over k values becomes one over k + 1. */
static void add_to(double *mean, uint32_t k, double value)
{
    *mean = k ? *mean + (value - *mean) / (k + 1) : value;
}

static void count(struct study *s, struct what_if *w, uint32_t example, double loss)
{
    const struct evaluated *r = &s->evaluation->results[example];
    uint32_t turn = turn_of(s, example);

    if (turn == w->n_categories) {
        add_to(&w->general, w->n_general, loss);
        add_to(&w->general_base, w->n_general, r->nll[EVALUATION_BASE]);
        add_to(&w->general_tuned, w->n_general++, r->nll[EVALUATION_TUNED]);
        return;
    }
    add_to(&w->loss[turn], w->examples[turn], loss);
    add_to(&w->base[turn], w->examples[turn], r->nll[EVALUATION_BASE]);
    add_to(&w->tuned[turn], w->examples[turn]++, r->nll[EVALUATION_TUNED]);
}

static void count_batch(struct study *s, struct what_if *w, const struct what_if_cache *x,
                        const struct kept_batch *b, const struct net_sequence *sequences,
                        const double *losses)
{
    uint32_t row = 0;

    for (uint32_t i = 0; i < b->n; i++) {
        const struct net_sequence *q = &sequences[i];
        double sum = 0;

        for (uint32_t k = q->first_logit; k + 1 < q->n; k++)
            sum += losses[row + k];
        count(s, w, x->order[b->first + i], sum / (q->n - 1 - q->first_logit));
        row += q->n;
    }
}

/* Of the mixture. */
struct mixture {
    struct net_weights weights;
    struct net *net;
    uint32_t first_block;
};

static gboolean run_batch(struct question *q, struct mixture *m, struct what_if *w,
                          struct what_if_cache *x, struct kept_batch *b, GError **error)
{
    struct net_sequence *sequences = sequences_of(q->study, x, b);
    struct net_batch batch = {sequences, b->n, NULL, 0};
    double *losses = g_new(double, b->rows);
    gboolean ok = m->first_block == 0 || keep_batch(q, x, b, sequences, error);

    if (ok && b->residuals && m->first_block > 0) {
        batch.first_block = m->first_block;
        batch.residual = b->residuals +
                         (gsize)m->first_block * b->rows * m->weights.spec.hidden;
    }
    ok = ok && net_losses(m->net, &batch, NULL, losses, &q->cancelled, error);
    if (ok)
        count_batch(q->study, w, x, b, sequences, losses);
    g_free(losses);
    g_free(sequences);
    return ok;
}

static struct what_if *what_if_create(const struct question *q)
{
    uint32_t n = q->study->examples->n_categories;
    struct what_if *w = g_new0(struct what_if, 1);
    gsize bytes;
    const struct blend_edit *edits = g_bytes_get_data(q->key, &bytes);

    *w = (struct what_if){.n_categories = n,
                          .examples = g_new0(uint32_t, n),
                          .loss = g_new(double, n),
                          .base = g_new(double, n),
                          .tuned = g_new(double, n),
                          .general = NAN,
                          .general_base = NAN,
                          .general_tuned = NAN};
    for (uint32_t i = 0; i < n; i++)
        w->loss[i] = w->base[i] = w->tuned[i] = NAN;
    blend_copy(&w->blend, &(struct blend){(struct blend_edit *)edits,
                                          (uint32_t)(bytes / sizeof *edits)});
    return w;
}

static gboolean run_all(struct question *q, struct mixture *m, struct what_if *w, GError **error)
{
    struct what_if_cache *x = cache_of(q->study);
    gint64 start = g_get_monotonic_time();

    for (uint32_t i = 0; i < x->n_batches; i++) {
        if (!run_batch(q, m, w, x, &x->batches[i], error))
            return FALSE;
        w->seconds = (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC;
        if (i + 1 < x->n_batches)
            question_publish(q, copy_of(w));
    }
    w->done = true;
    return TRUE;
}

static gboolean is_possible(const struct study *s, GError **error)
{
    const char *why = NULL;

    if (s->sides < 2)
        why = "there is one model: nothing can be put back";
    else if (!s->model[ACTIVITY_TUNED].weights.spec.causal)
        why = "an encoder does not predict the token that follows";
    else if (!s->evaluation || s->evaluation->tokens_done == 0)
        why = "no example has been run yet";
    if (why)
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_INPUT, why);
    return why == NULL;
}

static gpointer answer_what_if(struct question *q, GError **error)
{
    struct mixture m = {0};
    struct what_if *w;
    gboolean ok;

    if (!is_possible(q->study, error) ||
        !net_weights_load(&m.weights, q->attachment, &q->cancelled, error))
        return NULL;
    w = what_if_create(q);
    m.first_block = blend_first_block(&w->blend, m.weights.spec.layers);
    m.net = net_create(&m.weights, q->study->input.comparison->threads, error);
    ok = m.net && run_all(q, &m, w, error);
    net_destroy(m.net);
    net_weights_finish(&m.weights);
    if (ok)
        return w;
    free_what_if(w);
    return NULL;
}

static void free_mixed(gpointer attachment)
{
    checkpoint_destroy(attachment);
}

const struct question_ops question_what_if = {
    .answer = answer_what_if, .free = free_what_if, .free_attachment = free_mixed};

const struct what_if *study_what_if(struct study *s, const struct blend *blend,
                                    const char **error_text)
{
    GBytes *key = g_bytes_new(blend->edits, blend->n * sizeof *blend->edits);
    const struct comparison *c = s->input.comparison;
    struct checkpoint *mixed = NULL;
    gconstpointer answer;

    /* Made here: the places of tensors are this thread's to change. */
    if (c->tuned && !question_is(s, QUESTION_WHAT_IF, key))
        mixed = checkpoint_create(blend_source_create(c, blend));
    answer = question_ask(s, QUESTION_WHAT_IF, key, mixed, error_text);
    g_bytes_unref(key);
    return answer;
}
