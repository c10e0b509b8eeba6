#include <stdio.h>
#include <string.h>
#include "io/hdf5_internal.h"

/* The signature stands at 0 or after a user block of 512 bytes times a power of two. */
static gboolean has_signature(const struct file *f)
{
    static const guint8 signature[8] = "\x89HDF\r\n\x1a\n";
    guint8 head[8];

    for (guint64 at = 0; at + sizeof head <= f->size; at = at ? 2 * at : 512)
        if (file_read(f, at, head, sizeof head, NULL) && memcmp(head, signature, 8) == 0)
            return TRUE;
    return FALSE;
}

void hdf5_open_fail(const struct walk *w, GError **error)
{
    const struct file *f = w->file;
    char *detail = hdf5_error_detail();
    guint64 has, base, wants;

    if (!has_signature(f))
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%s: not an HDF5 file", f->path);
    else if (sscanf(detail,
                    "truncated file: eof = %" G_GUINT64_FORMAT ", sblock->base_addr = "
                    "%" G_GUINT64_FORMAT ", stored_eof = %" G_GUINT64_FORMAT,
                    &has, &base, &wants) == 3)
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                    "%s: truncated: the header says %" G_GUINT64_FORMAT
                    " bytes, the file has %" G_GUINT64_FORMAT "; copy it again",
                    f->path, wants, has);
    else if (w->driver.overrun)
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                    "%s: truncated: it ends within its header; copy it again", f->path);
    else
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%s: damaged HDF5 file: %s; copy it again",
                    f->path, detail);
    g_free(detail);
}

static guint64 user_block_of(hid_t file)
{
    hid_t creation = H5Fget_create_plist(file);
    hsize_t bytes = 0;

    H5Pget_userblock(creation, &bytes);
    H5Pclose(creation);
    return bytes;
}

gboolean hdf5_open(struct walk *w, GError **error)
{
    hid_t access = hdf5_driver_access(&w->driver, w->file);

    w->id = access < 0 ? H5I_INVALID_HID : H5Fopen(w->file->path, H5F_ACC_RDONLY, access);
    if (w->id < 0)
        hdf5_open_fail(w, error);
    if (access >= 0)
        H5Pclose(access);
    if (w->id < 0)
        return FALSE;
    w->user_block = user_block_of(w->id);
    return TRUE;
}
