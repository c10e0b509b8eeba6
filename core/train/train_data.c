#include "core/train/train_data.h"

#include "core/evaluation.h"
#include "core/random.h"

#define NO_TARGET UINT32_MAX

static uint32_t length_of(const struct train_data *d, const struct example *x)
{
    return MIN(x->n_ids, d->longest);
}

/* That could be hidden. */
static bool has_words(const struct train_data *d, const struct example *x, uint32_t n)
{
    g_autofree uint32_t *some = g_new(uint32_t, 2 * (gsize)n);

    return masking_apply(&d->masking, x->ids, n, x->n_prompt, true, 0, some, some + n) > 0;
}

static bool is_usable(const struct train_data *d, const struct example *x, uint32_t vocabulary)
{
    uint32_t n = length_of(d, x);

    if (!x->ids || n <= example_first_target(x))
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (x->ids[i] >= vocabulary)
            return false;
    return d->masking.mask == TOKEN_NONE || has_words(d, x, n);
}

gboolean train_data_init(struct train_data *d, const struct examples *e,
                         const struct net_spec *spec, const struct masking *masking,
                         uint32_t longest, uint64_t seed, GError **error)
{
    uint32_t most = spec->positions ? spec->positions : EVALUATION_POSITIONS;

    *d = (struct train_data){.examples = e,
                             .seed = seed,
                             .longest = longest ? MIN(longest, most) : most,
                             .usable = g_new(uint32_t, e->n + 1),
                             .masking.mask = TOKEN_NONE,
                             .epoch = UINT64_MAX};
    if (masking)
        d->masking = *masking;
    for (uint32_t i = 0; i < e->n; i++) {
        const struct example *x = &e->examples[i];

        if (x->split != SPLIT_TRAIN)
            continue;
        if (!is_usable(d, x, spec->vocabulary)) {
            d->skipped++;
            continue;
        }
        d->cut += x->n_ids > d->longest;
        d->usable[d->n++] = i;
    }
    d->order = g_new(uint32_t, d->n + 1);
    if (d->n > 0)
        return TRUE;
    g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                "%s: nothing to learn from: %u examples have split train, and none of them a token "
                "to predict that the model knows",
                e->path, d->skipped);
    train_data_finish(d);
    return FALSE;
}

void train_data_finish(struct train_data *d)
{
    g_free(d->usable);
    g_free(d->order);
    *d = (struct train_data){0};
}

static void shuffle(struct train_data *d, uint64_t epoch)
{
    uint64_t state = d->seed;

    state = random_next(&state) + epoch;
    for (uint32_t i = 0; i < d->n; i++)
        d->order[i] = d->usable[i];
    for (uint32_t i = d->n; i > 1; i--) {
        uint32_t k = random_below(&state, i), picked = d->order[k];

        d->order[k] = d->order[i - 1];
        d->order[i - 1] = picked;
    }
    d->epoch = epoch;
}

static const struct example *next_example(struct train_data *d, struct train_position *at)
{
    if (at->position >= d->n) {
        at->epoch++;
        at->position = 0;
    }
    if (d->epoch != at->epoch)
        shuffle(d, at->epoch);
    return &d->examples->examples[d->order[at->position++]];
}

/* The rows of one sequence: each predicts the token behind it, from the first target on. */
static uint32_t next_targets(const struct train_data *d, const struct example *x, uint32_t *targets)
{
    uint32_t n = length_of(d, x), first = example_first_target(x);

    for (uint32_t i = 0; i < n; i++)
        targets[i] = i + 1 >= first && i + 1 < n ? x->ids[i + 1] : NO_TARGET;
    return n - first;
}

/* An encoder's, hidden anew in every epoch. */
static uint32_t hidden_targets(const struct train_data *d, const struct example *x,
                               const struct train_position *at, uint32_t *hidden, uint32_t *targets)
{
    uint64_t random = d->seed ^ UINT64_C(0x6d61736b);

    random = random_next(&random) + at->epoch;
    random = random_next(&random) + (uint64_t)(x - d->examples->examples);
    return masking_apply(&d->masking, x->ids, length_of(d, x), x->n_prompt, false,
                         random_next(&random), hidden, targets);
}

/* Appends a sequence. */
static void add_example(const struct train_data *d, const struct example *x,
                        const struct train_position *at, struct train_batch *b)
{
    uint32_t n = length_of(d, x), *targets = b->targets + b->rows;
    struct net_sequence *s = &b->sequences[b->batch.n++];

    *s = (struct net_sequence){x->ids, n, 0};
    if (b->hidden) {
        s->ids = b->hidden + b->rows;
        b->n_targets += hidden_targets(d, x, at, b->hidden + b->rows, targets);
    } else {
        b->n_targets += next_targets(d, x, targets);
    }
    b->rows += n;
}

void train_data_batch(struct train_data *d, struct train_position *at, uint32_t n,
                      struct train_batch *out)
{
    const struct example **chosen = g_new(const struct example *, n);
    struct train_position *from = g_new(struct train_position, n);
    uint64_t rows = 0;

    for (uint32_t i = 0; i < n; i++) {
        chosen[i] = next_example(d, at);
        from[i] = *at;
        rows += length_of(d, chosen[i]);
    }
    *out = (struct train_batch){.sequences = g_new(struct net_sequence, n),
                                .targets = g_new(uint32_t, rows)};
    if (d->masking.mask != TOKEN_NONE)
        out->hidden = g_new(uint32_t, rows);
    out->batch.sequences = out->sequences;
    for (uint32_t i = 0; i < n; i++)
        add_example(d, chosen[i], &from[i], out);
    g_free(chosen);
    g_free(from);
}

void train_batch_finish(struct train_batch *b)
{
    g_free(b->sequences);
    g_free(b->hidden);
    g_free(b->targets);
    *b = (struct train_batch){0};
}
