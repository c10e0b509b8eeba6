#include "core/behaviour.h"

/* What is heard of, and told on. */
struct pass {
    const struct behaviour_run *run;
    struct probing probing;
};

static void begin_batch(void *data, const struct net_batch *b, const uint32_t *examples)
{
    struct pass *p = data;

    probing_batch(&p->probing, b, examples);
}

static void progress(void *data, const struct evaluation *e)
{
    const struct pass *p = data;

    if (p->run->progress)
        p->run->progress(p->run->data, e);
}

/* Takes the activity out of the pass. */
static void run_all(struct behaviour *b, struct pass *p, GError **error)
{
    const struct evaluation_hooks hooks = {begin_batch, progress, p};
    struct evaluation_model models[EVALUATION_SIDES];

    probing_models(&p->probing, models);
    b->evaluation = evaluation_create(b->examples, models, p->run->nets[1] ? 2 : 1);
    b->evaluation->rows = PROBING_ROWS;
    evaluation_run(b->evaluation, models, &hooks, p->run->cancelled, error);
    b->shift = probing_predictions(&p->probing);
    b->activity = g_steal_pointer(&p->probing.activity);
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
    struct pass p = {.run = run};

    b->examples = e;
    probing_init(&p.probing, run->nets, e, run->threads);
    run_all(b, &p, error);
    probing_finish(&p.probing);
    describe(b, run->uncovered);
    return b;
}

struct behaviour *behaviour_so_far(const struct evaluation *e, const struct probing *p,
                                   const bool *uncovered)
{
    struct behaviour *b = g_new0(struct behaviour, 1);

    b->examples = (struct examples *)e->examples;
    b->borrows = true;
    b->evaluation = evaluation_copy(e);
    b->shift = probing_predictions(p);
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
    activity_destroy(b->activity);
    g_free(b->association);
    g_array_free(b->pairs, TRUE);
    category_losses_finish(&b->losses);
    evaluation_destroy(b->evaluation);
    coverage_table_finish(&b->coverage);
    if (!b->borrows)
        examples_destroy(b->examples);
    g_free(b);
}
