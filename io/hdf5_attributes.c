#include <string.h>
#include "io/hdf5_internal.h"
#include "io/limits.h"

/* One attribute being read. */
struct attribute {
    struct walk *walk;
    guint32 object;
    hid_t id, type, space;
    gsize elems, element_bytes;
};

static void cut_by_size(struct walk *w, guint32 object)
{
    hdf5_walk_cut(w, "%s: attributes beyond the limits (%u of %u bytes) are left out",
                  listing_text(w->listing, listing_object(w->listing, object)->path),
                  LIMIT_ATTRIBUTES, LIMIT_ATTRIBUTE_BYTES);
}

/* Text up to its first NUL, or all of it: fixed strings need not end in one. */
gboolean hdf5_strings_add(struct walk *w, const char *text, gsize bytes)
{
    struct listing *l = w->listing;
    gsize length = bytes ? strnlen(text, bytes) : 0;
    gboolean fits = w->attribute_bytes + length < LIMIT_ATTRIBUTE_TOTAL;
    guint32 at = 0;

    if (!fits) {
        hdf5_walk_cut(w, "attributes of more than %u bytes: the rest is left out",
                      LIMIT_ATTRIBUTE_TOTAL);
    } else if (length) {
        w->attribute_bytes += length + 1;
        at = l->text->len;
        g_byte_array_append(l->text, (const guint8 *)text, (guint)length);
        g_byte_array_append(l->text, (const guint8 *)"", 1);
    }
    g_array_append_val(l->strings, at);
    return fits;
}

static void add_fixed(struct attribute *a, const char *data)
{
    gboolean padded = H5Tget_strpad(a->type) == H5T_STR_SPACEPAD;

    for (gsize i = 0; i < a->elems; i++, data += a->element_bytes) {
        gsize length = a->element_bytes;

        while (padded && length && data[length - 1] == ' ')
            length--;
        hdf5_strings_add(a->walk, data, length);
    }
}

static void add_variable(struct attribute *a, char **data)
{
    for (gsize i = 0; i < a->elems; i++) {
        gsize length = data[i] ? strlen(data[i]) : 0;

        if (length > LIMIT_ATTRIBUTE_BYTES)
            cut_by_size(a->walk, a->object);
        hdf5_strings_add(a->walk, data[i], length > LIMIT_ATTRIBUTE_BYTES ? 0 : length);
    }
    H5Dvlen_reclaim(a->type, a->space, H5P_DEFAULT, data);
}

static void add_integer(struct attribute *a, const struct hdf5_type *t, const guint8 *data)
{
    guint64 value = 0;
    char text[32];

    for (gsize i = 0; i < t->bytes; i++)
        value = value << 8 | data[t->big_endian ? i : t->bytes - 1 - i];
    if (H5Tget_sign(a->type) == H5T_SGN_2) {
        unsigned unused = 64 - 8 * (unsigned)t->bytes;

        g_snprintf(text, sizeof text, "%" G_GINT64_FORMAT, (gint64)(value << unused) >> unused);
    } else {
        g_snprintf(text, sizeof text, "%" G_GUINT64_FORMAT, value);
    }
    hdf5_strings_add(a->walk, text, sizeof text);
}

static void add_float(struct attribute *a, const struct hdf5_type *t, const guint8 *data)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    guint8 native[8];
    double value;

    for (gsize i = 0; i < t->bytes; i++)
        native[i] = data[t->big_endian ? t->bytes - 1 - i : i];
    dtype_info(t->dtype)->decode(&value, native, 1);
    g_ascii_formatd(text, sizeof text, t->bytes < 8 ? "%.9g" : "%.17g", value);
    hdf5_strings_add(a->walk, text, sizeof text);
}

/* What h5py makes of a bool: an enumeration over one byte. */
static gboolean is_flag(const struct attribute *a)
{
    return H5Tget_class(a->type) == H5T_ENUM && a->element_bytes == 1;
}

static void add_number(struct attribute *a, const struct hdf5_type *t, const guint8 *data)
{
    if (is_flag(a))
        hdf5_strings_add(a->walk, *data ? "true" : "false", 5);
    else if (H5Tget_class(a->type) == H5T_FLOAT)
        add_float(a, t, data);
    else
        add_integer(a, t, data);
}

static gboolean is_number(const struct attribute *a, const struct hdf5_type *t)
{
    H5T_class_t kind = H5Tget_class(a->type);

    return a->elems == 1 &&
           (is_flag(a) || ((kind == H5T_INTEGER || kind == H5T_FLOAT) && t->readable));
}

/* Reads with the attribute's own type, so that the library converts nothing. */
static gboolean read_strings(struct attribute *a)
{
    gboolean string = H5Tget_class(a->type) == H5T_STRING, read = FALSE;
    struct hdf5_type t = {0};
    gsize bytes = 0;
    void *data;

    if (!string) {
        hdf5_type_classify(&t, a->type);
        if (!is_number(a, &t))
            return FALSE;
    }
    if (__builtin_mul_overflow(a->elems, a->element_bytes, &bytes) || bytes > LIMIT_ATTRIBUTE_BYTES)
        return FALSE;
    data = g_try_malloc0(MAX(bytes, 1));
    if (data && a->elems)
        read = H5Aread(a->id, a->type, data) >= 0;
    if (read && !string)
        add_number(a, &t, data);
    else if (read && H5Tis_variable_str(a->type) > 0)
        add_variable(a, data);
    else if (read)
        add_fixed(a, data);
    g_free(data);
    return read || (data && !a->elems);
}

static void list_one(struct attribute *a, const char *name)
{
    struct listing *l = a->walk->listing;
    struct listing_attribute entry = {.first = l->strings->len};
    gssize elems;

    a->type = H5Aget_type(a->id);
    a->space = H5Aget_space(a->id);
    elems = H5Sget_simple_extent_npoints(a->space);
    a->element_bytes = H5Tget_size(a->type);
    a->elems = (gsize)elems;
    if (a->type >= 0 && elems >= 0 && a->element_bytes && read_strings(a)) {
        entry.name = listing_add_text(l, name);
        a->walk->attribute_bytes += strlen(name) + 1;
        entry.count = l->strings->len - entry.first;
        g_array_append_val(l->attributes, entry);
    }
    H5Sclose(a->space);
    H5Tclose(a->type);
}

static herr_t visit(hid_t object, const char *name, const H5A_info_t *info, void *data)
{
    struct attribute *a = data;
    struct listing *l = a->walk->listing;
    struct listing_object *o = &g_array_index(l->objects, struct listing_object, a->object);

    if (l->attributes->len - o->first_attribute >= LIMIT_ATTRIBUTES ||
        strlen(name) > LIMIT_NAME_BYTES || info->data_size > LIMIT_ATTRIBUTE_BYTES ||
        a->walk->attribute_bytes >= LIMIT_ATTRIBUTE_TOTAL) {
        cut_by_size(a->walk, a->object);
        return l->attributes->len - o->first_attribute >= LIMIT_ATTRIBUTES;
    }
    a->id = H5Aopen(object, name, H5P_DEFAULT);
    if (a->id >= 0) {
        list_one(a, name);
        H5Aclose(a->id);
    }
    return 0;
}

void hdf5_attributes_list(struct walk *w, hid_t id, guint32 object)
{
    struct listing *l = w->listing;
    struct attribute a = {.walk = w, .object = object};
    H5O_info_t info;

    g_array_index(l->objects, struct listing_object, object).first_attribute = l->attributes->len;
    if (H5Oget_info2(id, &info, H5O_INFO_NUM_ATTRS) < 0 || info.num_attrs == 0)
        return;
    H5Aiterate2(id, H5_INDEX_NAME, H5_ITER_INC, NULL, visit, &a);
    g_array_index(l->objects, struct listing_object, object).n_attributes =
        l->attributes->len -
        g_array_index(l->objects, struct listing_object, object).first_attribute;
}
