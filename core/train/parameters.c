#include "core/train/parameters.h"

#include <math.h>
#include <string.h>

bool training_values(const struct checkpoint *base, struct net_weights *w, uint32_t tensor,
                     float **values, uint64_t *n, uint64_t *columns)
{
    struct net_weight_at at;

    if (!net_weights_find(w, base, tensor, &at))
        return false;
    *values = at.matrix ? net_matrix_row(at.matrix, at.first) : at.vector;
    *columns = at.columns;
    *n = (uint64_t)at.rows * at.columns;
    return true;
}

/* d for each block between this tensor and the last one, and once more before the first. */
static double depth_factor(const struct checkpoint *base, uint32_t tensor, double decay)
{
    const struct place *p = &base->places[tensor];

    if (p->block >= 0)
        return pow(decay, (double)base->n_blocks - 1 - p->block);
    return g_str_has_prefix(p->slot, "embed.") ? pow(decay, base->n_blocks) : 1;
}

/* Marks the patterns that fit. */
static double pattern_factor(const struct training_options *o, const char *name, bool *fits)
{
    double factor = 1;

    for (guint i = 0; i < o->n_factors; i++)
        if (g_pattern_match_simple(o->factors[i].pattern, name)) {
            factor = o->factors[i].factor;
            fits[i] = true;
        }
    return factor;
}

static bool is_bad_tensor(const struct training_piece *p)
{
    return p->factor < 0 || !isfinite(p->factor);
}

static gboolean check(const struct training_options *o, const struct training_piece *pieces,
                      guint n, const bool *fits, GError **error)
{
    for (guint i = 0; i < o->n_factors; i++)
        if (!fits[i]) {
            g_set_error(error, TARE_ERROR, TARE_ERROR_USAGE,
                        "%s: no tensor of the forward pass has such a name", o->factors[i].pattern);
            return FALSE;
        }
    for (guint i = 0; i < n; i++)
        if (is_bad_tensor(&pieces[i])) {
            g_set_error_literal(error, TARE_ERROR, TARE_ERROR_USAGE,
                                "factors of the learning rate are numbers from 0 on");
            return FALSE;
        }
    return TRUE;
}

GArray *training_pieces(const struct checkpoint *base, const struct training_options *o,
                        struct net_weights *weights, struct net_weights *gradient, GError **error)
{
    GArray *pieces = g_array_new(FALSE, TRUE, sizeof(struct training_piece));
    g_autofree bool *fits = g_new0(bool, o->n_factors + 1);

    for (uint32_t i = 0; i < base->source->n_tensors; i++) {
        const struct place *place = &base->places[i];
        struct training_piece p = {.tensor = i, .matrix = place->matrix};
        struct net_weight_at at;

        if (!training_values(base, weights, i, &p.weights, &p.n, &p.columns) || p.n == 0)
            continue;
        training_values(base, gradient, i, &p.gradient, &p.n, &p.columns);
        net_weights_find(weights, base, i, &at);
        p.decays = at.matrix != NULL;
        p.group = place->block >= 0 ? (uint32_t)place->block : base->n_blocks;
        p.factor = pattern_factor(o, checkpoint_tensor(base, i)->name, fits) *
                   depth_factor(base, i, o->layer_decay);
        g_array_append_val(pieces, p);
    }
    if (check(o, (struct training_piece *)(void *)pieces->data, pieces->len, fits, error))
        return pieces;
    g_array_unref(pieces);
    return NULL;
}

GArray *training_cuts(const struct training_stretch *stretches, guint n)
{
    GArray *cuts = g_array_new(FALSE, FALSE, sizeof(struct training_cut));

    for (guint i = 0; i < n; i++)
        for (uint64_t at = 0; at < stretches[i].n; at += TRAINING_CUT) {
            struct training_cut c = {i, at, (uint32_t)MIN(TRAINING_CUT, stretches[i].n - at)};

            g_array_append_val(cuts, c);
        }
    return cuts;
}
