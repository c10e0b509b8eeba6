#include "core/probing.h"

#include <math.h>

static const struct net_spec *spec_of(const struct probing *p, unsigned side)
{
    return &net_weights(p->nets[side])->spec;
}

/* Owned by the caller; NULL: the two can be compared. */
static char *unlike(const struct net_spec *a, const struct net_spec *b)
{
    if (a->layers == b->layers && a->hidden == b->hidden && a->heads == b->heads &&
        a->head_dim == b->head_dim && a->intermediate == b->intermediate && a->causal == b->causal)
        return NULL;
    return g_strdup_printf(
        "activations of two shapes can't be compared: %u and %u blocks, %u and %u channels, "
        "%u and %u heads, %u and %u MLP units",
        a->layers, b->layers, a->hidden, b->hidden, a->heads, b->heads, a->intermediate,
        b->intermediate);
}

/* Two vocabularies of unlike size have no common predictions. */
static bool same_predictions(const struct probing *p)
{
    return p->nets[1] && net_weights(p->nets[0])->head.values &&
           net_weights(p->nets[1])->head.values &&
           spec_of(p, 0)->vocabulary == spec_of(p, 1)->vocabulary;
}

static void open_activity(struct probing *p, guint threads)
{
    const struct activity_options options = {
        .categories = (const char *const *)p->examples->categories,
        .n_categories = p->examples->n_categories,
        .pair = p->nets[1] != NULL,
        .first_apart = true,
        .attention = true,
        .output = same_predictions(p),
        .threads = threads,
    };
    GError *why = NULL;

    p->why = p->nets[1] ? unlike(spec_of(p, 0), spec_of(p, 1)) : NULL;
    if (p->why || !p->examples->n_categories)
        return;
    p->activity = activity_create(spec_of(p, 0), &options, &why);
    if (why)
        p->why = g_strdup(why->message);
    g_clear_error(&why);
}

void probing_init(struct probing *p, struct net *const nets[ACTIVITY_SIDES],
                  const struct examples *e, guint threads)
{
    *p = (struct probing){.nets = {nets[0], nets[1]}, .examples = e};
    output_shift_init(&p->shift);
    open_activity(p, threads);
}

void probing_finish(struct probing *p)
{
    output_shift_finish(&p->shift);
    activity_destroy(p->activity);
    g_free(p->why);
}

static void on_seen(void *data, const struct net_seen *seen)
{
    const struct probing_side *s = data;

    for (unsigned i = 0; i < s->n_looks; i++)
        if (s->looks[i].wants & 1u << seen->site)
            s->looks[i].seen(s->looks[i].data, seen);
}

static gboolean run(void *data, const struct net_batch *b, double *losses, const gint *cancelled,
                    GError **error)
{
    struct probing_side *s = data;
    struct net_probe probe = {0, on_seen, s};
    struct net *net = s->of->nets[s->side];
    uint32_t rows;

    for (unsigned i = 0; i < s->n_looks; i++)
        probe.wants |= s->looks[i].wants;
    if (spec_of(s->of, s->side)->causal)
        return net_losses(net, b, &probe, losses, cancelled, error);
    rows = net_batch_rows(b); /* an encoder predicts no next token */
    for (uint32_t i = 0; i < rows; i++)
        losses[i] = NAN;
    return net_forward(net, b, &probe, cancelled, error);
}

void probing_models(struct probing *p, struct evaluation_model models[ACTIVITY_SIDES])
{
    for (unsigned i = 0; i < ACTIVITY_SIDES && p->nets[i]; i++) {
        p->sides[i] = (struct probing_side){.of = p, .side = i};
        models[i] = (struct evaluation_model){run, &p->sides[i], spec_of(p, i)->vocabulary,
                                              spec_of(p, i)->positions};
    }
}

static bool fits(const struct probing *p, const struct net_batch *b)
{
    uint32_t longest = 0;

    for (uint32_t i = 0; i < b->n; i++)
        longest = MAX(longest, b->sequences[i].n);
    return activity_batch_bytes(p->activity, net_batch_rows(b), longest) <= PROBING_BYTES;
}

static void announce(struct probing *p, const struct net_batch *b, const uint32_t *examples)
{
    struct activity_sequence *of = g_new(struct activity_sequence, b->n);

    for (uint32_t i = 0; i < b->n; i++)
        of[i] = (struct activity_sequence){.example = examples[i],
                                           .category = p->examples->examples[examples[i]].category,
                                           .n = b->sequences[i].n};
    activity_batch(p->activity, of, b->n);
    g_free(of);
}

void probing_batch(void *data, const struct net_batch *b, const uint32_t *examples)
{
    struct probing *p = data;
    bool looks = p->activity && fits(p, b);
    bool general = p->examples->examples[examples[0]].split == SPLIT_GENERAL;

    if (looks)
        announce(p, b, examples);
    output_shift_batch(&p->shift);
    for (unsigned i = 0; i < ACTIVITY_SIDES && p->nets[i]; i++) {
        struct probing_side *s = &p->sides[i];

        s->n_looks = 0;
        if (looks)
            s->looks[s->n_looks++] = activity_probe(p->activity, (enum activity_side)i);
        if (general && same_predictions(p))
            s->looks[s->n_looks++] = output_shift_probe(&p->shift, i == ACTIVITY_TUNED);
    }
}

struct predictions_shift probing_predictions(const struct probing *p)
{
    uint64_t tokens = p->shift.divergences->len;

    return (struct predictions_shift){.tokens = tokens,
                                      .median = output_shift_median(&p->shift),
                                      .mean = output_shift_mean(&p->shift),
                                      .agreement =
                                          tokens ? (double)p->shift.agreed / (double)tokens : NAN};
}
