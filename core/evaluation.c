#include "core/evaluation.h"

#include <math.h>
#include "core/error.h"
#include "core/random.h"

uint32_t example_first_target(const struct example *x)
{
    return MAX(x->n_prompt, 1);
}

/* Owned by the caller; NULL: the model can run it. */
static char *refuse(const struct example *x, const struct evaluation_model *m)
{
    uint32_t positions = m->positions ? m->positions : EVALUATION_POSITIONS;

    if (!x->ids)
        return g_strdup("it has no token ids");
    if (x->n_ids <= example_first_target(x))
        return g_strdup("no token of it is predicted");
    if (x->n_ids > positions)
        return g_strdup_printf("%u tokens, the model takes %u", x->n_ids, positions);
    for (uint32_t i = 0; i < x->n_ids; i++)
        if (x->ids[i] >= m->vocabulary)
            return g_strdup_printf("token id %u, the model's vocabulary has %u", x->ids[i],
                                   m->vocabulary);
    return NULL;
}

struct evaluation *evaluation_create(const struct examples *e,
                                     const struct evaluation_model *models, unsigned sides)
{
    struct evaluation *v = g_new0(struct evaluation, 1);

    v->examples = e;
    v->sides = sides;
    v->rows = EVALUATION_ROWS;
    v->results = g_new0(struct evaluated, e->n);
    for (uint32_t i = 0; i < e->n; i++) {
        const struct example *x = &e->examples[i];
        struct evaluated *r = &v->results[i];

        r->nll[EVALUATION_BASE] = r->nll[EVALUATION_TUNED] = NAN;
        if (x->split == SPLIT_TRAIN)
            continue;
        for (unsigned s = 0; s < sides && !r->skipped; s++)
            r->skipped = refuse(x, &models[s]);
        if (r->skipped)
            continue;
        r->tokens = x->n_ids - example_first_target(x);
        v->tokens_total += x->n_ids;
    }
    return v;
}

void evaluation_destroy(struct evaluation *e)
{
    if (!e)
        return;
    for (uint32_t i = 0; i < e->examples->n; i++)
        g_free(e->results[i].skipped);
    g_free(e->results);
    g_free(e);
}

struct evaluation *evaluation_copy(const struct evaluation *e)
{
    struct evaluation *copy = g_memdup2(e, sizeof *e);

    copy->results = g_memdup2(e->results, e->examples->n * sizeof *e->results);
    for (uint32_t i = 0; i < e->examples->n; i++)
        copy->results[i].skipped = g_strdup(e->results[i].skipped);
    return copy;
}

bool evaluation_has(const struct evaluation *e, uint32_t example)
{
    const struct evaluated *r = &e->results[example];

    for (unsigned s = 0; s < e->sides; s++)
        if (isnan(r->nll[s]))
            return false;
    return e->sides > 0;
}

/* Examples of a split that are still to be run, shuffled. */
static GArray *order_of(const struct evaluation *e, enum split split)
{
    GArray *order = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    uint32_t *at;
    uint64_t state = 1;

    for (uint32_t i = 0; i < e->examples->n; i++)
        if (e->examples->examples[i].split == split && e->results[i].tokens &&
            !evaluation_has(e, i))
            g_array_append_val(order, i);
    at = (uint32_t *)order->data;
    for (uint32_t i = order->len; i > 1; i--) {
        uint32_t k = random_below(&state, i), picked = at[k];

        at[k] = at[i - 1];
        at[i - 1] = picked;
    }
    return order;
}

/* How many of the next examples make a batch. */
static uint32_t take(const struct evaluation *e, const uint32_t *order, uint32_t n)
{
    uint32_t rows = 0, k = 0;

    while (k < n && (k == 0 || rows + e->examples->examples[order[k]].n_ids <= e->rows))
        rows += e->examples->examples[order[k++]].n_ids;
    return k;
}

static void keep(struct evaluation *e, enum evaluation_side side, const struct net_batch *b,
                 const uint32_t *order, const double *losses)
{
    uint32_t row = 0;

    for (uint32_t i = 0; i < b->n; i++) {
        const struct net_sequence *s = &b->sequences[i];
        double sum = 0;

        for (uint32_t k = s->first_logit; k + 1 < s->n; k++)
            sum += losses[row + k];
        e->results[order[i]].nll[side] = sum / (s->n - 1 - s->first_logit);
        row += s->n;
    }
}

/* What every batch needs. */
struct running {
    struct evaluation *e;
    const struct evaluation_model *models;
    const struct evaluation_hooks *hooks;
    const gint *cancelled;
};

static gboolean run_batch(const struct running *r, const uint32_t *order, uint32_t n,
                          GError **error)
{
    struct net_sequence *sequences = g_new(struct net_sequence, n);
    struct net_batch b = {.sequences = sequences, .n = n};
    double *losses;
    gboolean ok = TRUE;
    uint32_t rows = 0;

    for (uint32_t i = 0; i < n; i++) {
        const struct example *x = &r->e->examples->examples[order[i]];

        sequences[i] = (struct net_sequence){x->ids, x->n_ids, example_first_target(x) - 1};
        rows += x->n_ids;
    }
    losses = g_new(double, rows);
    if (r->hooks && r->hooks->batch)
        r->hooks->batch(r->hooks->data, &b, order);
    for (unsigned s = 0; s < r->e->sides && ok; s++) {
        ok = r->models[s].losses(r->models[s].data, &b, losses, r->cancelled, error);
        if (ok)
            keep(r->e, (enum evaluation_side)s, &b, order, losses);
    }
    r->e->tokens_done += ok ? rows : 0;
    g_free(losses);
    g_free(sequences);
    return ok;
}

static gboolean run_split(const struct running *r, enum split split, GError **error)
{
    GArray *order = order_of(r->e, split);
    const uint32_t *at = (const uint32_t *)order->data;
    gboolean ok = TRUE;

    for (uint32_t i = 0, n; i < order->len && ok; i += n) {
        n = take(r->e, at + i, order->len - i);
        if (r->cancelled && g_atomic_int_get(r->cancelled)) {
            g_set_error_literal(error, TARE_ERROR, TARE_ERROR_CANCELLED, "the run was stopped");
            ok = FALSE;
        } else {
            ok = run_batch(r, at + i, n, error);
        }
        if (r->hooks && r->hooks->progress)
            r->hooks->progress(r->hooks->data, r->e);
    }
    g_array_free(order, TRUE);
    return ok;
}

gboolean evaluation_run(struct evaluation *e, const struct evaluation_model *models,
                        const struct evaluation_hooks *hooks, const gint *cancelled, GError **error)
{
    const struct running r = {e, models, hooks, cancelled};
    GError *why = NULL;
    gboolean ok = run_split(&r, SPLIT_TEST, &why) && run_split(&r, SPLIT_GENERAL, &why);

    e->cancelled = !ok && g_error_matches(why, TARE_ERROR, TARE_ERROR_CANCELLED);
    if (why)
        g_propagate_error(error, why);
    return ok;
}
