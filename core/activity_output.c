/* Predictions of both models for the same token. */
#include "core/activity_internal.h"

#include <math.h>
#include <string.h>
#include "core/logits.h"
#include "core/sorted.h"

static uint32_t category_of_row(const struct activity_state *s, uint32_t row)
{
    uint32_t q = s->n_sequences - 1;

    while (q > 0 && s->sequence_first[q] > row)
        q--;
    return s->sequences[q].category;
}

static void hold(struct activity *a, const struct net_seen *seen)
{
    struct activity_state *s = a->state;
    gsize each = a->vocabulary;

    if (!s->logits) {
        s->logits = g_new(float, s->n_rows *each);
        s->has_logits = g_new0(uint8_t, s->n_rows);
    }
    memcpy(s->logits + seen->first * each, seen->values, seen->rows * each * sizeof(float));
    memset(s->has_logits + seen->first, 1, seen->rows);
}

void activity_add_logits(struct activity *a, enum activity_side side, const struct net_seen *seen)
{
    struct activity_state *s = a->state;
    gsize each = a->vocabulary;

    g_assert(seen->columns == each && seen->first <= s->n_rows &&
             seen->rows <= s->n_rows - seen->first);
    if (side == ACTIVITY_BASE) {
        hold(a, seen);
        return;
    }
    for (uint32_t i = 0; s->logits && i < seen->rows; i++) {
        uint32_t row = seen->first + i, category = category_of_row(s, row);
        bool agreed;
        double kl;

        if (!s->has_logits[row])
            continue;
        kl = logits_divergence(s->kernels, s->logits + row * each, seen->values + i * each,
                               a->vocabulary, &agreed);
        g_array_append_val(s->divergences[category], kl);
        s->agreed[category] += agreed;
    }
}

/* --- reading --- */

void activity_output(const struct activity *a, uint32_t category, struct activity_output *out)
{
    const struct activity_state *s = a->state;
    GArray *all = g_array_new(FALSE, FALSE, sizeof(double));
    uint64_t agreed = 0;
    double sum = 0;

    *out = (struct activity_output){0, NAN, NAN, NAN, NAN, NAN};
    for (uint32_t c = 0; s->divergences && c < a->n_categories; c++)
        if (category == ACTIVITY_ALL || category == c) {
            g_array_append_vals(all, s->divergences[c]->data, s->divergences[c]->len);
            agreed += s->agreed[c];
        }
    if (all->len) {
        double *values = (double *)(void *)all->data;

        for (guint i = 0; i < all->len; i++)
            sum += values[i];
        sort_doubles(values, all->len);
        out->tokens = all->len;
        out->mean = sum / all->len;
        out->median = sorted_quantile(values, all->len, 0.5);
        out->p99 = sorted_quantile(values, all->len, 0.99);
        out->most = values[all->len - 1];
        out->agreement = (double)agreed / all->len;
    }
    g_array_free(all, TRUE);
}
