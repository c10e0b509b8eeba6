#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static gint64 nanoseconds(struct timespec t)
{
    return (gint64)t.tv_sec * 1000000000 + t.tv_nsec;
}

static const char *kind_of(mode_t mode)
{
    return S_ISDIR(mode)    ? "a directory"
           : S_ISFIFO(mode) ? "a pipe"
           : S_ISSOCK(mode) ? "a socket"
                            : "a device";
}

gboolean file_open(struct file *f, const char *path, GError **error)
{
    /* Without O_NONBLOCK opening a FIFO would wait for its writer. */
    return file_adopt(f, open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), path, error);
}

gboolean file_adopt(struct file *f, int fd, const char *path, GError **error)
{
    struct stat st;

    memset(f, 0, sizeof *f);
    f->fd = fd;
    if (f->fd < 0 || fstat(f->fd, &st) != 0) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%s: cannot open: %s", path,
                    g_strerror(errno));
        file_close(f);
        return FALSE;
    }
    if (!S_ISREG(st.st_mode)) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%s: is %s, not a file of weights%s", path,
                    kind_of(st.st_mode), S_ISDIR(st.st_mode) ? ": name the one in it" : "");
        file_close(f);
        return FALSE;
    }
    f->path = g_strdup(path);
    f->size = (guint64)st.st_size;
    f->device = st.st_dev;
    f->inode = st.st_ino;
    f->mtime_ns = nanoseconds(st.st_mtim);
    f->ctime_ns = nanoseconds(st.st_ctim);
    return TRUE;
}

void file_close(struct file *f)
{
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
    g_clear_pointer(&f->path, g_free);
}

static gboolean fail_read(const struct file *f, const char *why, GError **error)
{
    if (file_changed(f))
        g_set_error(error, TARE_ERROR, TARE_ERROR_CHANGED, "%s: the file changed while it was read",
                    f->path);
    else
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%s: cannot read: %s", f->path, why);
    return FALSE;
}

gboolean file_read(const struct file *f, guint64 offset, void *dst, gsize count, GError **error)
{
    guint64 end;

    if (__builtin_add_overflow(offset, count, &end) || end > G_MAXINT64)
        return fail_read(f, "beyond the end of any file", error);
    for (gsize done = 0; done < count;) {
        ssize_t n = pread(f->fd, (char *)dst + done, count - done, (off_t)(offset + done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return fail_read(f, n < 0 ? g_strerror(errno) : "it ends too early", error);
        done += (gsize)n;
    }
    return TRUE;
}

gboolean file_changed(const struct file *f)
{
    struct stat st;

    return fstat(f->fd, &st) != 0 || (guint64)st.st_size != f->size ||
           nanoseconds(st.st_mtim) != f->mtime_ns;
}
