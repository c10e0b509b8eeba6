#include "core/exact_pair.h"

#define KEPT 8

static gboolean compute_apart(const struct exact_request *r, struct exact_result *out,
                              const gint *cancelled, GError **error)
{
    struct exact_result *tuned = g_new0(struct exact_result, 1);
    gboolean ok =
        exact_compute(r->base->source, r->pair->base, NULL, PAIR_NONE, out, cancelled, error) &&
        exact_compute(NULL, PAIR_NONE, r->tuned->source, r->pair->tuned, tuned, cancelled, error);

    out->tuned = tuned->tuned;
    out->has_tuned = ok;
    g_free(tuned);
    return ok;
}

gboolean exact_request_compute(const struct exact_request *r, struct exact_result *out,
                               const gint *cancelled, GError **error)
{
    const struct pair_entry *pair = r->pair;

    if (pair->state == PAIR_DIFFERENT)
        return compute_apart(r, out, cancelled, error);
    return exact_compute(pair->base != PAIR_NONE ? r->base->source : NULL, pair->base,
                         pair->tuned != PAIR_NONE ? r->tuned->source : NULL, pair->tuned, out,
                         cancelled, error);
}

static gpointer compute(const void *request, struct lazy_watch *watch, GError **error)
{
    struct exact_result *out = g_new0(struct exact_result, 1);

    if (!exact_request_compute(request, out, &watch->cancelled, error))
        g_clear_pointer(&out, g_free);
    return out;
}

const struct lazy_kind exact_kind = {
    .request_bytes = sizeof(struct exact_request),
    .most = KEPT,
    .compute = compute,
    .free = g_free,
};
