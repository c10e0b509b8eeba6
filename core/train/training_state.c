/* States: copied, gone back to, listed. */
#include <string.h>

#include "core/error.h"
#include "core/train/training_internal.h"

/* Of the same shapes. */
static void copy_weights(struct net_weights *to, const struct net_weights *from)
{
    GArray *a, *b;

    if (!from->blocks)
        return;
    a = net_weights_arrays(to);
    b = net_weights_arrays(from);
    for (guint i = 0; i < a->len; i++) {
        const struct net_array *x = &g_array_index(a, struct net_array, i);
        const struct net_array *y = &g_array_index(b, struct net_array, i);

        memcpy(x->values, y->values, x->n * sizeof(float));
    }
    g_array_unref(a);
    g_array_unref(b);
}

static gboolean clone_weights(struct net_weights *to, const struct net_weights *from,
                              GError **error)
{
    if (!from->blocks)
        return TRUE;
    if (!net_weights_like(to, from, error))
        return FALSE;
    copy_weights(to, from);
    return TRUE;
}

static gboolean copy_factors(float **to, const float *from, uint64_t n, GError **error)
{
    if (!from)
        return TRUE;
    *to = g_try_new(float, n);
    if (*to) {
        memcpy(*to, from, n * sizeof **to);
        return TRUE;
    }
    g_set_error_literal(error, TARE_ERROR, TARE_ERROR_LIMIT, "no memory for a copy of the run");
    return FALSE;
}

gboolean training_state_copy(struct training_state *out, const struct training_state *from,
                             GError **error)
{
    gboolean ok;

    *out = *from;
    out->weights = (struct net_weights){0};
    out->factors = NULL;
    for (unsigned m = 0; m < OPTIMIZER_MOMENTS; m++) {
        out->moments[m] = (struct net_weights){0};
        out->factor_moments[m] = NULL;
    }
    ok = clone_weights(&out->weights, &from->weights, error) &&
         copy_factors(&out->factors, from->factors, from->n_factors, error);
    for (unsigned m = 0; ok && m < OPTIMIZER_MOMENTS; m++)
        ok = clone_weights(&out->moments[m], &from->moments[m], error) &&
             copy_factors(&out->factor_moments[m], from->factor_moments[m], from->n_factors, error);
    if (!ok)
        training_state_finish(out);
    return ok;
}

void training_state_finish(struct training_state *s)
{
    net_weights_finish(&s->weights);
    g_free(s->factors);
    for (unsigned m = 0; m < OPTIMIZER_MOMENTS; m++) {
        net_weights_finish(&s->moments[m]);
        g_free(s->factor_moments[m]);
    }
    *s = (struct training_state){0};
}

const struct training_state *training_state(const struct training *t)
{
    return &t->state;
}

void training_restore(struct training *t, const struct training_state *s)
{
    struct training_state *own = &t->state;

    own->step = s->step;
    own->epoch = s->epoch;
    own->position = s->position;
    own->random = s->random;
    own->learning_rate = s->learning_rate;
    own->weight_decay = s->weight_decay;
    own->smoothing = s->smoothing;
    copy_weights(&own->weights, &s->weights);
    if (own->factors)
        memcpy(own->factors, s->factors, own->n_factors * sizeof(float));
    for (unsigned m = 0; m < OPTIMIZER_MOMENTS; m++) {
        copy_weights(&own->moments[m], &s->moments[m]);
        if (own->factor_moments[m])
            memcpy(own->factor_moments[m], s->factor_moments[m], own->n_factors * sizeof(float));
    }
    timeline_rewind(t->timeline, s->step);
}

/* Arrays by name. */

G_GNUC_PRINTF(6, 7)
static void add_array(const struct training *t, GArray *to, float *values, uint64_t n,
                      uint64_t columns, const char *format, ...)
{
    struct training_array a = {.values = values, .rows = n / columns, .columns = columns};
    va_list arguments;
    char *name;

    va_start(arguments, format);
    name = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    a.name = g_string_chunk_insert_const(t->names, name);
    g_free(name);
    g_array_append_val(to, a);
}

static void add_piece(const struct training *t, GArray *to, struct net_weights *w,
                      const char *prefix, guint piece)
{
    const struct training_piece *p = training_piece(t, piece);
    uint64_t n, columns;
    float *values;

    if (w->blocks && training_values(t->base, w, p->tensor, &values, &n, &columns))
        add_array(t, to, values, n, columns, "%s/%s", prefix,
                  checkpoint_tensor(t->base, p->tensor)->name);
}

static void add_factors(const struct training *t, GArray *to, float *values, const char *prefix)
{
    for (guint i = 0; values && i < t->lora.n; i++) {
        const struct lora_pair *p = &t->lora.pairs[i];
        const char *name = checkpoint_tensor(t->base, training_piece(t, p->piece)->tensor)->name;
        uint64_t rank = t->lora.rank;

        add_array(t, to, values + p->a, rank * p->columns, p->columns, "%s/%s.lora_A", prefix,
                  name);
        add_array(t, to, values + p->b, rank * p->rows, rank, "%s/%s.lora_B", prefix, name);
    }
}

GArray *training_arrays(const struct training *t, const struct training_state *s)
{
    static const char *const moments[OPTIMIZER_MOMENTS] = {"moment_1", "moment_2"};
    GArray *out = g_array_new(FALSE, FALSE, sizeof(struct training_array));
    struct training_state *state = (struct training_state *)(gsize)s;

    for (guint i = 0; i < t->pieces->len; i++) {
        if (g_array_index(t->table, struct training_parameter, i).factor == 0)
            continue;
        add_piece(t, out, &state->weights, "weights", i);
        for (unsigned m = 0; m < OPTIMIZER_MOMENTS; m++)
            add_piece(t, out, &state->moments[m], moments[m], i);
    }
    add_factors(t, out, state->factors, "factors");
    for (unsigned m = 0; m < OPTIMIZER_MOMENTS; m++)
        add_factors(t, out, state->factor_moments[m], moments[m]);
    return out;
}

#define HASHED_AT_ONCE ((uint64_t)1 << 30) /* bytes: GLib counts them in a signed size */

static void hash_array(GChecksum *sum, const struct training_array *a)
{
    uint64_t bytes = a->rows * a->columns * sizeof(float);

    for (uint64_t at = 0; at < bytes; at += HASHED_AT_ONCE)
        g_checksum_update(sum, (const guchar *)a->values + at,
                          (gssize)MIN(HASHED_AT_ONCE, bytes - at));
}

char *training_weights_hash(const struct training *t)
{
    GArray *arrays = training_arrays(t, training_state(t));
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    char *hash;

    for (guint i = 0; i < arrays->len; i++) {
        const struct training_array *a = &g_array_index(arrays, struct training_array, i);

        if (g_str_has_prefix(a->name, "weights/"))
            hash_array(sum, a);
    }
    hash = g_strdup(g_checksum_get_string(sum));
    g_checksum_free(sum);
    g_array_unref(arrays);
    return hash;
}
