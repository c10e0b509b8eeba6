#include "core/hidden_states.h"

#include <math.h>
#include <string.h>

void hidden_states_destroy(struct hidden_states *h)
{
    if (!h)
        return;
    g_free(h->ids);
    g_free(h->values[ACTIVITY_BASE]);
    g_free(h->values[ACTIVITY_TUNED]);
    g_free(h);
}

void hidden_state_of(const struct hidden_states *h, uint32_t layer, uint32_t token,
                     struct hidden_state *out)
{
    gsize at = ((gsize)layer * h->n + token) * h->hidden;
    const float *x = h->values[ACTIVITY_BASE] + at;
    const float *y = h->values[ACTIVITY_TUNED] ? h->values[ACTIVITY_TUNED] + at : NULL;
    double base = 0, tuned = 0, dot = 0, delta = 0;

    g_assert(layer < h->layers && token < h->n);
    for (uint32_t i = 0; i < h->hidden; i++) {
        double a = (double)x[i], b = y ? (double)y[i] : 0;

        base += a * a;
        tuned += b * b;
        dot += a * b;
        delta += (b - a) * (b - a);
    }
    out->norm[ACTIVITY_BASE] = sqrt(base);
    out->norm[ACTIVITY_TUNED] = y ? sqrt(tuned) : NAN;
    out->shift = y && base > 0 ? sqrt(delta / base) : NAN;
    out->cosine = base > 0 && tuned > 0 ? dot / (sqrt(base) * sqrt(tuned)) : NAN;
}
