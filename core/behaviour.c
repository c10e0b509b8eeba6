#include "core/behaviour.h"

#include <math.h>
#include "core/output_shift.h"

/* Both nets, and what is compared of their predictions on general text. */
struct pass {
    const struct behaviour_run *run;
    const struct examples *examples;
    struct output_shift shift;
    bool watch; /* the batch under way is general text */
};

struct side {
    struct pass *pass;
    unsigned which;
};

static gboolean losses(void *data, const struct net_batch *b, double *out, const gint *cancelled,
                       GError **error)
{
    struct side *s = data;
    struct net_probe probe = output_shift_probe(&s->pass->shift, s->which == EVALUATION_TUNED);

    return net_losses(s->pass->run->nets[s->which], b, s->pass->watch ? &probe : NULL, out,
                      cancelled, error);
}

/* Two vocabularies of unlike size have no common predictions. */
static bool comparable(const struct pass *p)
{
    struct net *const *nets = p->run->nets;

    return nets[1] &&
           net_weights(nets[0])->spec.vocabulary == net_weights(nets[1])->spec.vocabulary;
}

static void begin_batch(void *data, const struct net_batch *b, const uint32_t *examples)
{
    struct pass *p = data;

    (void)b;
    p->watch = p->examples->examples[examples[0]].split == SPLIT_GENERAL && comparable(p);
    output_shift_batch(&p->shift);
}

static void progress(void *data, const struct evaluation *e)
{
    const struct pass *p = data;

    if (p->run->progress)
        p->run->progress(p->run->data, e);
}

static struct evaluation *evaluate(struct pass *p, struct predictions_shift *shift, GError **error)
{
    const struct evaluation_hooks hooks = {begin_batch, progress, p};
    struct side sides[EVALUATION_SIDES] = {{p, 0}, {p, 1}};
    struct evaluation_model models[EVALUATION_SIDES];
    unsigned n = p->run->nets[1] ? 2 : 1;
    struct evaluation *e;

    for (unsigned s = 0; s < n; s++) {
        const struct net_spec *spec = &net_weights(p->run->nets[s])->spec;

        models[s] = (struct evaluation_model){losses, &sides[s], spec->vocabulary, spec->positions};
    }
    output_shift_init(&p->shift);
    e = evaluation_create(p->examples, models, n);
    evaluation_run(e, models, &hooks, p->run->cancelled, error);
    *shift = (struct predictions_shift){.tokens = p->shift.divergences->len,
                                        .median = output_shift_median(&p->shift),
                                        .mean = output_shift_mean(&p->shift)};
    shift->agreement = shift->tokens ? (double)p->shift.agreed / (double)shift->tokens : NAN;
    output_shift_finish(&p->shift);
    return e;
}

/* What follows from the losses. */
static void describe(struct behaviour *b, const bool *uncovered)
{
    b->sides = b->evaluation->sides;
    coverage_table_of(b->examples, &b->coverage);
    category_losses_of(b->evaluation, uncovered, &b->losses);
    b->pairs = pair_bias_of(b->evaluation, &b->odd_pairs);
}

struct behaviour *behaviour_create(struct examples *e, const struct behaviour_run *run,
                                   GError **error)
{
    struct behaviour *b = g_new0(struct behaviour, 1);
    struct pass p = {.run = run, .examples = e};

    b->examples = e;
    b->evaluation = evaluate(&p, &b->shift, error);
    describe(b, run->uncovered);
    return b;
}

struct behaviour *behaviour_so_far(const struct evaluation *e, const bool *uncovered)
{
    struct behaviour *b = g_new0(struct behaviour, 1);

    b->examples = (struct examples *)e->examples;
    b->borrows = true;
    b->evaluation = evaluation_copy(e);
    b->shift = (struct predictions_shift){.median = NAN, .mean = NAN, .agreement = NAN};
    describe(b, uncovered);
    return b;
}

void behaviour_destroy(struct behaviour *b)
{
    if (!b)
        return;
    if (b->generations)
        generations_finish(b->generations);
    g_free(b->generations);
    g_free(b->association);
    g_array_free(b->pairs, TRUE);
    category_losses_finish(&b->losses);
    evaluation_destroy(b->evaluation);
    coverage_table_finish(&b->coverage);
    if (!b->borrows)
        examples_destroy(b->examples);
    g_free(b);
}
