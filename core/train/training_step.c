/* One step: the batch, its gradient, whether it may be applied, the update, the record. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/net/backward.h"
#include "core/train/training_internal.h"

#define SMOOTHING 0.98
#define NO_TENSOR UINT32_MAX

static double mean_loss(const struct train_batch *b, const double *losses)
{
    double sum = 0;

    for (uint32_t i = 0; i < b->rows; i++)
        if (b->targets[i] != UINT32_MAX)
            sum += losses[i];
    return sum / b->n_targets;
}

static struct lora_work adapters(const struct training *t)
{
    return (struct lora_work){&t->lora, training_piece(t, 0), t->state.factors, t->kernels, t->team};
}

static gboolean find_gradient(struct training *t, const struct train_batch *b, double *loss,
                              const gint *cancelled, GError **error)
{
    const struct net_goal goal = {b->targets, (float)(1.0 / b->n_targets)};
    const struct lora_work work = adapters(t);
    g_autofree double *losses = g_new(double, b->rows);

    net_weights_clear(&t->wanted);
    if (!net_gradient(t->net, &b->batch, &goal, &t->wanted, losses, cancelled, error))
        return FALSE;
    *loss = mean_loss(b, losses);
    if (t->lora.n > 0)
        lora_gradient(&work);
    return TRUE;
}

/* What a step does to its stretches. */
struct updating {
    struct training *t;
    struct optimizer_step step;
    struct optimizer_sums *sums; /* [cuts] */
};

static void update_cut(void *data, guint item, guint thread)
{
    const struct updating *u = data;
    const struct training_cut *c = &g_array_index(u->t->cuts, struct training_cut, item);
    const struct training_stretch *s = training_stretch(u->t, c->stretch);
    struct optimizer_step step = u->step;
    float *moments[OPTIMIZER_MOMENTS];

    (void)thread;
    step.learning_rate *= s->factor;
    step.weight_decay *= s->decays;
    for (unsigned m = 0; m < OPTIMIZER_MOMENTS; m++)
        moments[m] = s->moments[m] ? s->moments[m] + c->first : NULL;
    u->t->options.optimizer->update[u->t->width](&step, s->w + c->first, s->gradient + c->first,
                                                 moments, c->n, &u->sums[item]);
}

/* The stalest of stretches, and sums by piece. */
static void fold(const struct updating *u, struct optimizer_sums *pieces, struct step_record *r)
{
    const struct training *t = u->t;
    struct optimizer_sums *stretch = g_new0(struct optimizer_sums, t->stretches->len);

    for (guint i = 0; i < t->cuts->len; i++) {
        struct optimizer_sums *s = &stretch[g_array_index(t->cuts, struct training_cut, i).stretch];

        s->update += u->sums[i].update;
        s->weight += u->sums[i].weight;
        s->staleness += u->sums[i].staleness;
    }
    for (guint i = 0; i < t->stretches->len; i++) {
        const struct training_stretch *s = training_stretch(t, i);
        double stale = sqrt(stretch[i].staleness / (double)s->n);

        pieces[s->piece].update += stretch[i].update;
        pieces[s->piece].weight += stretch[i].weight;
        if (t->options.optimizer->moments < 2 || stale <= r->staleness)
            continue;
        r->staleness = stale;
        r->staleness_tensor = training_piece(t, s->piece)->tensor;
    }
    if (r->staleness_tensor == NO_TENSOR)
        r->staleness = NAN;
    g_free(stretch);
}

static void merge(struct training *t, struct optimizer_sums *pieces)
{
    struct optimizer_sums *sums = g_new0(struct optimizer_sums, t->lora.n);
    const struct lora_work work = adapters(t);

    lora_merge(&work, sums);
    for (guint i = 0; i < t->lora.n; i++)
        pieces[t->lora.pairs[i].piece] = sums[i];
    g_free(sums);
}

/* ||dW|| / ||W|| of each block's matrices, and of those outside. */
static double *ratios(const struct training *t, const struct optimizer_sums *pieces)
{
    guint groups = t->base->n_blocks + 1;
    double *update = g_new0(double, groups), *weight = g_new0(double, groups);

    for (guint i = 0; i < t->pieces->len; i++) {
        const struct training_piece *p = training_piece(t, i);

        if (!p->matrix)
            continue;
        update[p->group] += pieces[i].update;
        weight[p->group] += pieces[i].weight > 0 ? pieces[i].weight : t->squares[i];
    }
    for (guint g = 0; g < groups; g++)
        update[g] = weight[g] > 0 ? sqrt(update[g] / weight[g]) : NAN;
    g_free(weight);
    return update;
}

/* A tensor that the update made infinite; NO_TENSOR: none. Sums overflow before weights do. */
static uint32_t overflown(const struct training *t, const struct optimizer_sums *pieces)
{
    for (guint i = 0; i < t->pieces->len; i++) {
        const struct training_piece *p = training_piece(t, i);

        if (!isfinite(pieces[i].update) && !isfinite(training_distance(t, p->weights, NULL, p->n)))
            return p->tensor;
    }
    return NO_TENSOR;
}

static uint32_t apply(struct training *t, struct step_record *r, double **update)
{
    struct updating u = {.t = t,
                         .step = {.step = r->step,
                                  .learning_rate = r->learning_rate,
                                  .weight_decay = r->weight_decay,
                                  .gradient_scale = r->clip,
                                  .numbers = t->options.numbers},
                         .sums = g_new0(struct optimizer_sums, t->cuts->len)};
    struct optimizer_sums *pieces = g_new0(struct optimizer_sums, t->pieces->len);
    uint32_t bad;

    team_run(t->team, t->cuts->len, update_cut, &u);
    fold(&u, pieces, r);
    if (t->lora.n > 0)
        merge(t, pieces);
    *update = ratios(t, pieces);
    bad = overflown(t, pieces);
    g_free(pieces);
    g_free(u.sums);
    return bad;
}

static gboolean stop(struct training *t, struct step_record *r, const char *what, GError **error)
{
    g_autofree char *text =
        g_strdup_printf("step %" G_GUINT64_FORMAT " %s NaN or Inf, first in %s", r->step, what,
                        checkpoint_tensor(t->base, r->nonfinite)->name);

    timeline_add_step(t->timeline, r, NULL);
    training_note(t, EVENT_STOPPED, NAN, text);
    g_set_error_literal(error, TARE_ERROR, TARE_ERROR_DATA, text);
    return FALSE;
}

static void measure(struct training *t, struct step_record *r)
{
    const struct training_options *o = &t->options;

    r->gradient_norm = sqrt(training_gradient_squares(t));
    /* torch.nn.utils.clip_grad_norm_ */
    r->clip = o->clip > 0 ? MIN(1, o->clip / (r->gradient_norm + 1e-6)) : 1;
    r->learning_rate = t->state.learning_rate *
                       schedule_rate(o->schedule, r->step, o->steps, o->warmup, o->final_rate);
    r->weight_decay = t->state.weight_decay;
}

static void smooth(struct training *t, struct step_record *r)
{
    t->state.smoothing = SMOOTHING * t->state.smoothing + (1 - SMOOTHING) * r->loss;
    r->smoothed = t->state.smoothing / (1 - pow(SMOOTHING, (double)r->step));
}

static gboolean step_on(struct training *t, const struct train_batch *b,
                        const struct train_position *next, const gint *cancelled, GError **error)
{
    struct step_record r = {.step = t->state.step + 1,
                            .tokens = b->rows,
                            .targets = b->n_targets,
                            .smoothed = NAN,
                            .tokens_per_second = NAN,
                            .staleness_tensor = NO_TENSOR,
                            .nonfinite = NO_TENSOR};
    gint64 start = g_get_monotonic_time();
    double *update;

    if (!find_gradient(t, b, &r.loss, cancelled, error))
        return FALSE;
    measure(t, &r);
    if (!isfinite(r.loss) || !isfinite(r.gradient_norm)) {
        r.nonfinite = training_find_fault(t, &b->batch, isfinite(r.loss));
        r.staleness = r.clip = NAN;
        return stop(t, &r, "was not taken: its loss or gradient has", error);
    }
    r.nonfinite = apply(t, &r, &update);
    t->state.step = r.step;
    t->state.epoch = next->epoch;
    t->state.position = next->position;
    smooth(t, &r);
    r.tokens_per_second =
        r.tokens / ((double)MAX(g_get_monotonic_time() - start, 1) / G_USEC_PER_SEC);
    if (r.nonfinite == NO_TENSOR)
        timeline_add_step(t->timeline, &r, update);
    g_free(update);
    return r.nonfinite == NO_TENSOR || stop(t, &r, "was too long: what it made has", error);
}

gboolean training_step(struct training *t, const gint *cancelled, GError **error)
{
    struct train_position at = {t->state.epoch, t->state.position};
    struct train_batch b;
    gboolean ok;

    train_data_batch(&t->data, &at, t->options.batch, &b);
    ok = step_on(t, &b, &at, cancelled, error);
    train_batch_finish(&b);
    return ok;
}
