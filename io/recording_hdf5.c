/* What a recording holds: layers, rows, categories. */
#include "io/recording_internal.h"

#include <string.h>
#include "io/limits.h"
#include "io/name_order.h"

#define UNDER "/activations/"

static const struct listing_dataset *dataset_at(const struct recording *r, guint32 object)
{
    return listing_dataset(r->listing, listing_object(r->listing, object)->dataset);
}

static const guint64 *dims_of(const struct recording *r, const struct listing_dataset *d)
{
    return (const guint64 *)(const void *)r->listing->numbers->data + d->dims;
}

static void skip(struct recording *r, const char *name, const char *reason)
{
    if (r->skipped->len < LIMIT_RECORDING_REMARKS)
        g_ptr_array_add(r->skipped, g_strdup_printf("%s: %s", name, reason));
}

/* Why a dataset is no layer, or NULL. */
static const char *reason_against(const struct recording *r, const struct listing_dataset *d)
{
    const guint64 *dims = dims_of(r, d);
    guint64 units;

    if (!d->readable)
        return listing_text(r->listing, d->reason);
    if (d->opaque || dtype_info(d->dtype)->is_integer)
        return "not of a float type";
    if (d->rank < 2 || dims[0] == 0 || d->elems == 0)
        return "not [rows][units], or empty";
    units = d->elems / dims[0];
    if (units > ACTIVITY_UNITS_MOST)
        return "more than 1048576 units";
    if (dims[0] > LIMIT_RECORDING_ROWS)
        return "more than 1000000000 rows";
    return NULL;
}

static void add_layer(struct recording *r, guint32 object)
{
    const char *path = listing_text(r->listing, listing_object(r->listing, object)->path);
    const struct listing_dataset *d = dataset_at(r, object);
    const char *activation = listing_attribute_text(r->listing, object, "activation");
    const char *reason = reason_against(r, d);
    guint64 rows = reason ? 0 : dims_of(r, d)[0];
    struct recorded_layer layer = {.name = path + strlen(UNDER),
                                   .units = rows ? (uint32_t)(d->elems / rows) : 0,
                                   .rectified = activation && strcmp(activation, "relu") == 0,
                                   .dataset = listing_object(r->listing, object)->dataset};

    if (!reason && r->layers->len && rows != r->rows)
        reason = "another number of rows than the layers before it";
    if (!reason && r->layers->len == LIMIT_RECORDING_LAYERS)
        reason = "more than 4096 layers";
    if (reason) {
        skip(r, layer.name, reason);
        return;
    }
    r->rows = rows;
    g_array_append_val(r->layers, layer);
}

/* --- the layers' order --- */

static gint by_key(gconstpointer a, gconstpointer b)
{
    const struct ordered_layer *x = a, *y = b;

    return x->place != y->place ? (x->place < y->place ? -1 : 1) : strcmp(x->key, y->key);
}

static guint32 place_of(GHashTable *listed, const char *name)
{
    gpointer place;

    return g_hash_table_lookup_extended(listed, name, NULL, &place) ? GPOINTER_TO_UINT(place)
                                                                    : G_MAXUINT32;
}

/* As "layers" says; the others behind them as names are read. */
static void put_in_order(struct recording *r)
{
    guint32 n = 0;
    const guint32 *names = listing_attribute_strings(r->listing, 0, "layers", &n);
    GHashTable *listed = g_hash_table_new(g_str_hash, g_str_equal);
    GArray *ordered = g_array_new(FALSE, FALSE, sizeof(struct ordered_layer));

    for (guint32 i = n; i-- > 0;)
        g_hash_table_insert(listed, (gpointer)(gsize)listing_text(r->listing, names[i]),
                            GUINT_TO_POINTER(i));
    for (guint i = 0; i < r->layers->len; i++) {
        struct ordered_layer o = {.layer = g_array_index(r->layers, struct recorded_layer, i)};
        GString *key = g_string_new(NULL);

        name_order_key(key, o.layer.name);
        o.place = place_of(listed, o.layer.name);
        o.key = g_string_free(key, FALSE);
        g_array_append_val(ordered, o);
    }
    g_array_sort(ordered, by_key);
    for (guint i = 0; i < ordered->len; i++) {
        struct ordered_layer *o = &g_array_index(ordered, struct ordered_layer, i);

        g_array_index(r->layers, struct recorded_layer, i) = o->layer;
        g_free(o->key);
    }
    g_array_free(ordered, TRUE);
    g_hash_table_destroy(listed);
}

/* --- rows and categories --- */

/* A column of /rows; false with an error if it is there and can't be used. */
static gboolean find_column(struct recording *r, const char *path, guint32 *dataset, GError **error)
{
    guint32 object = listing_find(r->listing, path);
    const struct listing_dataset *d;

    *dataset = LISTING_NONE;
    if (object == LISTING_NONE || listing_object(r->listing, object)->kind != LISTING_DATASET)
        return TRUE;
    d = dataset_at(r, object);
    if (d->readable && !d->opaque && dtype_info(d->dtype)->is_integer && d->rank == 1 &&
        d->elems == r->rows) {
        *dataset = listing_object(r->listing, object)->dataset;
        return TRUE;
    }
    g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                "%s: %s is not one integer for each of the %" G_GUINT64_FORMAT " rows",
                r->file.path, path, r->rows);
    return FALSE;
}

static gboolean find_categories(struct recording *r, GError **error)
{
    guint32 n = 0;
    const guint32 *names = listing_attribute_strings(r->listing, 0, "categories", &n);

    if (n > LIMIT_RECORDING_CATEGORIES) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_LIMIT, "%s: %u categories, %u are allowed",
                    r->file.path, n, LIMIT_RECORDING_CATEGORIES);
        return FALSE;
    }
    if (r->category != LISTING_NONE && n == 0) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                    "%s: there is /rows/category, but no attribute \"categories\" on the file that "
                    "names them",
                    r->file.path);
        return FALSE;
    }
    for (guint32 i = 0; r->category != LISTING_NONE && i < n; i++)
        g_ptr_array_add(r->categories, (gpointer)(gsize)listing_text(r->listing, names[i]));
    if (r->categories->len == 0)
        g_ptr_array_add(r->categories, (gpointer)(gsize) "");
    return TRUE;
}

static gboolean find_all(struct recording *r, GError **error)
{
    for (guint32 i = 0; i < r->listing->objects->len; i++) {
        const struct listing_object *o = listing_object(r->listing, i);
        const char *path = listing_text(r->listing, o->path);

        if (!g_str_has_prefix(path, UNDER))
            continue;
        if (o->kind == LISTING_DATASET)
            add_layer(r, i);
        else if (o->kind == LISTING_REFUSED)
            skip(r, path + strlen(UNDER), listing_text(r->listing, o->reason));
    }
    if (r->layers->len == 0) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                    "%s: no recording: nothing that can be read under /activations%s%s",
                    r->file.path, r->skipped->len ? "; " : "",
                    r->skipped->len ? (const char *)r->skipped->pdata[0] : "");
        return FALSE;
    }
    put_in_order(r);
    return find_column(r, "/rows/category", &r->category, error) &&
           find_column(r, "/rows/example", &r->example, error) &&
           find_column(r, "/rows/position", &r->position, error) && find_categories(r, error);
}

struct recording *recording_open(const char *path, struct open_watch *watch, GError **error)
{
    struct recording *r = g_new0(struct recording, 1);
    gboolean ok;

    r->layers = g_array_new(FALSE, FALSE, sizeof(struct recorded_layer));
    r->skipped = g_ptr_array_new_with_free_func(g_free);
    r->categories = g_ptr_array_new();
    if (!file_open(&r->file, path, error)) {
        r->file.fd = -1;
        recording_close(r);
        return NULL;
    }
    r->listing = hdf5_walk(&r->file, watch, error);
    if (r->listing)
        r->reader = hdf5_reader_create(&r->file, r->listing);
    ok = r->listing && find_all(r, error);
    g_ptr_array_add(r->skipped, NULL);
    if (ok)
        return r;
    recording_close(r);
    return NULL;
}

void recording_close(struct recording *r)
{
    if (!r)
        return;
    hdf5_reader_destroy(r->reader);
    listing_destroy(r->listing);
    if (r->file.fd >= 0)
        file_close(&r->file);
    g_array_free(r->layers, TRUE);
    g_ptr_array_free(r->skipped, TRUE);
    g_ptr_array_free(r->categories, TRUE);
    g_free(r);
}

const struct recorded_layer *recording_layers(const struct recording *r, uint32_t *n)
{
    *n = r->layers->len;
    return (const struct recorded_layer *)(const void *)r->layers->data;
}

const char *const *recording_skipped(const struct recording *r)
{
    return (const char *const *)(const void *)r->skipped->pdata;
}
