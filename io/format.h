/* Formats of weight files: one file and one row each; decided by content, never by the name. */
#ifndef TARE_IO_FORMAT_H
#define TARE_IO_FORMAT_H

#include "core/source.h"
#include "io/file.h"
#include "io/hdf5_walk.h"

#define FORMAT_HEAD_BYTES 4096

struct format {
    const char *name;
    const char *suffix; /* what its files usually end in, for help texts */
    /* head: the first n <= FORMAT_HEAD_BYTES bytes of a file of `size` bytes. */
    gboolean (*probe)(const struct file *f, const unsigned char *head, gsize n);
    /* Takes over f (closes it on failure too). */
    struct source *(*open)(struct file *f, struct open_watch *watch, GError **error);
};

/* NULL-terminated. */
extern const struct format *const format_table[];

/* The row that f's first bytes are of; NULL: none. */
const struct format *format_find(const struct file *f);

/* Opens what f is; takes over f (closes it on failure too). */
struct source *format_open_file(struct file *f, struct open_watch *watch, GError **error);

/* A source, owned by the caller, or NULL with one clear line; knows what often lies where weights
 * were expected (an empty file, an HTML page, a Git LFS pointer, a zip) and names it. */
struct source *format_open(const char *path, struct open_watch *watch, GError **error);

#endif
