#include "core/train/training_internal.h"

#include <math.h>
#include <string.h>

#include "core/category_cover.h"
#include "core/error.h"

/* Sums over cuts. */

struct summing {
    const struct training *t;
    const float *x, *y;
    uint64_t n;
    double *sums; /* of each item */
};

static double sum_items(struct summing s, guint items,
                        void (*sum)(void *data, guint item, guint thread))
{
    double all = 0;

    s.sums = g_new(double, items + 1);
    team_run(s.t->team, items, sum, &s);
    for (guint i = 0; i < items; i++)
        all += s.sums[i];
    g_free(s.sums);
    return all;
}

static void sum_cut(void *data, guint item, guint thread)
{
    const struct summing *s = data;
    uint64_t first = item * TRAINING_CUT;
    size_t n = (size_t)MIN(TRAINING_CUT, s->n - first);

    (void)thread;
    s->sums[item] = s->y ? s->t->kernels->distance(s->x + first, s->y + first, n)
                         : s->t->kernels->squares(s->x + first, n);
}

double training_distance(const struct training *t, const float *x, const float *y, uint64_t n)
{
    return sum_items((struct summing){.t = t, .x = x, .y = y, .n = n},
                     (guint)((n + TRAINING_CUT - 1) / TRAINING_CUT), sum_cut);
}

static void gradient_cut(void *data, guint item, guint thread)
{
    const struct summing *s = data;
    const struct training_cut *c = &g_array_index(s->t->cuts, struct training_cut, item);

    (void)thread;
    s->sums[item] =
        s->t->kernels->squares(training_stretch(s->t, c->stretch)->gradient + c->first, c->n);
}

double training_gradient_squares(const struct training *t)
{
    return sum_items((struct summing){.t = t}, t->cuts->len, gradient_cut);
}

/* Making it. */

static void own_options(struct training *t, const struct training_options *o)
{
    struct tensor_factor *factors = g_new0(struct tensor_factor, o->n_factors + 1);

    t->options = *o;
    for (guint i = 0; i < o->n_factors; i++)
        factors[i] = (struct tensor_factor){g_strdup(o->factors[i].pattern), o->factors[i].factor};
    t->options.factors = factors;
    t->options.lora = g_strdup(o->lora);
    t->options.uncovered =
        o->uncovered ? g_memdup2(o->uncovered, t->examples->n_categories * sizeof(bool)) : NULL;
    t->state = (struct training_state){
        .random = o->seed, .learning_rate = o->learning_rate, .weight_decay = o->weight_decay};
}

static gboolean check_encoder(const struct training *t, const struct net_weights *w, GError **error)
{
    const char *lacks = !w->head.values ? "it has no head that tells tokens"
                        : t->masking.mask == TOKEN_NONE
                            ? "there is no tokenizer with a mask: name one"
                            : NULL;

    if (!lacks)
        return TRUE;
    g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                "%s: an encoder, which learns tokens that are hidden by a mask; %s",
                t->base->source->path, lacks);
    return FALSE;
}

static gboolean load_weights(struct training *t, const gint *cancelled, GError **error)
{
    struct net_weights *w = &t->state.weights;

    if (!net_weights_load(w, t->base, cancelled, error))
        return FALSE;
    masking_init(&t->masking, w->spec.causal ? NULL : t->options.tokenizer, w->spec.vocabulary);
    if (!w->spec.causal && !check_encoder(t, w, error))
        return FALSE;
    return net_weights_widen(w, error) && net_weights_like(&t->gradient, w, error);
}

/* Of full fine-tuning: the pieces themselves. */
static gboolean stretch_pieces(struct training *t, GError **error)
{
    unsigned moments = t->options.optimizer->moments;

    for (unsigned m = 0; m < moments; m++)
        if (!net_weights_like(&t->state.moments[m], &t->state.weights, error))
            return FALSE;
    for (guint i = 0; i < t->pieces->len; i++) {
        const struct training_piece *p = training_piece(t, i);
        struct training_stretch s = {i,    p->weights, p->gradient, {NULL},
                                     p->n, p->factor,  p->decays};

        if (p->factor == 0)
            continue;
        for (unsigned m = 0; m < moments; m++)
            training_values(t->base, &t->state.moments[m], p->tensor, &s.moments[m], &s.n,
                            &(uint64_t){0});
        g_array_append_val(t->stretches, s);
    }
    if (t->stretches->len > 0)
        return TRUE;
    g_set_error_literal(error, TARE_ERROR, TARE_ERROR_USAGE,
                        "every tensor is frozen: nothing is left to train");
    return FALSE;
}

static void stretch_factor(struct training *t, const struct lora_pair *p, uint64_t first,
                           uint64_t n)
{
    struct training_stretch s = {.piece = p->piece,
                                 .w = t->state.factors + first,
                                 .gradient = t->lora.gradient + first,
                                 .n = n,
                                 .factor = training_piece(t, p->piece)->factor,
                                 .decays = true};

    for (unsigned m = 0; m < t->options.optimizer->moments; m++)
        s.moments[m] = t->state.factor_moments[m] + first;
    g_array_append_val(t->stretches, s);
}

static gboolean stretch_factors(struct training *t, GError **error)
{
    struct training_state *s = &t->state;

    if (!lora_init(&t->lora, t->base, t->pieces, &t->options, error))
        return FALSE;
    s->n_factors = t->lora.n_factors;
    s->factors = g_new0(float, s->n_factors);
    for (unsigned m = 0; m < t->options.optimizer->moments; m++)
        s->factor_moments[m] = g_new0(float, s->n_factors);
    lora_start(&t->lora, s->factors, &s->random);
    for (guint i = 0; i < t->lora.n; i++) {
        const struct lora_pair *p = &t->lora.pairs[i];

        stretch_factor(t, p, p->a, p->b - p->a);
        stretch_factor(t, p, p->b, (uint64_t)t->lora.rank * p->rows);
    }
    return TRUE;
}

static bool is_trained(const struct training *t, guint piece)
{
    for (guint i = 0; i < t->stretches->len; i++)
        if (training_stretch(t, i)->piece == piece)
            return true;
    return false;
}

/* Whether a trained piece stands in this array of the gradient. */
static bool is_wanted(const void *data, const float *values, uint64_t n)
{
    const struct training *t = data;

    for (guint i = 0; i < t->stretches->len; i++) {
        const struct training_piece *p = training_piece(t, training_stretch(t, i)->piece);

        if (p->gradient < values + n && values < p->gradient + p->n)
            return true;
    }
    return false;
}

static gboolean choose_parameters(struct training *t, GError **error)
{
    t->pieces = training_pieces(t->base, &t->options, &t->state.weights, &t->gradient, error);
    if (!t->pieces)
        return FALSE;
    if (!(t->options.lora ? stretch_factors(t, error) : stretch_pieces(t, error)))
        return FALSE;
    net_weights_some(&t->wanted, &t->gradient, is_wanted, t);
    t->cuts =
        training_cuts((struct training_stretch *)(void *)t->stretches->data, t->stretches->len);
    t->squares = g_new0(double, t->pieces->len);
    for (guint i = 0; i < t->pieces->len; i++) {
        struct training_piece *p = training_piece(t, i);
        bool trained = is_trained(t, i);
        const struct training_parameter row = {p->tensor, trained ? p->factor : 0,
                                               p->decays && trained, p->n};

        g_array_append_val(t->table, row);
        if (!trained)
            t->squares[i] = training_distance(t, p->weights, NULL, p->n);
    }
    return TRUE;
}

static void create_timeline(struct training *t)
{
    const struct examples *e = t->examples;
    g_autofree struct category_loss *cover = g_new0(struct category_loss, e->n_categories + 1);
    g_autofree bool *uncovered = g_new0(bool, e->n_categories + 1);

    category_cover(e, t->options.uncovered, cover);
    for (uint32_t i = 0; i < e->n_categories; i++)
        uncovered[i] = cover[i].cover == COVER_UNCOVERED;
    t->timeline = timeline_create(t->base->n_blocks, (const char *const *)e->categories, uncovered,
                                  e->n_categories);
    timeline_add_event(t->timeline, EVENT_STARTED, 0, NAN, t->base->source->path);
}

static gboolean create(struct training *t, const gint *cancelled, GError **error)
{
    const char *cpu = g_getenv("TARE_CPU");

    if (!load_weights(t, cancelled, error))
        return FALSE;
    t->net = net_create(&t->state.weights, t->options.threads, error);
    if (!t->net)
        return FALSE;
    cpu = cpu && *cpu ? cpu : NULL;
    cpu_choose(cpu, &t->width);
    t->kernels = train_kernels_choose(cpu);
    t->team = team_create(t->options.threads);
    if (!train_data_init(&t->data, t->examples, &t->state.weights.spec, &t->masking,
                         t->options.longest, t->options.seed, error) ||
        !choose_parameters(t, error))
        return FALSE;
    create_timeline(t);
    return TRUE;
}

struct training *training_create(const struct checkpoint *base, const struct examples *examples,
                                 const struct training_options *o, const gint *cancelled,
                                 GError **error)
{
    struct training *t;

    if (!training_options_check(o, error))
        return NULL;
    t = g_new0(struct training, 1);
    t->base = base;
    t->examples = examples;
    t->stretches = g_array_new(FALSE, FALSE, sizeof(struct training_stretch));
    t->table = g_array_new(FALSE, FALSE, sizeof(struct training_parameter));
    t->names = g_string_chunk_new(256);
    own_options(t, o);
    if (create(t, cancelled, error))
        return t;
    training_destroy(t);
    return NULL;
}

void training_destroy(struct training *t)
{
    if (!t)
        return;
    net_destroy(t->net);
    if (t->team)
        team_destroy(t->team);
    training_state_finish(&t->state);
    net_weights_finish(&t->gradient);
    g_free(t->wanted.blocks);
    lora_finish(&t->lora);
    train_data_finish(&t->data);
    timeline_destroy(t->timeline);
    g_clear_pointer(&t->pieces, g_array_unref);
    g_clear_pointer(&t->cuts, g_array_unref);
    g_array_unref(t->stretches);
    g_array_unref(t->table);
    g_free(t->squares);
    g_free(t->base_nll);
    for (guint i = 0; i < t->options.n_factors; i++)
        g_free((char *)(gsize)t->options.factors[i].pattern);
    g_free((struct tensor_factor *)(gsize)t->options.factors);
    g_free((char *)(gsize)t->options.lora);
    g_free((bool *)(gsize)t->options.uncovered);
    g_string_chunk_free(t->names);
    g_free(t);
}

const struct timeline *training_timeline(const struct training *t)
{
    return t->timeline;
}

void training_set_timeline(struct training *t, struct timeline *timeline)
{
    timeline_destroy(t->timeline);
    t->timeline = timeline;
}

void training_note(struct training *t, enum event_kind kind, double value, const char *text)
{
    timeline_add_event(t->timeline, kind, t->state.step, value, text);
}

const struct training_options *training_options(const struct training *t)
{
    return &t->options;
}

void training_set_learning_rate(struct training *t, double rate)
{
    t->state.learning_rate = rate;
    training_note(t, EVENT_LEARNING_RATE, rate, NULL);
}

void training_set_weight_decay(struct training *t, double decay)
{
    t->state.weight_decay = decay;
    training_note(t, EVENT_WEIGHT_DECAY, decay, NULL);
}

void training_data(const struct training *t, struct training_data *out)
{
    const struct train_data *d = &t->data;

    *out = (struct training_data){d->n, d->cut, d->longest, d->skipped};
}

const struct training_parameter *training_parameters(const struct training *t, guint *n)
{
    *n = t->table->len;
    return (const struct training_parameter *)(const void *)t->table->data;
}
