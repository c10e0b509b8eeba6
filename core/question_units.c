/* Units of a layer, or of all of its kind, in an order of theirs. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/study_internal.h"

static int by_key(gconstpointer a, gconstpointer b, gpointer order)
{
    const struct ranked_unit *x = a, *y = b;
    double i = activity_unit_key(&x->unit, *(const enum activity_order *)order);
    double k = activity_unit_key(&y->unit, *(const enum activity_order *)order);

    if (i != k)
        return i < k ? 1 : -1;
    if (x->layer != y->layer)
        return x->layer < y->layer ? -1 : 1;
    return (x->unit.unit > y->unit.unit) - (x->unit.unit < y->unit.unit);
}

static void add_layer(const struct activity *a, const struct units_ask *ask, uint32_t layer,
                      GArray *to)
{
    uint32_t most = MIN(UNITS_RANKED, a->layers[layer].units), n;
    struct activity_unit *units = g_new(struct activity_unit, MAX(most, 1));

    n = activity_units_top(a, layer, ask->category, ask->order, most, units);
    for (uint32_t i = 0; i < n; i++)
        g_array_append_vals(to, &(struct ranked_unit){layer, units[i]}, 1);
    g_free(units);
}

static gpointer answer_units(struct question *q, GError **error)
{
    const struct activity *a = q->study->activity;
    struct units_ranking *r;
    GArray *all;
    uint32_t n, first;

    if (!a) {
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_INPUT, "nothing was looked at");
        return NULL;
    }
    r = g_new0(struct units_ranking, 1);
    memcpy(&r->ask, g_bytes_get_data(q->key, NULL), sizeof r->ask);
    all = g_array_new(FALSE, FALSE, sizeof(struct ranked_unit));
    first = activity_layers(a, a->layers[r->ask.layer].kind, &n);
    for (uint32_t i = first; i < first + n; i++)
        if (r->ask.all_layers || i == r->ask.layer) {
            add_layer(a, &r->ask, i, all);
            r->of += a->layers[i].units;
        }
    g_array_sort_with_data(all, by_key, &r->ask.order);
    r->n = MIN(all->len, UNITS_RANKED);
    r->units = (struct ranked_unit *)(void *)g_array_free(all, FALSE);
    return r;
}

static void free_units(gpointer answer)
{
    struct units_ranking *r = answer;

    g_free(r->units);
    g_free(r);
}

const struct question_ops question_units = {.answer = answer_units, .free = free_units, .of_activity = true};

static bool is_about(const struct units_ranking *r, const struct units_ask *ask)
{
    return r && r->ask.layer == ask->layer && r->ask.all_layers == ask->all_layers &&
           r->ask.category == ask->category && r->ask.order == ask->order;
}

const struct units_ranking *study_units(struct study *s, const struct units_ask *ask,
                                        const char **error_text)
{
    const struct activity *a = study_activity(s);
    const struct units_ranking *answer;
    struct units_ask key;

    *error_text = NULL;
    if (!a || ask->layer >= a->n_layers)
        return NULL;
    memset(&key, 0, sizeof key);
    key.layer = ask->layer;
    key.all_layers = ask->all_layers;
    key.category = ask->category;
    key.order = ask->order;
    key.examples = a->n_examples;
    answer = question_ask_of(s, QUESTION_UNITS, &key, sizeof key, error_text);
    if (!answer && !*error_text && is_about(question_last(s, QUESTION_UNITS), ask))
        answer = question_last(s, QUESTION_UNITS);
    return answer;
}
