/* Strings of a dataset that is a vocabulary, into the listing. Read by us, as all values are:
 * fixed ones lie in the dataset's run, of variable ones a reference does, into collections of the
 * file's global heap ("HDF5 File Format Specification", III.E). */
#include <string.h>
#include "io/hdf5_internal.h"
#include "io/limits.h"

/* A reference: the length, the collection's address, the object's number in it. */
enum { REFERENCE_BYTES = 16, HEAP_HEADER_BYTES = 16, HEAP_OBJECT_BYTES = 16 };

/* The collection that was read last: neighbours of a dataset lie in one. */
struct heap {
    const struct walk *walk;
    guint64 address; /* 0: none */
    guint8 *data;
    gsize bytes;
};

static guint64 little(const guint8 *at, unsigned bytes)
{
    guint64 value = 0;

    while (bytes-- > 0)
        value = value << 8 | at[bytes];
    return value;
}

static gboolean read_heap(struct heap *h, guint64 address)
{
    const struct file *f = h->walk->file;
    guint8 header[HEAP_HEADER_BYTES];
    guint64 at, bytes;

    if (h->address == address && h->data)
        return TRUE;
    g_clear_pointer(&h->data, g_free);
    if (__builtin_add_overflow(address, h->walk->user_block, &at) || at > f->size ||
        !file_read(f, at, header, sizeof header, NULL) || memcmp(header, "GCOL\1", 5) != 0)
        return FALSE;
    bytes = little(header + 8, 8);
    if (bytes < sizeof header || bytes > LIMIT_ATTRIBUTE_BYTES || bytes > f->size - at)
        return FALSE;
    h->data = g_try_malloc(bytes);
    h->bytes = bytes;
    h->address = address;
    return h->data && file_read(f, at, h->data, bytes, NULL);
}

/* Object `number` of the collection; NULL: it has none. */
static const guint8 *find_object(const struct heap *h, guint32 number, guint64 length)
{
    gsize at = HEAP_HEADER_BYTES;

    while (at + HEAP_OBJECT_BYTES <= h->bytes) {
        guint64 size = little(h->data + at + 8, 8), room = h->bytes - at - HEAP_OBJECT_BYTES;

        if (size > room)
            return NULL;
        if (little(h->data + at, 2) == number)
            return number && length <= size ? h->data + at + HEAP_OBJECT_BYTES : NULL;
        at += HEAP_OBJECT_BYTES + MIN((size + 7) / 8 * 8, room);
    }
    return NULL;
}

/* One element; FALSE: it points nowhere. */
static gboolean add_element(struct heap *h, struct walk *w, gboolean variable, const guint8 *at,
                            gsize bytes)
{
    const guint8 *text = at;
    guint64 length = bytes;

    if (variable) {
        length = little(at, 4);
        if (length == 0)
            text = (const guint8 *)"";
        else if (!read_heap(h, little(at + 4, 8)) ||
                 !(text = find_object(h, (guint32)little(at + 12, 4), length)))
            return FALSE;
    }
    return hdf5_strings_add(w, (const char *)text, length);
}

static void add_all(struct walk *w, guint32 object, gboolean variable, const guint8 *data,
                    gsize elems, gsize bytes)
{
    struct listing *l = w->listing;
    struct listing_attribute entry = {.first = l->strings->len};
    struct heap heap = {.walk = w};
    gboolean ok = TRUE;

    for (gsize i = 0; ok && i < elems; i++)
        ok = add_element(&heap, w, variable, data + i * bytes, bytes);
    g_free(heap.data);
    if (!ok)
        return;
    entry.name = listing_add_text(l, "vocabulary");
    entry.count = (guint32)elems;
    g_array_append_val(l->attributes, entry);
    g_array_index(l->objects, struct listing_object, object).n_attributes++;
}

void hdf5_strings_list(struct walk *w, hid_t id, guint32 object)
{
    const struct listing_object *o = listing_object(w->listing, object);
    haddr_t address = H5Dget_offset(id);
    hid_t type, space;

    if (strcmp(listing_text(w->listing, o->name), "vocabulary") != 0 || address == HADDR_UNDEF ||
        address == HADDR_UNDEF + w->user_block)
        return;
    type = H5Dget_type(id);
    space = H5Dget_space(id);
    if (type >= 0 && space >= 0 && H5Tget_class(type) == H5T_STRING) {
        gboolean variable = H5Tis_variable_str(type) > 0;
        gssize elems = H5Sget_simple_extent_npoints(space);
        gsize bytes = variable ? REFERENCE_BYTES : H5Tget_size(type), all;
        guint8 *data = NULL;

        if (elems > 0 && !__builtin_mul_overflow((gsize)elems, bytes, &all) &&
            all <= LIMIT_ATTRIBUTE_BYTES && H5Dget_storage_size(id) == all)
            data = g_try_malloc(all);
        if (data && file_read(w->file, address, data, all, NULL))
            add_all(w, object, variable, data, (gsize)elems, bytes);
        g_free(data);
    }
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
}
