/* One example through the nets, for its residual stream. */
#include "core/hidden_states.h"

#include <string.h>

struct wanted {
    const struct hidden_states *states;
    float *values;
};

static void on_seen(void *data, const struct net_seen *seen)
{
    struct wanted *w = data;
    const struct hidden_states *h = w->states;
    uint32_t layer = 0;

    if (seen->site == NET_RESIDUAL)
        layer = seen->block + 1;
    else if (seen->site == NET_FINAL)
        layer = h->layers - 1;
    g_assert(seen->columns == h->hidden && seen->first + seen->rows <= h->n && layer < h->layers);
    memcpy(w->values + ((gsize)layer * h->n + seen->first) * h->hidden, seen->values,
           (gsize)seen->rows * h->hidden * sizeof(float));
}

static gboolean run_side(const struct hidden_states *h, float *values, struct net *net,
                         const gint *cancelled, GError **error)
{
    struct wanted wanted = {h, values};
    struct net_probe probe = {1u << NET_EMBEDDED | 1u << NET_RESIDUAL | 1u << NET_FINAL, on_seen,
                              &wanted};
    struct net_sequence sequence = {h->ids, h->n, h->n};
    struct net_batch batch = {.sequences = &sequence, .n = 1};

    return net_forward(net, &batch, &probe, cancelled, error);
}

static gboolean check_shapes(const struct net_spec *base, const struct net_spec *tuned, uint32_t n,
                             GError **error)
{
    guint64 bytes = ((guint64)base->layers + 2) * n * base->hidden * sizeof(float) * 2;

    if (tuned && (tuned->hidden != base->hidden || tuned->layers != base->layers))
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                    "the two models have %u and %u channels, %u and %u blocks", base->hidden,
                    tuned->hidden, base->layers, tuned->layers);
    else if (n == 0 || bytes > HIDDEN_STATES_BYTES)
        g_set_error(error, TARE_ERROR, TARE_ERROR_LIMIT,
                    "an example of %u tokens: its hidden states would take %" G_GUINT64_FORMAT
                    " MB, %u are allowed",
                    n, bytes >> 20, HIDDEN_STATES_BYTES >> 20);
    else
        return TRUE;
    return FALSE;
}

struct hidden_states *hidden_states_run(struct net *base, struct net *tuned, const uint32_t *ids,
                                        uint32_t n, const gint *cancelled, GError **error)
{
    const struct net_spec *spec = &net_weights(base)->spec;
    struct net *nets[ACTIVITY_SIDES] = {base, tuned};
    struct hidden_states *h;

    if (!check_shapes(spec, tuned ? &net_weights(tuned)->spec : NULL, n, error))
        return NULL;
    h = g_new0(struct hidden_states, 1);
    *h = (struct hidden_states){.n = n,
                                .hidden = spec->hidden,
                                .layers = spec->layers + 2,
                                .ids = g_memdup2(ids, n * sizeof *ids)};
    for (int side = 0; side < ACTIVITY_SIDES && nets[side]; side++) {
        h->values[side] = g_try_new0(float, (gsize)h->layers *n * h->hidden);
        if (!h->values[side]) {
            g_set_error(error, TARE_ERROR, TARE_ERROR_LIMIT,
                        "no memory for the hidden states of %u tokens", n);
        } else if (run_side(h, h->values[side], nets[side], cancelled, error)) {
            continue;
        }
        hidden_states_destroy(h);
        return NULL;
    }
    return h;
}
