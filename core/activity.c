/* Creation, copies, batches: what stands around the accumulators. */
#include "core/activity_internal.h"

#include <math.h>
#include <string.h>

static void cell_init(struct activity_cell *c)
{
    *c = (struct activity_cell){.tokens = 0};
    pair_stats_init(&c->stats);
}

static void cell_finish(struct activity_cell *c)
{
    sketch_finish(&c->base);
    sketch_finish(&c->tuned);
    sketch_finish(&c->delta);
}

static bool has_cka(const struct activity *a, const struct activity_options *o, uint64_t units)
{
    return a->pair && o->cka_tokens && units <= ACTIVITY_CKA_UNITS;
}

static bool open_layer(struct activity *a, const struct activity_options *o, uint32_t i,
                       GError **error)
{
    const struct activity_layer *layer = &a->layers[i];
    struct layer_state *s = &a->state->layers[i];

    s->cells = g_new0(struct activity_cell, a->n_categories + 1);
    s->units = g_new0(struct unit_sums, a->n_categories);
    cell_init(&s->first);
    cell_init(&s->cells[a->n_categories]);
    s->examples = g_array_new(FALSE, TRUE, sizeof(struct activity_example));
    for (uint32_t c = 0; c < a->n_categories; c++)
        cell_init(&s->cells[c]);
    for (uint32_t c = 0; c < a->n_categories; c++)
        if (!unit_sums_init(&s->units[c], layer->units, a->pair, layer->rectified)) {
            g_set_error(error, TARE_ERROR, TARE_ERROR_LIMIT,
                        "no memory for the %u units of a layer in %u categories", layer->units,
                        a->n_categories);
            return false;
        }
    if (!has_cka(a, o, layer->units))
        return true;
    s->cross = cross_create(layer->units, o->cka_tokens, error);
    return s->cross != NULL;
}

static void open_output(struct activity *a)
{
    struct activity_state *s = a->state;

    s->divergences = g_new0(GArray *, a->n_categories);
    s->agreed = g_new0(uint64_t, a->n_categories);
    for (uint32_t c = 0; c < a->n_categories; c++)
        s->divergences[c] = g_array_new(FALSE, FALSE, sizeof(double));
}

static gboolean check_size(const struct activity *a, const struct activity_options *o,
                           GError **error)
{
    uint64_t each = unit_sums_bytes(a->pair), bytes = 0;

    for (uint32_t i = 0; i < a->n_layers; i++) {
        uint64_t units = a->layers[i].units;

        bytes += a->n_categories * (sizeof(struct activity_cell) + units * each);
        if (has_cka(a, o, units))
            bytes += 3 * units * units * sizeof(double);
    }
    if (bytes <= ACTIVITY_BYTES_MOST)
        return TRUE;
    g_set_error(error, TARE_ERROR, TARE_ERROR_LIMIT,
                "the activations of %u layers in %u categories would take %" G_GUINT64_FORMAT
                " MB, %" G_GUINT64_FORMAT " are allowed: use fewer categories",
                a->n_layers, a->n_categories, bytes >> 20, ACTIVITY_BYTES_MOST >> 20);
    return FALSE;
}

static void choose_kernels(struct activity_state *s)
{
    const char *cpu = g_getenv("TARE_CPU");

    s->ops = scan_ops_choose(cpu);
    s->kernels = activity_kernels_choose(cpu);
    if (!s->ops || !s->kernels) {
        s->ops = scan_ops_choose(NULL);
        s->kernels = activity_kernels_choose(NULL);
    }
}

/* Takes over the layers. */
static struct activity *open_all(struct activity *a, const struct activity_options *o,
                                 GError **error)
{
    struct activity_state *s = a->state = g_new0(struct activity_state, 1);

    g_assert(o->n_categories > 0);
    a->categories = g_new0(char *, o->n_categories + 1);
    a->n_categories = o->n_categories;
    for (uint32_t c = 0; c < o->n_categories; c++)
        a->categories[c] = g_strdup(o->categories[c]);
    a->pair = o->pair;
    a->first_apart = o->first_apart;
    if (!check_size(a, o, error)) {
        activity_destroy(a);
        return NULL;
    }
    choose_kernels(s);
    s->team = team_create(o->threads);
    s->scratch = g_new0(struct scan_scratch *, team_threads(s->team));
    for (guint i = 0; i < team_threads(s->team); i++)
        s->scratch[i] = scan_scratch_create();
    s->layers = g_new0(struct layer_state, a->n_layers);
    s->heads = g_new0(struct head_sums, (gsize)a->blocks * a->n_categories * a->heads);
    if (a->vocabulary)
        open_output(a);
    for (uint32_t i = 0; i < a->n_layers; i++)
        if (!open_layer(a, o, i, error)) {
            activity_destroy(a);
            return NULL;
        }
    return a;
}

static void add_layer(struct activity *a, enum activity_kind kind, int32_t block, char *name,
                      uint32_t units)
{
    a->layers[a->n_layers++] = (struct activity_layer){name, kind, block, units, false};
}

struct activity *activity_create(const struct net_spec *spec, const struct activity_options *o,
                                 GError **error)
{
    struct activity *a = g_new0(struct activity, 1);
    int32_t blocks = (int32_t)spec->layers;

    a->layers = g_new0(struct activity_layer, 3 * (gsize)spec->layers + 2);
    add_layer(a, ACTIVITY_RESIDUAL, -1, g_strdup("embedded"), spec->hidden);
    for (int32_t b = 0; b < blocks; b++)
        add_layer(a, ACTIVITY_RESIDUAL, b, g_strdup_printf("L%d", b), spec->hidden);
    add_layer(a, ACTIVITY_RESIDUAL, blocks, g_strdup("final"), spec->hidden);
    for (int32_t b = 0; b < blocks; b++)
        add_layer(a, ACTIVITY_HEADS, b, g_strdup_printf("L%d", b), spec->heads * spec->head_dim);
    for (int32_t b = 0; b < blocks; b++) {
        add_layer(a, ACTIVITY_HIDDEN, b, g_strdup_printf("L%d", b), spec->intermediate);
        a->layers[a->n_layers - 1].rectified = spec->activation == NET_RELU && !spec->gated;
    }
    a->blocks = o->attention ? spec->layers : 0;
    a->heads = o->attention ? spec->heads : 0;
    a->vocabulary = o->output && o->pair ? spec->vocabulary : 0;
    a->causal = spec->causal;
    a->window = spec->window;
    return open_all(a, o, error);
}

struct activity *activity_create_recorded(const struct activity_layer *layers, uint32_t n_layers,
                                          const struct activity_options *o, GError **error)
{
    struct activity *a;

    for (uint32_t i = 0; i < n_layers; i++)
        if (layers[i].units == 0 || layers[i].units > ACTIVITY_UNITS_MOST) {
            g_set_error(error, TARE_ERROR, TARE_ERROR_LIMIT,
                        "a layer of %u units: 1 to %u can be looked at", layers[i].units,
                        ACTIVITY_UNITS_MOST);
            return NULL;
        }
    a = g_new0(struct activity, 1);
    a->layers = g_new0(struct activity_layer, n_layers);
    for (uint32_t i = 0; i < n_layers; i++) {
        add_layer(a, layers[i].kind, layers[i].block, g_strdup(layers[i].name), layers[i].units);
        a->layers[i].rectified = layers[i].rectified;
    }
    return open_all(a, o, error);
}

static void layer_finish(struct layer_state *s, uint32_t n_categories)
{
    if (s->cells)
        for (uint32_t c = 0; c <= n_categories; c++)
            cell_finish(&s->cells[c]);
    if (s->units)
        for (uint32_t c = 0; c < n_categories; c++)
            unit_sums_finish(&s->units[c]);
    cell_finish(&s->first);
    if (s->examples)
        g_array_free(s->examples, TRUE);
    cross_destroy(s->cross);
    g_free(s->cells);
    g_free(s->units);
    g_free(s->held);
}

/* What the batch under way held. */
static void forget_batch(struct activity *a)
{
    struct activity_state *s = a->state;

    for (uint32_t i = 0; s->layers && i < a->n_layers; i++) {
        g_clear_pointer(&s->layers[i].held, g_free);
        s->layers[i].n_held = 0;
    }
    for (uint32_t q = 0; s->attention && q < s->n_sequences; q++)
        g_free(s->attention[q]);
    g_clear_pointer(&s->attention, g_free);
    g_clear_pointer(&s->logits, g_free);
    g_clear_pointer(&s->has_logits, g_free);
    g_clear_pointer(&s->sequences, g_free);
    g_clear_pointer(&s->sequence_first, g_free);
    g_clear_pointer(&s->order, g_free);
    s->n_sequences = s->n_rows = 0;
}

static void destroy_state(struct activity *a)
{
    struct activity_state *s = a->state;

    if (!s)
        return;
    forget_batch(a);
    for (uint32_t i = 0; s->layers && i < a->n_layers; i++)
        layer_finish(&s->layers[i], a->n_categories);
    for (uint32_t c = 0; s->divergences && c < a->n_categories; c++)
        g_array_free(s->divergences[c], TRUE);
    for (int side = 0; side < ACTIVITY_SIDES; side++)
        g_free(s->gathered[side]);
    for (guint i = 0; s->team && i < team_threads(s->team); i++)
        scan_scratch_destroy(s->scratch[i]);
    g_free(s->scratch);
    team_destroy(s->team);
    g_free(s->divergences);
    g_free(s->agreed);
    g_free(s->layers);
    g_free(s->heads);
    g_free(s);
}

void activity_destroy(struct activity *a)
{
    if (!a)
        return;
    destroy_state(a);
    for (uint32_t i = 0; i < a->n_layers; i++)
        g_free(a->layers[i].name);
    g_free(a->layers);
    g_strfreev(a->categories);
    g_free(a);
}

/* --- batches --- */

/* Where the example's sums stand in every layer: where they did if it goes on. */
static uint32_t slot_of(struct activity *a, const struct activity_sequence *q)
{
    struct activity_example fresh = {.example = q->example, .category = q->category};
    GArray *known = a->n_layers ? a->state->layers[0].examples : NULL;

    g_assert(q->category < a->n_categories);
    if (known && known->len && q->position > 0) {
        const struct activity_example *last =
            &g_array_index(known, struct activity_example, known->len - 1);

        if (last->example == q->example && last->category == q->category)
            return known->len - 1;
    }
    for (uint32_t i = 0; i < a->n_layers; i++) {
        struct layer_state *l = &a->state->layers[i];

        g_array_append_val(l->examples, fresh);
        l->cells[q->category].examples++;
        l->cells[a->n_categories].examples++;
    }
    return a->n_examples++;
}

/* Rows by part, in a part as they come. */
static void put_in_order(struct activity *a, const uint32_t *slots)
{
    struct activity_state *s = a->state;
    uint32_t n = 0;

    s->order = g_new(struct batch_row, MAX(s->n_rows, 1));
    for (uint32_t part = 0; part <= a->n_categories; part++)
        for (uint32_t q = 0; q < s->n_sequences; q++) {
            const struct activity_sequence *seq = &s->sequences[q];
            bool apart = a->first_apart && seq->position == 0 && seq->n > 0;
            uint32_t from = apart && part < a->n_categories ? 1 : 0;
            uint32_t end = part < a->n_categories ? seq->n : apart;

            if (part < a->n_categories && seq->category != part)
                continue;
            for (uint32_t i = from; i < end; i++)
                s->order[n++] = (struct batch_row){s->sequence_first[q] + i, seq->position + i, q,
                                                   part, slots[q]};
        }
    g_assert(n == s->n_rows);
}

void activity_batch(struct activity *a, const struct activity_sequence *sequences, uint32_t n)
{
    struct activity_state *s = a->state;
    uint32_t *slots = g_new(uint32_t, MAX(n, 1));

    forget_batch(a);
    s->sequences = g_memdup2(sequences, n * sizeof *sequences);
    s->n_sequences = n;
    s->sequence_first = g_new(uint32_t, MAX(n, 1));
    for (uint32_t q = 0; q < n; q++) {
        slots[q] = slot_of(a, &sequences[q]);
        s->sequence_first[q] = s->n_rows;
        s->n_rows += sequences[q].n;
    }
    a->rows += s->n_rows;
    put_in_order(a, slots);
    g_free(slots);
}

/* --- rows of a layer --- */

static void need_room(struct activity_state *s, enum activity_side side, gsize values)
{
    if (s->gathered_room[side] >= values)
        return;
    g_free(s->gathered[side]);
    s->gathered[side] = g_new(float, values);
    s->gathered_room[side] = values;
}

static bool lie_together(const struct batch_row *rows, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++)
        if (rows[i].row != rows[0].row + i)
            return false;
    return true;
}

/* These rows next to each other; where they already are, nothing is copied. values[0] is packed row
 * `first`. */
static const float *gather(struct activity_state *s, enum activity_side side,
                           const struct batch_row *rows, uint32_t n, uint32_t units,
                           const float *values, uint32_t first)
{
    if (lie_together(rows, n))
        return values + (gsize)(rows[0].row - first) * units;
    need_room(s, side, (gsize)n * units);
    for (uint32_t i = 0; i < n; i++)
        memcpy(s->gathered[side] + (gsize)i * units, values + (gsize)(rows[i].row - first) * units,
               units * sizeof(float));
    return s->gathered[side];
}

static void take_rows(struct activity *a, uint32_t layer, uint32_t first, uint32_t rows,
                      const float *base, const float *tuned)
{
    struct activity_state *s = a->state;
    uint32_t units = a->layers[layer].units;
    struct batch_row *some = g_new(struct batch_row, MAX(rows, 1));
    struct layer_rows r = {.layer = layer, .rows = some};

    for (uint32_t i = 0; i < s->n_rows; i++)
        if (s->order[i].row >= first && s->order[i].row - first < rows)
            some[r.n++] = s->order[i];
    if (r.n) {
        r.values[ACTIVITY_BASE] = gather(s, ACTIVITY_BASE, some, r.n, units, base, first);
        if (tuned)
            r.values[ACTIVITY_TUNED] = gather(s, ACTIVITY_TUNED, some, r.n, units, tuned, first);
        activity_add_rows(a, &r);
    }
    g_free(some);
}

void activity_feed(struct activity *a, enum activity_side side, uint32_t layer, uint32_t first,
                   uint32_t rows, const float *values)
{
    struct layer_state *l = &a->state->layers[layer];
    uint32_t units = a->layers[layer].units, n_rows = a->state->n_rows;

    g_assert(layer < a->n_layers && first <= n_rows && rows <= n_rows - first);
    if (!a->pair) {
        take_rows(a, layer, first, rows, values, NULL);
    } else if (side == ACTIVITY_BASE) {
        if (!l->held)
            l->held = g_new(float, (gsize)n_rows *units);
        memcpy(l->held + (gsize)first * units, values, (gsize)rows * units * sizeof(float));
        l->n_held += rows;
    } else {
        g_assert(l->held && l->n_held == n_rows);
        take_rows(a, layer, first, rows, l->held + (gsize)first * units, values);
    }
}

/* --- a net's sites --- */

static uint32_t layer_of(const struct activity *a, const struct net_seen *seen)
{
    switch (seen->site) {
    case NET_EMBEDDED:
        return activity_find(a, ACTIVITY_RESIDUAL, -1);
    case NET_RESIDUAL:
        return activity_find(a, ACTIVITY_RESIDUAL, (int32_t)seen->block);
    case NET_FINAL: {
        uint32_t n, first = activity_layers(a, ACTIVITY_RESIDUAL, &n);

        return n ? first + n - 1 : ACTIVITY_NONE;
    }
    case NET_HEAD_OUT:
        return activity_find(a, ACTIVITY_HEADS, (int32_t)seen->block);
    case NET_HIDDEN:
        return activity_find(a, ACTIVITY_HIDDEN, (int32_t)seen->block);
    default:
        return ACTIVITY_NONE;
    }
}

static void on_seen(void *data, const struct net_seen *seen)
{
    const struct probe_side *side = data;
    struct activity *a = side->activity;

    if (seen->site == NET_ATTENTION) {
        activity_add_attention(a, side->side, seen);
    } else if (seen->site == NET_LOGITS) {
        activity_add_logits(a, side->side, seen);
    } else {
        uint32_t layer = layer_of(a, seen);

        g_assert(layer != ACTIVITY_NONE && a->layers[layer].units == seen->columns);
        activity_feed(a, side->side, layer, seen->first, seen->rows, seen->values);
    }
}

struct net_probe activity_probe(struct activity *a, enum activity_side side)
{
    struct probe_side *data = &a->state->sides[side];
    unsigned wants = 1u << NET_EMBEDDED | 1u << NET_RESIDUAL | 1u << NET_FINAL |
                     1u << NET_HEAD_OUT | 1u << NET_HIDDEN;

    *data = (struct probe_side){a, side};
    if (a->heads)
        wants |= 1u << NET_ATTENTION;
    if (a->vocabulary)
        wants |= 1u << NET_LOGITS;
    return (struct net_probe){wants, on_seen, data};
}

/* --- layers --- */

uint32_t activity_layers(const struct activity *a, enum activity_kind kind, uint32_t *n)
{
    uint32_t first = 0;

    while (first < a->n_layers && a->layers[first].kind != kind)
        first++;
    for (*n = 0; first + *n < a->n_layers && a->layers[first + *n].kind == kind; ++*n)
        ;
    return *n ? first : ACTIVITY_NONE;
}

uint32_t activity_find(const struct activity *a, enum activity_kind kind, int32_t block)
{
    for (uint32_t i = 0; i < a->n_layers; i++)
        if (a->layers[i].kind == kind && a->layers[i].block == block)
            return i;
    return ACTIVITY_NONE;
}

uint32_t activity_nearest(const struct activity *a, enum activity_kind kind, int32_t block)
{
    uint32_t n, first = activity_layers(a, kind, &n), at = n ? first : ACTIVITY_NONE;

    for (uint32_t i = first; i < first + n; i++)
        if (ABS(a->layers[i].block - block) < ABS(a->layers[at].block - block))
            at = i;
    return at;
}

const char *activity_kind_name(enum activity_kind kind)
{
    static const char *const names[] = {"residual", "heads", "mlp", "recorded"};

    return names[kind];
}
