#include <string.h>
#include "io/hdf5_internal.h"
#include "io/limits.h"

/* Declared but never written space beyond which (and beyond 1000 times what is stored) a dataset is
 * not read: scanning fill values for minutes would tell nobody anything. */
#define UNWRITTEN_BYTES (G_GUINT64_CONSTANT(4) << 30)
#define UNWRITTEN_TIMES 1000u

void hdf5_dataset_refuse(struct walk *w, struct listing_dataset *d, const char *format, ...)
{
    char *reason;
    va_list args;

    if (!d->readable && d->reason)
        return;
    va_start(args, format);
    reason = g_strdup_vprintf(format, args);
    va_end(args);
    d->readable = FALSE;
    d->reason = listing_add_text(w->listing, reason);
    g_free(reason);
}

gboolean hdf5_dataset_affordable(struct walk *w, struct listing_dataset *d, guint64 stored)
{
    guint64 declared = d->elems * d->bytes;
    guint64 unwritten = declared > stored ? declared - stored : 0;

    if ((declared > UNWRITTEN_BYTES && declared / UNWRITTEN_TIMES > stored) ||
        (unwritten && w->unwritten_bytes + unwritten > UNWRITTEN_BYTES &&
         (w->unwritten_bytes + unwritten) / UNWRITTEN_TIMES > w->file->size)) {
        hdf5_dataset_refuse(w, d,
                            "declares %" G_GUINT64_FORMAT " bytes but stores %" G_GUINT64_FORMAT,
                            declared, stored);
        return FALSE;
    }
    w->unwritten_bytes += unwritten;
    return TRUE;
}

/* Dimensions and the number of elements; a zero makes the product zero, however large the rest. */
static gboolean list_shape(struct walk *w, struct listing_dataset *d, hid_t space)
{
    hsize_t dim[H5S_MAX_RANK];
    int rank = H5Sget_simple_extent_dims(space, dim, NULL);
    gboolean overflow = FALSE, empty = FALSE;
    guint64 bytes;

    if (rank < 0)
        return FALSE;
    d->rank = (guint8)rank;
    d->dims = w->listing->numbers->len;
    d->elems = 1;
    for (int i = 0; i < rank; i++) {
        guint64 n = dim[i];

        g_array_append_val(w->listing->numbers, n);
        empty |= n == 0;
        overflow |= __builtin_mul_overflow(d->elems, n, &d->elems);
    }
    overflow |= __builtin_mul_overflow(d->elems, (guint64)MAX(d->bytes, 1), &bytes);
    if (empty)
        d->elems = 0;
    else if (overflow) {
        d->elems = 0;
        hdf5_dataset_refuse(w, d, "declares more than 2^64 bytes");
    }
    return TRUE;
}

static gboolean list_space(struct walk *w, struct listing_dataset *d, hid_t id)
{
    hid_t space = H5Dget_space(id);
    gboolean listed = TRUE;

    if (space < 0)
        return FALSE;
    if (H5Sget_simple_extent_type(space) == H5S_NULL) {
        d->numeric = FALSE;
        d->readable = FALSE;
        d->reason = 0;
        hdf5_dataset_refuse(w, d, "null dataspace, no values");
    } else {
        listed = list_shape(w, d, space);
    }
    H5Sclose(space);
    return listed;
}

static gboolean list_type(struct walk *w, struct listing_dataset *d, hid_t type)
{
    struct hdf5_type t;

    if (type < 0)
        return FALSE;
    hdf5_type_classify(&t, type);
    d->readable = t.readable;
    d->numeric = t.numeric;
    d->dtype = t.dtype;
    d->opaque = t.opaque;
    d->big_endian = t.big_endian;
    d->bytes = t.readable ? (guint8)t.bytes : 0;
    if (!t.readable)
        hdf5_dataset_refuse(w, d, "%s", t.reason);
    return TRUE;
}

static void list_contiguous(struct walk *w, struct listing_dataset *d, haddr_t address)
{
    guint64 end;

    d->layout = LAYOUT_CONTIGUOUS;
    d->address = address;
    if (__builtin_add_overflow(address, d->elems * d->bytes, &end) || end > w->file->size)
        hdf5_dataset_refuse(w, d,
                            "its data (%" G_GUINT64_FORMAT " bytes at %" G_GUINT64_FORMAT
                            ") lies beyond the end of the file",
                            d->elems * d->bytes, (guint64)address);
}

/* The one use of H5Dread: these bytes are in the object header, and the type is the file's own. */
static void list_compact(struct walk *w, struct listing_dataset *d, hid_t id, hid_t type)
{
    guint64 bytes = d->elems * d->bytes;
    guint at = w->listing->blob->len;

    d->layout = LAYOUT_COMPACT;
    if (bytes > LIMIT_COMPACT_BYTES || H5Dget_storage_size(id) != bytes) {
        hdf5_dataset_refuse(w, d, "compact storage of the wrong size");
        return;
    }
    d->compact = at;
    g_byte_array_set_size(w->listing->blob, at + (guint)bytes);
    if (H5Dread(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, w->listing->blob->data + at) < 0)
        hdf5_dataset_refuse(w, d, "its compact data cannot be read");
}

static void list_fill(struct walk *w, struct listing_dataset *d, hid_t creation, hid_t type)
{
    H5D_fill_value_t defined;

    if (H5Pfill_value_defined(creation, &defined) < 0 || defined == H5D_FILL_VALUE_UNDEFINED)
        return;
    if (H5Pget_fill_value(creation, type, d->fill) < 0)
        hdf5_dataset_refuse(w, d, "its fill value cannot be read");
}

/* Everything that is not one allocated run of bytes. */
static void list_layout(struct walk *w, struct listing_dataset *d, hid_t id, hid_t creation,
                        hid_t type)
{
    H5D_layout_t layout = H5Pget_layout(creation);

    if (H5Pget_external_count(creation) != 0) {
        d->readable = FALSE;
        d->reason = 0;
        hdf5_dataset_refuse(w, d, "external storage: refused, the rest of the file is shown");
    }
    if (!d->readable || !d->elems)
        return;
    list_fill(w, d, creation, type);
    if (layout == H5D_COMPACT)
        list_compact(w, d, id, type);
    else if (layout == H5D_CHUNKED)
        hdf5_chunks_list(w, id, creation, d);
    else if (layout == H5D_CONTIGUOUS)
        hdf5_dataset_affordable(w, d, 0);
    else
        hdf5_dataset_refuse(w, d, "unknown storage layout: not supported");
}

/* Before anything asks for its extent, which would open the files it points to. */
static gboolean is_virtual(hid_t creation)
{
    return H5Pget_layout(creation) == H5D_VIRTUAL;
}

static gboolean list_parts(struct walk *w, hid_t id, struct listing_dataset *d)
{
    haddr_t address = H5Dget_offset(id);
    /* libhdf5 adds the user block to "undefined" too. */
    gboolean placed = address != HADDR_UNDEF && address != HADDR_UNDEF + w->user_block;
    hid_t creation = placed ? H5I_INVALID_HID : H5Dget_create_plist(id);
    hid_t type = H5I_INVALID_HID;
    gboolean listed = placed || creation >= 0;

    if (listed && !placed && is_virtual(creation)) {
        hdf5_dataset_refuse(w, d, "virtual dataset: refused, the rest of the file is shown");
    } else if (listed) {
        type = H5Dget_type(id);
        listed = list_type(w, d, type) && list_space(w, d, id);
        if (listed && !placed)
            list_layout(w, d, id, creation, type);
        else if (listed && d->readable && d->elems)
            list_contiguous(w, d, address);
    }
    if (type >= 0)
        H5Tclose(type);
    if (creation >= 0)
        H5Pclose(creation);
    return listed;
}

void hdf5_dataset_list(struct walk *w, hid_t id, guint32 object)
{
    struct listing *l = w->listing;
    struct listing_dataset d = {0};

    if (!list_parts(w, id, &d)) {
        char *detail = hdf5_error_detail();

        d.readable = FALSE;
        d.reason = 0;
        hdf5_dataset_refuse(w, &d, "unreadable: %s", detail);
        g_free(detail);
    }
    g_array_index(l->objects, struct listing_object, object).dataset = l->datasets->len;
    g_array_append_val(l->datasets, d);
}
