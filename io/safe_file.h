/* A file that is there whole or not at all: written beside its place under another name, then
 * fsync, rename, fsync of the folder. What stood in its place stays until the rename.
 *
 * The first thing that goes wrong is remembered, and nothing is written after it: a library that
 * does not bear failing writes may be told that all is well and be asked for an error at the end.
 * One thread at a time. */
#ifndef TARE_IO_SAFE_FILE_H
#define TARE_IO_SAFE_FILE_H

#include <glib.h>

/* Sees every call that changes something on the disk before it is made, for tests: "create",
 * "create nameless" (where it fails, a named one is made), "write", "resize", "fsync", "rename",
 * "fsync folder". Returns an errno that the call is to fail
 * with, 0: it is made. */
struct safe_file_hook {
    int (*before)(void *data, const char *call);
    void *data;
};

struct safe_file_rules {
    gboolean overwrite;        /* what is there may be replaced */
    const char *const *inputs; /* files that are never replaced, NULL at the end; NULL: none */
    const struct safe_file_hook *hook; /* NULL: none */
};

struct safe_file {
    char *path, *name; /* as given; in the folder */
    char *temporary;   /* in the folder; NULL: it has no name yet */
    int folder, fd;
    unsigned mode; /* that it will have */
    gboolean overwrite;
    guint64 end; /* of what was written */
    int error;   /* of the first call that failed; 0: none did */
    const struct safe_file_hook *hook;
};

/* FALSE, with nothing to be discarded: no such folder, or there is something at the path that may
 * not be replaced: a symbolic link, no regular file, an input, a file without rules->overwrite. */
gboolean safe_file_create(struct safe_file *f, const char *path,
                          const struct safe_file_rules *rules, GError **error);
/* Both FALSE from the first error on. Beyond the end zeros are read. */
gboolean safe_file_write(struct safe_file *f, guint64 offset, const void *data, gsize bytes);
gboolean safe_file_resize(struct safe_file *f, guint64 bytes);
gboolean safe_file_read(struct safe_file *f, guint64 offset, void *data, gsize bytes);
/* Sets the error that is remembered, if there is one. */
gboolean safe_file_check(const struct safe_file *f, GError **error);

/* Puts it in its place, safe from loss of power, and finishes f. FALSE: what stood there before
 * stands there, unless the message says otherwise. */
gboolean safe_file_commit(struct safe_file *f, GError **error);
/* Takes it away and finishes f. */
void safe_file_discard(struct safe_file *f);

#endif
