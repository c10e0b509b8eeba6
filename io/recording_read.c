/* The rows of a recording, a batch at a time, into an activity. */
#include "io/recording_internal.h"

#include <string.h>

#define BATCH_BYTES (64u << 20) /* of what a batch holds on to */
#define BATCH_ROWS 4096u

#define CKA_TOKENS 4096u

/* What one reading works with. */
struct reading {
    struct recorded as; /* what the reader sees */
    struct recording *sides[ACTIVITY_SIDES]; /* tuned NULL: one */
    GArray *layers; /* struct layer_pair, as in the activity */
    guint32 batch;  /* rows */
    guint8 *stored; /* [batch][widest] values as stored, up to 8 bytes each */
    double *decoded;
    float *values;
    gint64 *columns[3];                  /* of the batch: category, example, position */
    gint64 example_before;               /* of the last row; -1: there is none */
    guint32 rows_of_example;             /* that the batches before had of it */
    guint32 example;                     /* its number */
    struct activity_sequence *sequences; /* [batch] */
};

enum { CATEGORY, EXAMPLE, POSITION };

struct layer_pair {
    struct recorded_layer side[ACTIVITY_SIDES];
};

static GArray *pair_layers(struct recording *base, struct recording *tuned)
{
    GArray *pairs = g_array_new(FALSE, FALSE, sizeof(struct layer_pair));

    for (guint i = 0; i < base->layers->len; i++) {
        struct layer_pair p = {{g_array_index(base->layers, struct recorded_layer, i)}};
        bool found = !tuned;

        for (guint k = 0; tuned && k < tuned->layers->len && !found; k++) {
            p.side[ACTIVITY_TUNED] = g_array_index(tuned->layers, struct recorded_layer, k);
            found =
                p.side[0].units == p.side[1].units && strcmp(p.side[0].name, p.side[1].name) == 0;
        }
        if (found)
            g_array_append_val(pairs, p);
    }
    return pairs;
}

static gboolean check_pair(const struct recording *base, const struct recording *tuned,
                           GError **error)
{
    bool same = base->rows == tuned->rows && base->categories->len == tuned->categories->len;

    for (guint i = 0; same && i < base->categories->len; i++)
        same = strcmp(base->categories->pdata[i], tuned->categories->pdata[i]) == 0;
    if (!same)
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                    "%s and %s are not of the same rows: %" G_GUINT64_FORMAT
                    " and %" G_GUINT64_FORMAT
                    " rows, %u and %u categories; record both models on the same data",
                    base->file.path, tuned->file.path, base->rows, tuned->rows,
                    base->categories->len, tuned->categories->len);
    return same;
}

static struct activity *open_activity(const struct reading *r, uint32_t cka_tokens, GError **error)
{
    const struct recording *base = r->sides[ACTIVITY_BASE];
    struct activity_options o = {.categories =
                                     (const char *const *)(const void *)base->categories->pdata,
                                 .n_categories = base->categories->len,
                                 .pair = r->sides[ACTIVITY_TUNED] != NULL,
                                 .first_apart = base->position != LISTING_NONE,
                                 .cka_tokens = cka_tokens};
    struct activity_layer *layers = g_new0(struct activity_layer, r->layers->len);
    struct activity *a;

    for (guint i = 0; i < r->layers->len; i++) {
        const struct recorded_layer *l = &g_array_index(r->layers, struct layer_pair, i).side[0];

        layers[i] = (struct activity_layer){(char *)(gsize)l->name, ACTIVITY_RECORDED, -1, l->units,
                                            l->rectified};
    }
    a = activity_create_recorded(layers, r->layers->len, &o, error);
    g_free(layers);
    return a;
}

static gboolean make_buffers(struct reading *r, GError **error)
{
    guint64 row = MAX(activity_batch_bytes(r->as.activity, 1, 1), 1), widest = 1;
    gsize values;

    for (guint i = 0; i < r->layers->len; i++)
        widest = MAX(widest, g_array_index(r->layers, struct layer_pair, i).side[0].units);
    row += widest * (8 + sizeof(double) + sizeof(float));
    r->batch = (guint32)CLAMP(BATCH_BYTES / row, 1, BATCH_ROWS);
    values = (gsize)r->batch * widest;
    r->stored = g_try_malloc(values * 8);
    r->decoded = g_try_new(double, values);
    r->values = g_try_new(float, values);
    for (int i = 0; i < 3; i++)
        r->columns[i] = g_new(gint64, r->batch);
    r->sequences = g_new(struct activity_sequence, r->batch);
    if (r->stored && r->decoded && r->values)
        return TRUE;
    g_set_error(error, TARE_ERROR, TARE_ERROR_LIMIT,
                "%s: no memory for a row of %" G_GUINT64_FORMAT " units",
                r->sides[ACTIVITY_BASE]->file.path, widest);
    return FALSE;
}

/* --- a batch --- */

static gboolean read_column(struct recording *side, guint32 dataset, guint64 first, guint32 n,
                            gint64 *out, GError **error)
{
    const struct listing_dataset *d = listing_dataset(side->listing, dataset);
    guint8 stored[1024 * 8];
    double decoded[1024];

    for (guint32 at = 0; at < n; at += G_N_ELEMENTS(decoded)) {
        guint32 some = MIN(n - at, (guint32)G_N_ELEMENTS(decoded));

        if (!hdf5_read(side->reader, dataset, first + at, some, stored, error))
            return FALSE;
        dtype_info(d->dtype)->decode(decoded, stored, some);
        for (guint32 i = 0; i < some; i++)
            out[at + i] = decoded[i] >= -1 && decoded[i] < 4e18 ? (gint64)decoded[i] : -1;
    }
    return TRUE;
}

static gboolean bad_row(const struct recording *side, guint64 row, const char *column,
                        const char *what, GError **error)
{
    g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%s: /rows/%s of row %" G_GUINT64_FORMAT " %s",
                side->file.path, column, row, what);
    return FALSE;
}

/* The base's columns; what the tuned side has must be the same. */
static gboolean read_columns(struct reading *r, guint64 first, guint32 n, GError **error)
{
    static const char *const names[] = {"category", "example", "position"};
    gint64 *other = g_new(gint64, n);
    gboolean ok = TRUE;

    for (int k = 0; ok && k < 3; k++) {
        for (int side = 0; ok && side < ACTIVITY_SIDES && r->sides[side]; side++) {
            struct recording *s = r->sides[side];
            guint32 dataset = k == CATEGORY ? s->category : k == EXAMPLE ? s->example : s->position;
            gint64 *to = side == ACTIVITY_BASE ? r->columns[k] : other;

            for (guint32 i = 0; dataset == LISTING_NONE && i < n; i++)
                to[i] = k == EXAMPLE ? (gint64)(first + i) : 0;
            if (dataset != LISTING_NONE)
                ok = read_column(s, dataset, first, n, to, error);
            for (guint32 i = 0; ok && i < n; i++)
                if (to[i] < 0 || (k == CATEGORY && to[i] >= s->categories->len) ||
                    (k == POSITION && to[i] > G_MAXINT32))
                    ok = bad_row(s, first + i, names[k], "is out of range", error);
                else if (to[i] != r->columns[k][i])
                    ok = bad_row(s, first + i, names[k], "differs from the base's", error);
        }
    }
    g_free(other);
    return ok;
}

/* Runs of rows of one example and category; positions that are not recorded count up. */
static guint32 make_sequences(struct reading *r, guint32 n)
{
    bool has_position = r->sides[ACTIVITY_BASE]->position != LISTING_NONE;
    guint32 n_sequences = 0;

    for (guint32 i = 0; i < n; i++) {
        gint64 example = r->columns[EXAMPLE][i];
        bool goes_on = example == r->example_before;
        struct activity_sequence *last = n_sequences ? &r->sequences[n_sequences - 1] : NULL;
        guint32 category = (guint32)r->columns[CATEGORY][i], position;

        r->example += !goes_on && r->example_before >= 0;
        r->rows_of_example = goes_on ? r->rows_of_example + 1 : 0;
        r->example_before = example;
        position = has_position ? (guint32)r->columns[POSITION][i] : r->rows_of_example;
        if (goes_on && last && last->category == category && position == last->position + last->n)
            last->n++;
        else
            r->sequences[n_sequences++] =
                (struct activity_sequence){r->example, category, 1, position};
    }
    return n_sequences;
}

static gboolean feed_layer(struct reading *r, enum activity_side side, guint layer, guint64 first,
                           guint32 n, GError **error)
{
    const struct recorded_layer *l = &g_array_index(r->layers, struct layer_pair, layer).side[side];
    struct recording *s = r->sides[side];
    enum dtype dtype = listing_dataset(s->listing, l->dataset)->dtype;
    gsize values = (gsize)n * l->units;

    if (!hdf5_read(s->reader, l->dataset, first * l->units, values,
                   dtype == DTYPE_F32 ? (void *)r->values : r->stored, error))
        return FALSE;
    if (dtype != DTYPE_F32) {
        dtype_info(dtype)->decode(r->decoded, r->stored, values);
        for (gsize i = 0; i < values; i++)
            r->values[i] = (float)r->decoded[i];
    }
    activity_feed(r->as.activity, side, layer, 0, n, r->values);
    return TRUE;
}

static gboolean step(struct recorded *as, GError **error)
{
    struct reading *r = (struct reading *)as;
    guint64 first = as->done;
    guint32 n = (guint32)MIN(r->batch, as->rows - first);

    if (!read_columns(r, first, n, error))
        return FALSE;
    activity_batch(as->activity, r->sequences, make_sequences(r, n));
    for (int side = 0; side < ACTIVITY_SIDES && r->sides[side]; side++)
        for (guint i = 0; i < r->layers->len; i++)
            if (!feed_layer(r, side, i, first, n, error))
                return FALSE;
    as->done += n;
    return TRUE;
}

static void close_reading(struct recorded *as)
{
    struct reading *r = (struct reading *)as;

    activity_destroy(as->activity);
    g_strfreev(as->remarks);
    if (r->layers)
        g_array_free(r->layers, TRUE);
    g_free(r->stored);
    g_free(r->decoded);
    g_free(r->values);
    for (int i = 0; i < 3; i++)
        g_free(r->columns[i]);
    g_free(r->sequences);
    for (int side = 0; side < ACTIVITY_SIDES; side++)
        recording_close(r->sides[side]);
    g_free(r);
}

/* --- what is left out --- */

static bool is_read(const struct reading *r, const char *name)
{
    for (guint i = 0; i < r->layers->len; i++)
        if (strcmp(g_array_index(r->layers, struct layer_pair, i).side[0].name, name) == 0)
            return true;
    return false;
}

static char **remarks_of(const struct reading *r)
{
    GPtrArray *lines = g_ptr_array_new();

    for (int side = 0; side < ACTIVITY_SIDES && r->sides[side]; side++) {
        const struct recording *of = r->sides[side];

        for (guint i = 0; of->skipped->pdata[i]; i++)
            g_ptr_array_add(lines, g_strdup_printf("%s: %s", of->file.path,
                                                   (const char *)of->skipped->pdata[i]));
        for (guint i = 0; i < of->layers->len; i++) {
            const char *name = g_array_index(of->layers, struct recorded_layer, i).name;

            if (!is_read(r, name))
                g_ptr_array_add(lines, g_strdup_printf("%s: %s: the other recording has no such "
                                                       "layer of that many units",
                                                       of->file.path, name));
        }
    }
    g_ptr_array_add(lines, NULL);
    return (char **)g_ptr_array_free(lines, FALSE);
}

static gboolean begin(struct reading *r, uint32_t cka_tokens, GError **error)
{
    struct recording *base = r->sides[ACTIVITY_BASE], *tuned = r->sides[ACTIVITY_TUNED];

    if (tuned && !check_pair(base, tuned, error))
        return FALSE;
    r->layers = pair_layers(base, tuned);
    r->as.rows = base->rows;
    if (r->layers->len == 0) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                    "%s and %s have no layer of the same name and number of units", base->file.path,
                    tuned->file.path);
        return FALSE;
    }
    r->as.activity = open_activity(r, cka_tokens, error);
    if (!r->as.activity || !make_buffers(r, error))
        return FALSE;
    r->as.remarks = remarks_of(r);
    return TRUE;
}

struct recorded *recording_pair(struct recording *base, struct recording *tuned,
                                   uint32_t cka_tokens, GError **error)
{
    struct reading *r = g_new0(struct reading, 1);

    *r = (struct reading){.as = {.step = step, .close = close_reading},
                          .sides = {base, tuned},
                          .example_before = -1};
    if (begin(r, cka_tokens, error))
        return &r->as;
    close_reading(&r->as);
    return NULL;
}

struct recorded *recording_read(const char *const *paths, GError **error)
{
    struct recording *base = recording_open(paths[0], NULL, error), *tuned = NULL;

    if (base && paths[1])
        tuned = recording_open(paths[1], NULL, error);
    if (base && (tuned || !paths[1]))
        return recording_pair(base, tuned, CKA_TOKENS, error);
    recording_close(base);
    return NULL;
}
