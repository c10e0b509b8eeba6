#include "core/activity_run.h"

#include "core/random.h"

#define SEED 1
/* The longest sequence of a model that names no limit. */
#define MOST_POSITIONS 32768u

static bool fits(const struct example *x, const struct net_spec *s)
{
    uint32_t positions = s->positions ? s->positions : MOST_POSITIONS;

    if (!x->ids || x->n_ids == 0 || x->n_ids > positions)
        return false;
    for (uint32_t i = 0; i < x->n_ids; i++)
        if (x->ids[i] >= s->vocabulary)
            return false;
    return true;
}

/* Test examples that every net takes, shuffled (Fisher and Yates). */
static GArray *order_of(const struct activity_run *r, uint32_t *skipped, uint64_t *tokens)
{
    GArray *order = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    uint64_t seed = SEED;
    uint32_t *at;

    *skipped = 0;
    *tokens = 0;
    for (uint32_t i = 0; i < r->examples->n; i++) {
        const struct example *x = &r->examples->examples[i];
        bool taken = true;

        if (x->split != SPLIT_TEST)
            continue;
        for (int side = 0; side < ACTIVITY_SIDES && r->nets[side]; side++)
            taken = taken && fits(x, &net_weights(r->nets[side])->spec);
        if (taken) {
            g_array_append_val(order, i);
            *tokens += x->n_ids;
        }
        *skipped += !taken;
    }
    at = (uint32_t *)(void *)order->data;
    for (uint32_t i = order->len; i > 1; i--) {
        uint32_t k = random_below(&seed, i), picked = at[k];

        at[k] = at[i - 1];
        at[i - 1] = picked;
    }
    return order;
}

static gboolean check_pair(const struct net_spec *a, const struct net_spec *b, GError **error)
{
    if (a->layers == b->layers && a->hidden == b->hidden && a->heads == b->heads &&
        a->head_dim == b->head_dim && a->intermediate == b->intermediate)
        return TRUE;
    g_set_error(
        error, TARE_ERROR, TARE_ERROR_INPUT,
        "activations of two shapes can't be compared: %u and %u blocks, %u and %u channels, "
        "%u and %u heads, %u and %u MLP units",
        a->layers, b->layers, a->hidden, b->hidden, a->heads, b->heads, a->intermediate,
        b->intermediate);
    return FALSE;
}

static struct activity *create(const struct activity_run *r, GError **error)
{
    const struct net_spec *base = &net_weights(r->nets[ACTIVITY_BASE])->spec;
    const struct net_spec *tuned =
        r->nets[ACTIVITY_TUNED] ? &net_weights(r->nets[ACTIVITY_TUNED])->spec : NULL;
    const struct activity_options o = {.categories = (const char *const *)r->examples->categories,
                                       .n_categories = r->examples->n_categories,
                                       .pair = tuned != NULL,
                                       .first_apart = true,
                                       .attention = r->attention,
                                       .output = r->output && tuned &&
                                                 base->vocabulary == tuned->vocabulary,
                                       .cka_tokens = r->cka_tokens,
                                       .threads = r->threads};

    if (tuned && !check_pair(base, tuned, error))
        return NULL;
    return activity_create(base, &o, error);
}

/* How many of the next examples make a batch. */
static uint32_t take(const struct examples *e, const uint32_t *order, uint32_t n)
{
    uint32_t rows = 0, k = 0;

    while (k < n && (k == 0 || rows + e->examples[order[k]].n_ids <= ACTIVITY_RUN_ROWS))
        rows += e->examples[order[k++]].n_ids;
    return k;
}

/* The rows that a batch adds; 0 with an error. A batch that fails in its midst has given nothing
 * but its base, which is held and forgotten, or parts of its pair: they stay. */
static uint32_t run_batch(const struct activity_run *r, struct activity *a, const uint32_t *order,
                          uint32_t n, GError **error)
{
    struct net_sequence *sequences = g_new(struct net_sequence, n);
    struct activity_sequence *said = g_new(struct activity_sequence, n);
    struct net_batch b = {.sequences = sequences, .n = n};
    uint32_t rows;
    gboolean ok = TRUE;

    for (uint32_t i = 0; i < n; i++) {
        const struct example *x = &r->examples->examples[order[i]];

        sequences[i] = (struct net_sequence){x->ids, x->n_ids, a->vocabulary ? 0 : x->n_ids};
        said[i] = (struct activity_sequence){order[i], x->category, x->n_ids, 0};
    }
    rows = net_batch_rows(&b);
    activity_batch(a, said, n);
    for (int side = 0; side < ACTIVITY_SIDES && ok && r->nets[side]; side++) {
        struct net_probe probe = activity_probe(a, (enum activity_side)side);

        ok = net_forward(r->nets[side], &b, &probe, r->cancelled, error);
    }
    g_free(sequences);
    g_free(said);
    return ok ? rows : 0;
}

struct activity *activity_run(const struct activity_run *r, uint32_t *skipped, GError **error)
{
    struct activity *a = create(r, error);
    uint32_t left_out;
    uint64_t done = 0, total;
    GArray *order;

    if (!a)
        return NULL;
    order = order_of(r, skipped ? skipped : &left_out, &total);
    for (uint32_t i = 0, n; i < order->len; i += n) {
        const uint32_t *at = (const uint32_t *)(const void *)order->data + i;
        uint32_t rows;

        n = take(r->examples, at, order->len - i);
        rows = run_batch(r, a, at, n, error);
        if (!rows)
            break;
        done += rows;
        if (r->progress)
            r->progress(r->data, a, done, total);
    }
    g_array_free(order, TRUE);
    return a;
}
