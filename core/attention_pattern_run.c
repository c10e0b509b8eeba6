/* One example through the nets, for its attention. */
#include "core/attention_pattern.h"

#include <string.h>

/* What a pass is looked at for. */
struct wanted {
    const struct attention_pattern *pattern;
    float *weights;
    bool seen;
};

static void on_seen(void *data, const struct net_seen *seen)
{
    struct wanted *w = data;
    gsize n = w->pattern->n;

    if (seen->block != w->pattern->block)
        return;
    g_assert(seen->columns == n && seen->rows == w->pattern->heads * n);
    memcpy(w->weights, seen->values, w->pattern->heads * n * n * sizeof(float));
    w->seen = true;
}

static gboolean run_side(const struct attention_pattern *p, float *weights, struct net *net,
                         const gint *cancelled, GError **error)
{
    struct wanted wanted = {p, weights, false};
    struct net_probe probe = {1u << NET_ATTENTION, on_seen, &wanted};
    struct net_sequence sequence = {p->ids, p->n, p->n};
    struct net_batch batch = {.sequences = &sequence, .n = 1};

    if (!net_forward(net, &batch, &probe, cancelled, error))
        return FALSE;
    g_assert(wanted.seen);
    return TRUE;
}

static gboolean check_shapes(const struct net_spec *base, const struct net_spec *tuned, uint32_t n,
                             uint32_t block, GError **error)
{
    guint64 bytes = (guint64)base->heads * n * n * sizeof(float) * (tuned ? 2 : 1);

    if (block >= base->layers)
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "block %u: the model has %u", block,
                    base->layers);
    else if (tuned && (tuned->heads != base->heads || tuned->layers != base->layers))
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                    "the two models have %u and %u heads, %u and %u blocks", base->heads,
                    tuned->heads, base->layers, tuned->layers);
    else if (n == 0 || bytes > ATTENTION_PATTERN_BYTES)
        g_set_error(
            error, TARE_ERROR, TARE_ERROR_LIMIT,
            "an example of %u tokens: the attention of %u heads would take %" G_GUINT64_FORMAT
            " MB, %u are allowed",
            n, base->heads, bytes >> 20, ATTENTION_PATTERN_BYTES >> 20);
    else
        return TRUE;
    return FALSE;
}

struct attention_pattern *attention_pattern_run(struct net *base, struct net *tuned,
                                                const uint32_t *ids, uint32_t n, uint32_t block,
                                                const gint *cancelled, GError **error)
{
    const struct net_spec *spec = &net_weights(base)->spec;
    struct net *nets[ACTIVITY_SIDES] = {base, tuned};
    struct attention_pattern *p;

    if (!check_shapes(spec, tuned ? &net_weights(tuned)->spec : NULL, n, block, error))
        return NULL;
    p = g_new0(struct attention_pattern, 1);
    *p = (struct attention_pattern){.block = block,
                                    .heads = spec->heads,
                                    .n = n,
                                    .ids = g_memdup2(ids, n * sizeof *ids),
                                    .causal = spec->causal,
                                    .window = spec->window};
    for (int side = 0; side < ACTIVITY_SIDES && nets[side]; side++) {
        p->weights[side] = g_try_new(float, (gsize)p->heads *n *n);
        if (!p->weights[side]) {
            g_set_error(error, TARE_ERROR, TARE_ERROR_LIMIT,
                        "no memory for the attention of %u tokens", n);
        } else if (run_side(p, p->weights[side], nets[side], cancelled, error)) {
            continue;
        }
        attention_pattern_destroy(p);
        return NULL;
    }
    return p;
}
