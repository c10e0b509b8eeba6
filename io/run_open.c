/* A run's file read back: every array is checked against what the run says of itself before a byte
 * of it is used. */
#include <string.h>
#include "io/hdf5_walk.h"
#include "io/run_internal.h"

#define STEPS_MOST (1u << 26) /* of a timeline */
#define COPY_ELEMS 4096u

struct run_file {
    struct file file;
    struct listing *listing;
    struct hdf5_reader *reader;
    GStringChunk *strings;
    struct run_origin origin;
    struct training_options options;
    struct run_position position;
    struct timeline *timeline;
};

/* A dataset of that shape and type; NULL with the reason. columns 0: a vector. */
static const struct listing_dataset *find(const struct run_file *r, const char *path,
                                          enum dtype dtype, uint64_t rows, uint64_t columns,
                                          guint32 *index, GError **error)
{
    guint32 object = listing_find(r->listing, path);
    const struct listing_dataset *d = NULL;
    const guint64 *dims;

    if (object != LISTING_NONE && listing_object(r->listing, object)->kind == LISTING_DATASET) {
        *index = listing_object(r->listing, object)->dataset;
        d = listing_dataset(r->listing, *index);
        dims = (const guint64 *)(const void *)r->listing->numbers->data + d->dims;
        if (d->readable && !d->opaque && d->dtype == dtype && d->rank == (columns ? 2 : 1) &&
            dims[0] == rows && (!columns || dims[1] == columns))
            return d;
    }
    g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                "%s: %s %s; the run was made by another model, or the file is damaged",
                r->file.path, path, d ? "has another shape or type" : "is missing");
    return NULL;
}

static gboolean read_array(struct run_file *r, const char *path, float *values, uint64_t rows,
                           uint64_t columns, GError **error)
{
    guint32 index;
    const struct listing_dataset *d = find(r, path, DTYPE_F32, rows, columns, &index, error);

    return d && hdf5_read(r->reader, index, 0, d->elems, values, error);
}

/* --- the timeline --- */

static char *path_of(bool of_steps, const char *name)
{
    return g_strconcat("/timeline/", of_steps ? "steps" : "looks", "/", name, NULL);
}

/* Into the field of each record. */
static gboolean read_column(struct run_file *r, const struct run_column *c, bool of_steps,
                            GError **error)
{
    GArray *records = of_steps ? r->timeline->steps : r->timeline->looks;
    size_t stride = of_steps ? sizeof(struct step_record) : sizeof(struct look_record);
    size_t bytes = dtype_info(c->dtype)->bytes;
    char *path = path_of(of_steps, c->name), values[COPY_ELEMS * 8];
    guint32 index;
    gboolean ok = find(r, path, c->dtype, records->len, 0, &index, error) != NULL;

    for (guint at = 0; ok && at < records->len; at += COPY_ELEMS) {
        guint n = MIN(COPY_ELEMS, records->len - at);

        ok = hdf5_read(r->reader, index, at, n, values, error);
        for (guint i = 0; ok && i < n; i++)
            memcpy(records->data + (at + i) * stride + c->offset, values + i * bytes, bytes);
    }
    g_free(path);
    return ok;
}

static gboolean read_table(struct run_file *r, const struct run_table *table, GError **error)
{
    struct timeline *t = r->timeline;
    GArray *values = G_STRUCT_MEMBER(GArray *, t, table->offset);
    guint rows = table->of_steps ? t->steps->len : t->looks->len;
    uint32_t width = run_table_width(table, t), index;
    char *path = path_of(table->of_steps, table->name);
    const struct listing_dataset *d;
    gboolean ok = width == 0 || rows == 0;

    if (!ok) {
        d = find(r, path, DTYPE_F64, rows, width, &index, error);
        ok = d && hdf5_read(r->reader, index, 0, d->elems, values->data, error);
    }
    g_free(path);
    return ok;
}

/* How many steps there are says the first column; their number is checked against the file's size
 * before memory is taken. */
static gboolean make_steps(struct run_file *r, GError **error)
{
    guint32 object = listing_find(r->listing, "/timeline/steps/step");
    uint64_t n = 0;

    if (object != LISTING_NONE && listing_object(r->listing, object)->kind == LISTING_DATASET)
        n = listing_dataset(r->listing, listing_object(r->listing, object)->dataset)->elems;
    if (n > STEPS_MOST || n * (r->timeline->n_blocks + 1) > r->file.size / sizeof(double)) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_LIMIT,
                    "%s: more steps than the file has room for", r->file.path);
        return FALSE;
    }
    for (uint64_t i = 0; i < n; i++)
        timeline_add_step(r->timeline, &(struct step_record){0}, NULL);
    return TRUE;
}

static gboolean read_timeline(struct run_file *r, const char *json, GError **error)
{
    gboolean ok;

    r->timeline = run_timeline_parse(json, r->file.size / sizeof(double), error);
    if (!r->timeline) {
        g_prefix_error(error, "%s: ", r->file.path);
        return FALSE;
    }
    ok = make_steps(r, error);
    for (const struct run_column *c = run_step_columns; ok && c->name; c++)
        ok = read_column(r, c, true, error);
    for (const struct run_column *c = run_look_columns; ok && c->name; c++)
        ok = read_column(r, c, false, error);
    for (const struct run_table *t = run_tables; ok && t->name; t++)
        ok = read_table(r, t, error);
    return ok;
}

/* --- all of it --- */

static gboolean read_words(struct run_file *r, GError **error)
{
    const char *run = listing_attribute_text(r->listing, 0, "run");
    const char *timeline = listing_attribute_text(r->listing, 0, "timeline");

    if (!run || !timeline) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                    "%s: not the file of a run: it has no attributes \"run\" and \"timeline\"",
                    r->file.path);
        return FALSE;
    }
    if (!run_parse(run, r->strings, &r->origin, &r->options, &r->position, error)) {
        g_prefix_error(error, "%s: ", r->file.path);
        return FALSE;
    }
    return read_timeline(r, timeline, error);
}

struct run_file *run_open(const char *path, GError **error)
{
    struct run_file *r = g_new0(struct run_file, 1);

    r->strings = g_string_chunk_new(1024);
    if (!file_open(&r->file, path, error)) {
        g_string_chunk_free(r->strings);
        g_free(r);
        return NULL;
    }
    r->listing = hdf5_walk(&r->file, NULL, error);
    if (r->listing) {
        r->reader = hdf5_reader_create(&r->file, r->listing);
        if (read_words(r, error))
            return r;
    }
    run_close(r);
    return NULL;
}

void run_close(struct run_file *r)
{
    if (!r)
        return;
    timeline_destroy(r->timeline);
    g_free((gpointer)(gsize)r->options.factors);
    g_string_chunk_free(r->strings);
    if (r->reader)
        hdf5_reader_destroy(r->reader);
    listing_destroy(r->listing);
    file_close(&r->file);
    g_free(r);
}

const struct run_origin *run_origin(const struct run_file *r)
{
    return &r->origin;
}

const struct training_options *run_options(const struct run_file *r)
{
    return &r->options;
}

uint64_t run_step(const struct run_file *r)
{
    return r->position.step;
}

const struct timeline *run_timeline(const struct run_file *r)
{
    return r->timeline;
}

static gboolean fill(struct run_file *r, const struct training *t, struct training_state *s,
                     GError **error)
{
    GArray *arrays = training_arrays(t, s);
    gboolean ok = TRUE;

    for (guint i = 0; ok && i < arrays->len; i++) {
        const struct training_array *a = &g_array_index(arrays, struct training_array, i);
        char *path = g_strconcat("/state/", a->name, NULL);

        ok = read_array(r, path, a->values, a->rows, a->columns, error);
        g_free(path);
    }
    g_array_free(arrays, TRUE);
    return ok;
}

gboolean run_restore(struct run_file *r, struct training *t, GError **error)
{
    struct training_state s;
    gboolean ok;

    if (!training_state_copy(&s, training_state(t), error))
        return FALSE;
    ok = fill(r, t, &s, error);
    if (ok) {
        s.step = r->position.step;
        s.epoch = r->position.epoch;
        s.position = r->position.position;
        s.random = r->position.random;
        s.learning_rate = r->position.learning_rate;
        s.weight_decay = r->position.weight_decay;
        s.smoothing = r->position.smoothing;
        training_set_timeline(t, timeline_copy(r->timeline));
        training_restore(t, &s);
    }
    training_state_finish(&s);
    return ok;
}
