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

static const struct format *find(const struct file *f, unsigned char *head, gsize *n,
                                 GError **error)
{
    *n = (gsize)MIN(f->size, FORMAT_HEAD_BYTES);
    if (!file_read(f, 0, head, *n, error))
        return NULL;
    for (gsize i = 0; format_table[i]; i++)
        if (format_table[i]->probe(f, head, *n))
            return format_table[i];
    return NULL;
}

const struct format *format_find(const struct file *f)
{
    unsigned char head[FORMAT_HEAD_BYTES];
    gsize n;

    return find(f, head, &n, NULL);
}

struct source *format_open_file(struct file *f, struct open_watch *watch, GError **error)
{
    unsigned char head[FORMAT_HEAD_BYTES];
    GError *failure = NULL;
    gsize n;
    const struct format *format = find(f, head, &n, &failure);

    if (format)
        return format->open(f, watch, error);
    if (!failure)
        return refuse(f, head, n, error);
    g_propagate_error(error, failure);
    file_close(f);
    return NULL;
}

struct source *format_open(const char *path, struct open_watch *watch, GError **error)
{
    struct file f;

    return file_open(&f, path, error) ? format_open_file(&f, watch, error) : NULL;
}
