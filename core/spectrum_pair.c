#include "core/spectrum_pair.h"

/* The one whose matrix form is taken. */
static const struct checkpoint *leading(const struct spectrum_request *r, uint32_t *index)
{
    bool base = r->pair->base != PAIR_NONE;

    *index = base ? r->pair->base : r->pair->tuned;
    return base ? r->base : r->tuned;
}

struct spectrum *spectrum_request_compute(const struct spectrum_request *r,
                                          struct lazy_watch *watch, GError **error)
{
    uint32_t index;
    const struct checkpoint *lead = leading(r, &index);
    struct spectrum_input in = {.index = {r->pair->base, r->pair->tuned},
                                .orientation = lead->places[index].orientation,
                                .stats = &r->stats,
                                .has_delta = r->has_delta};
    bool both = r->tuned && r->pair->base != PAIR_NONE && r->pair->tuned != PAIR_NONE;
    struct spectrum *s;

    if (!spectrum_shape(checkpoint_tensor(lead, index), &lead->places[index], &in.rows, &in.cols)) {
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_INPUT,
                            "no matrix: a spectrum needs two rows and two columns");
        return NULL;
    }
    if (r->pair->base != PAIR_NONE)
        in.source[SPECTRUM_BASE] = r->base->source;
    if (r->pair->tuned != PAIR_NONE && (in.has_delta || r->pair->base == PAIR_NONE))
        in.source[SPECTRUM_TUNED] = r->tuned->source;
    s = spectrum_compute(&in, watch, error);
    if (s && both && !in.has_delta)
        s->side[SPECTRUM_TUNED].absent = "it has another shape than the base, which is shown alone";
    return s;
}

static gpointer compute(const void *request, struct lazy_watch *watch, GError **error)
{
    return spectrum_request_compute(request, watch, error);
}

static void destroy(gpointer spectrum)
{
    spectrum_destroy(spectrum);
}

const struct lazy_kind spectrum_kind = {
    .request_bytes = sizeof(struct spectrum_request),
    .most = G_MAXUINT,
    .compute = compute,
    .free = destroy,
};
