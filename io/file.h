/* Files that are only ever read: opened once, never through a link of their content's choosing.
 *
 * `file_read` may be called by any thread. A file that shrinks under us is an error, never a signal
 * (pread, not mmap). */
#ifndef TARE_IO_FILE_H
#define TARE_IO_FILE_H

#include <sys/types.h>
#include "core/error.h"

struct file {
    int fd;
    char *path;   /* as given; owned */
    guint64 size; /* when opened */
    /* Identity and times when opened, to tell a file that changed while it was read. */
    dev_t device;
    ino_t inode;
    gint64 mtime_ns, ctime_ns;
};

/* Regular files only: a directory, FIFO or device is refused without blocking on it. */
gboolean file_open(struct file *f, const char *path, GError **error);
/* The same of a descriptor that is open already and is f's from now on; path: what it is called. */
gboolean file_adopt(struct file *f, int fd, const char *path, GError **error);
void file_close(struct file *f);

/* Exactly count bytes at offset, or an error that says whether the file changed meanwhile. */
gboolean file_read(const struct file *f, guint64 offset, void *dst, gsize count, GError **error);

/* True if size or modification time are no longer what they were at the open. (The change time is
 * not asked: a file that was renamed or replaced keeps its content under our descriptor.) */
gboolean file_changed(const struct file *f);

#endif
