/* A copy to read, and what everything takes. */
#include "core/activity_internal.h"

#include <string.h>

static void copy_sketch(struct sketch *s)
{
    s->bins = g_memdup2(s->bins, s->n_bins * sizeof *s->bins);
}

static void copy_cell(struct activity_cell *c)
{
    copy_sketch(&c->base);
    copy_sketch(&c->tuned);
    copy_sketch(&c->delta);
}

static bool copy_units(struct unit_sums *to, const struct unit_sums *from, uint32_t units,
                       bool pair)
{
    if (!unit_sums_init(to, units, pair, false))
        return false;
    memcpy(to->sum[ACTIVITY_BASE], from->sum[ACTIVITY_BASE],
           units * (pair ? 5u : 2u) * sizeof(double));
    memcpy(to->most[ACTIVITY_BASE], from->most[ACTIVITY_BASE],
           units * (pair ? 2u : 1u) * sizeof(float));
    return true;
}

/* False: no memory; what is there can be destroyed. */
static bool copy_layer(struct layer_state *to, const struct layer_state *from,
                       const struct activity *a, uint32_t units)
{
    bool ok = true;

    *to = *from;
    to->held = NULL;
    to->n_held = 0;
    to->cells = g_memdup2(from->cells, (a->n_categories + 1) * sizeof *to->cells);
    to->units = g_new0(struct unit_sums, a->n_categories);
    for (uint32_t c = 0; c <= a->n_categories; c++)
        copy_cell(&to->cells[c]);
    copy_cell(&to->first);
    for (uint32_t c = 0; c < a->n_categories; c++)
        ok = ok && copy_units(&to->units[c], &from->units[c], units, a->pair);
    to->examples = g_array_copy(from->examples);
    to->cross = from->cross ? cross_copy(from->cross) : NULL;
    return ok;
}

static struct activity_state *copy_state(const struct activity *a, bool *ok)
{
    const struct activity_state *from = a->state;
    struct activity_state *to = g_new0(struct activity_state, 1);

    to->layers = g_new0(struct layer_state, a->n_layers);
    for (uint32_t i = 0; i < a->n_layers; i++)
        *ok &= copy_layer(&to->layers[i], &from->layers[i], a, a->layers[i].units);
    to->heads =
        g_memdup2(from->heads, (gsize)a->blocks * a->n_categories * a->heads * sizeof *to->heads);
    if (!from->divergences)
        return to;
    to->agreed = g_memdup2(from->agreed, a->n_categories * sizeof *to->agreed);
    to->divergences = g_new0(GArray *, a->n_categories);
    for (uint32_t c = 0; c < a->n_categories; c++)
        to->divergences[c] = g_array_copy(from->divergences[c]);
    return to;
}

struct activity *activity_copy(const struct activity *a)
{
    struct activity *copy = g_memdup2(a, sizeof *a);
    bool ok = true;

    copy->layers = g_memdup2(a->layers, a->n_layers * sizeof *a->layers);
    for (uint32_t i = 0; i < a->n_layers; i++)
        copy->layers[i].name = g_strdup(a->layers[i].name);
    copy->categories = g_strdupv(a->categories);
    copy->state = copy_state(a, &ok);
    if (!ok)
        g_clear_pointer(&copy, activity_destroy);
    return copy;
}

uint64_t activity_batch_bytes(const struct activity *a, uint32_t rows, uint32_t longest)
{
    uint64_t values = a->vocabulary, widest = 0, attention;

    if (!a->pair || !rows)
        return 0;
    for (uint32_t i = 0; i < a->n_layers; i++) {
        values += a->layers[i].units;
        widest = MAX(widest, a->layers[i].units);
    }
    longest = MAX(MIN(longest, rows), 1);
    attention = activity_attention_values(a, longest) * ((rows + longest - 1) / longest);
    return ((values + 2 * widest) * rows + attention) * sizeof(float);
}

static uint64_t cell_bytes(const struct activity_cell *c)
{
    return sizeof *c +
           (c->base.n_bins + c->tuned.n_bins + c->delta.n_bins) * sizeof(struct sketch_bin);
}

uint64_t activity_bytes(const struct activity *a)
{
    const struct activity_state *s = a->state;
    uint64_t bytes = (uint64_t)a->blocks * a->n_categories * a->heads * sizeof(struct head_sums);

    for (uint32_t i = 0; i < a->n_layers; i++) {
        const struct layer_state *l = &s->layers[i];

        for (uint32_t c = 0; c <= a->n_categories; c++)
            bytes += cell_bytes(&l->cells[c]);
        bytes += (uint64_t)a->n_categories * a->layers[i].units * unit_sums_bytes(a->pair);
        bytes += l->examples->len * sizeof(struct activity_example);
        bytes += l->cross ? cross_bytes(l->cross) : 0;
    }
    for (uint32_t c = 0; s->divergences && c < a->n_categories; c++)
        bytes += s->divergences[c]->len * sizeof(double);
    return bytes;
}
