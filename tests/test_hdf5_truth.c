/* Every HDF5 fixture against its truth table: names, shapes, types, layouts, filters and values. */
#include <check.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>
#include "tests/support/opened.h"

struct truth {
    const char *path, *dtype, *stored;
    JsonObject *json;
};

struct found {
    double min, max;
    guint64 count, zeros;
};

static double half_value(guint16 bits)
{
    int exponent = bits >> 10 & 31, mantissa = bits & 1023;
    double value = exponent == 31 ? (mantissa ? NAN : INFINITY)
                   : exponent     ? ldexp(1024 + mantissa, exponent - 25)
                                  : ldexp(mantissa, -24);

    return bits & 0x8000 ? -value : value;
}

#define LOAD(type)                                                                                 \
    type value;                                                                                    \
    memcpy(&value, data, sizeof value)

static double decode(enum dtype dtype, const guint8 *data)
{
    union {
        guint32 bits;
        float value;
    } wide;
    guint64 raw = 0;

    switch (dtype) {
    case DTYPE_F16:
    case DTYPE_BF16: {
        LOAD(guint16);
        wide.bits = (guint32)value << 16;
        return dtype == DTYPE_F16 ? half_value(value) : (double)wide.value;
    }
    case DTYPE_F32: {
        LOAD(float);
        return (double)value;
    }
    case DTYPE_F64: {
        LOAD(double);
        return value;
    }
    case DTYPE_I64: {
        LOAD(gint64);
        return (double)value;
    }
    case DTYPE_I32: {
        LOAD(gint32);
        return value;
    }
    case DTYPE_I16: {
        LOAD(gint16);
        return value;
    }
    case DTYPE_I8:
        return (gint8)*data;
    default:
        memcpy(&raw, data,
               dtype == DTYPE_U8    ? 1
               : dtype == DTYPE_U16 ? 2
               : dtype == DTYPE_U32 ? 4
                                    : 8);
        return (double)raw;
    }
}

static gboolean dtype_of(const char *name, enum dtype *dtype)
{
    static const char *const names[DTYPE_COUNT] = {"float16", "bfloat16", "float32", "float64",
                                                   "int8",    "int16",    "int32",   "int64",
                                                   "uint8",   "uint16",   "uint32",  "uint64"};
    static const char *const swapped[DTYPE_COUNT] = {">f2", "",    ">f4", ">f8", "",    ">i2",
                                                     ">i4", ">i8", "",    ">u2", ">u4", ">u8"};

    for (int i = 0; i < DTYPE_COUNT; i++)
        if (strcmp(name, names[i]) == 0 || strcmp(name, swapped[i]) == 0) {
            *dtype = (enum dtype)i;
            return TRUE;
        }
    return FALSE;
}

static gboolean filters_known(JsonArray *filters)
{
    for (guint i = 0; i < json_array_get_length(filters); i++) {
        gint64 id = json_array_get_int_element(filters, i);

        if (id != 1 && id != 2 && id != 3 && id != 32000)
            return FALSE;
    }
    return TRUE;
}

static void check_shape(const struct opened *o, const struct listing_dataset *d,
                        const struct truth *t)
{
    JsonArray *shape = json_object_get_array_member(t->json, "shape");

    ck_assert_msg(d->rank == json_array_get_length(shape), "%s: rank %u", t->path, d->rank);
    for (guint i = 0; i < d->rank; i++)
        ck_assert_msg(g_array_index(o->listing->numbers, guint64, d->dims + i) ==
                          (guint64)json_array_get_int_element(shape, i),
                      "%s: dimension %u", t->path, i);
}

static void check_storage(const struct listing_dataset *d, const struct truth *t)
{
    JsonArray *filters = json_object_get_array_member(t->json, "filters");
    const char *layout = json_object_get_string_member(t->json, "layout");

    ck_assert_msg(d->layout == LAYOUT_NONE ||
                      (d->layout == LAYOUT_CHUNKED) == (strcmp(layout, "chunked") == 0),
                  "%s: layout %d", t->path, d->layout);
    ck_assert_msg(d->n_filters == json_array_get_length(filters), "%s: filters", t->path);
    for (guint i = 0; i < d->n_filters; i++)
        ck_assert_uint_eq(d->filters[i].id, (guint64)json_array_get_int_element(filters, i));
    ck_assert_msg(d->big_endian == (strstr(t->stored, ":BE:") != NULL), "%s: byte order", t->path);
    ck_assert_msg(d->opaque == g_str_has_prefix(t->stored, "OPAQUE"), "%s: opaque", t->path);
}

/* In pieces of an odd size, so that they cut rows and chunks anywhere. */
static struct found read_values(const struct opened *o, guint32 dataset, enum dtype dtype)
{
    const struct listing_dataset *d = listing_dataset(o->listing, dataset);
    struct found f = {.min = INFINITY, .max = -INFINITY};
    guint8 buffer[977 * 8];
    GError *error = NULL;

    for (guint64 at = 0; at < d->elems; at += 977) {
        gsize n = (gsize)MIN(d->elems - at, 977);

        ck_assert_msg(hdf5_read(o->reader, dataset, at, n, buffer, &error), "%s",
                      error ? error->message : "");
        for (gsize i = 0; i < n; i++) {
            double value = decode(dtype, buffer + i * d->bytes);

            f.count++;
            if (!isfinite(value))
                continue;
            f.zeros += value == 0;
            f.min = MIN(f.min, value);
            f.max = MAX(f.max, value);
        }
    }
    return f;
}

static void check_values(const struct opened *o, guint32 dataset, const struct truth *t,
                         enum dtype dtype)
{
    struct found f = read_values(o, dataset, dtype);
    const char *path = t->path;

    ck_assert_msg(f.count == (guint64)json_object_get_int_member(t->json, "count"),
                  "%s: %" G_GUINT64_FORMAT " values", path, f.count);
    ck_assert_msg(f.zeros == (guint64)json_object_get_int_member(t->json, "zeros"), "%s: zeros",
                  path);
    ck_assert(json_object_get_null_member(t->json, "min") == (f.min > f.max));
    if (f.min > f.max)
        return;
    ck_assert_msg(f.min == json_object_get_double_member(t->json, "min"), "%s: min %g", path,
                  f.min);
    ck_assert_msg(f.max == json_object_get_double_member(t->json, "max"), "%s: max %g", path,
                  f.max);
}

/* The name under which the walk met the object first. */
static const char *canonical_path(const struct opened *o, const char *path)
{
    const struct listing_object *object = opened_object(o, path);

    return object->kind == LISTING_ALIAS
               ? listing_text(o->listing, listing_object(o->listing, object->target)->path)
               : path;
}

static void check_tensor(const struct opened *o, const struct truth *t)
{
    const char *path = canonical_path(o, t->path);
    guint32 dataset;
    const struct listing_dataset *d;
    JsonArray *filters = json_object_get_array_member(t->json, "filters");
    gboolean raw = g_str_has_prefix(t->stored, "FLOAT") || g_str_has_prefix(t->stored, "INTEGER") ||
                   g_str_has_prefix(t->stored, "OPAQUE");
    enum dtype dtype;

    /* Types of newer libraries cannot even be opened. */
    if (strcmp(t->dtype, "not numeric") == 0 && opened_object(o, path)->kind == LISTING_REFUSED)
        return;
    dataset = opened_dataset(o, path);
    d = listing_dataset(o->listing, dataset);
    if (!raw || !dtype_of(t->dtype, &dtype) || !filters_known(filters)) {
        /* float8 in plain bytes is for whoever reads attributes. */
        ck_assert_msg(!d->readable || d->dtype == DTYPE_U8, "%s: %s is readable", t->path,
                      t->stored);
        ck_assert(d->readable || *listing_text(o->listing, d->reason));
        return;
    }
    ck_assert_msg(d->readable && d->numeric, "%s: %s", t->path,
                  listing_text(o->listing, d->reason));
    ck_assert_msg(d->dtype == dtype || strncmp(t->stored, "INTEGER:2", 9) == 0, "%s: type",
                  t->path);
    check_shape(o, d, t);
    check_storage(d, t);
    check_values(o, dataset, t, dtype);
}

static guint check_file(const char *path)
{
    char *truth_path = g_strconcat(path, ".truth.json", NULL);
    JsonParser *parser = json_parser_new();
    struct opened o;
    guint n = 0;

    opened_init(&o, path);
    ck_assert(!o.listing->cut);
    if (json_parser_load_from_file(parser, truth_path, NULL)) {
        JsonArray *tensors = json_object_get_array_member(
            json_node_get_object(json_parser_get_root(parser)), "tensors");

        n = json_array_get_length(tensors);
        for (guint i = 0; i < n; i++) {
            struct truth t = {.json = json_array_get_object_element(tensors, i)};

            t.path = json_object_get_string_member(t.json, "path");
            t.dtype = json_object_get_string_member(t.json, "dtype");
            t.stored = json_object_get_string_member(t.json, "stored");
            check_tensor(&o, &t);
        }
    }
    opened_finish(&o);
    g_object_unref(parser);
    g_free(truth_path);
    return n;
}

static guint check_folder(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;
    guint n = 0;

    ck_assert_ptr_nonnull(dir);
    while ((name = g_dir_read_name(dir))) {
        char *child = g_build_filename(path, name, NULL);

        if (g_file_test(child, G_FILE_TEST_IS_DIR))
            n += check_folder(child);
        else if (g_str_has_suffix(name, ".h5"))
            n += check_file(child);
        g_free(child);
    }
    g_dir_close(dir);
    return n;
}

static const char *const folders[] = {"keras2", "keras3", "hub",  "hf_tf",
                                      "torch",  "plain",  "h5new"};

START_TEST(agrees)
{
    char *path = fixture_path(folders[_i]);

    ck_assert_uint_gt(check_folder(path), 0);
    g_free(path);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hdf5_truth");
    TCase *tests = tcase_create("hdf5_truth");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, agrees, 0, G_N_ELEMENTS(folders));
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
