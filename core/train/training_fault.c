/* Where a NaN or an infinity came from. */
#include <math.h>

#include "core/train/training_internal.h"

static bool is_finite(const struct training *t, const float *x, uint64_t n)
{
    return isfinite(training_distance(t, x, NULL, n));
}

/* What made the values of a site, by the slot of a tensor in that block. */
static const char *const makers[NET_SITES] = {[NET_EMBEDDED] = "embed.tokens.table",
                                              [NET_ATTENTION] = "attn.q",
                                              [NET_HEAD_OUT] = "attn.v",
                                              [NET_HIDDEN] = "mlp.up",
                                              [NET_RESIDUAL] = "mlp.down",
                                              [NET_FINAL] = "final_norm.gain",
                                              [NET_LOGITS] = "head.kernel"};

struct fault {
    const struct training *t;
    bool found;
    enum net_site site;
    uint32_t block;
};

static void look(void *data, const struct net_seen *seen)
{
    struct fault *f = data;

    if (f->found || is_finite(f->t, seen->values, (uint64_t)seen->rows * seen->columns))
        return;
    *f = (struct fault){f->t, true, seen->site, seen->block};
}

/* The tensor at that slot, or of that block: a fused matrix has another slot. */
static uint32_t maker_of(const struct training *t, const struct fault *f)
{
    bool inside = f->site == NET_ATTENTION || f->site == NET_HEAD_OUT || f->site == NET_HIDDEN ||
                  f->site == NET_RESIDUAL;
    int32_t block = inside ? (int32_t)f->block : -1;
    uint32_t found = UINT32_MAX;

    for (guint i = 0; i < t->pieces->len; i++) {
        uint32_t tensor = training_piece(t, i)->tensor;
        const struct place *p = &t->base->places[tensor];

        if (p->block != block)
            continue;
        if (g_str_has_prefix(p->slot, makers[f->site]))
            return tensor;
        if (found == UINT32_MAX && (!inside || g_str_has_prefix(p->slot, "attn.qkv")))
            found = tensor;
    }
    return found == UINT32_MAX ? training_piece(t, 0)->tensor : found;
}

static uint32_t in_gradient(const struct training *t)
{
    for (guint i = t->pieces->len; i-- > 0;) {
        const struct training_piece *p = training_piece(t, i);

        if (!is_finite(t, p->gradient, p->n))
            return p->tensor;
    }
    return training_piece(t, 0)->tensor;
}

uint32_t training_find_fault(struct training *t, const struct net_batch *b, bool loss_is_finite)
{
    struct fault f = {.t = t};
    struct net_probe probe = {(1u << NET_SITES) - 1, look, &f};

    for (guint i = 0; i < t->pieces->len; i++) {
        const struct training_piece *p = training_piece(t, i);

        if (!is_finite(t, p->weights, p->n))
            return p->tensor;
    }
    if (!loss_is_finite)
        net_forward(t->net, b, &probe, NULL, NULL);
    return f.found ? maker_of(t, &f) : in_gradient(t);
}
