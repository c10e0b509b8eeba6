#include "io/format.h"

#include "io/formats.h"
#include "io/sniff.h"

const struct format *const format_table[] = {&format_hdf5, NULL};

static struct source *refuse(struct file *f, const unsigned char *head, gsize n, GError **error)
{
    const char *what = sniff_file(head, n, f->size);

    g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%s: %s", f->path,
                what ? what : "this is not an HDF5 file: it has no HDF5 signature");
    file_close(f);
    return NULL;
}

struct source *format_open(const char *path, struct open_watch *watch, GError **error)
{
    unsigned char head[FORMAT_HEAD_BYTES];
    struct file f;
    gsize n;

    if (!file_open(&f, path, error))
        return NULL;
    n = (gsize)MIN(f.size, sizeof head);
    if (!file_read(&f, 0, head, n, error)) {
        file_close(&f);
        return NULL;
    }
    for (gsize i = 0; format_table[i]; i++)
        if (format_table[i]->probe(&f, head, n))
            return format_table[i]->open(&f, watch, error);
    return refuse(&f, head, n, error);
}
