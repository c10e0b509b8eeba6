#include "io/watch_base.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "io/format.h"

#define COPY_BYTES (1u << 20)

static int open_nameless(void)
{
    char *path;
    int fd = open(g_get_tmp_dir(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd >= 0)
        return fd;
    path = g_build_filename(g_get_tmp_dir(), "tare-base-XXXXXX", NULL);
    fd = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        unlink(path);
    g_free(path);
    return fd;
}

static bool write_all(int fd, const char *bytes, ssize_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, bytes, (size_t)n);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        bytes += done;
        n -= done;
    }
    return true;
}

/* A descriptor of a copy, -1: there is no room, or it was cancelled. */
static int copy_of(const struct file *f, const struct open_watch *watch)
{
    char *buffer = g_malloc(COPY_BYTES);
    int fd = open_nameless();
    bool ok = fd >= 0;

    for (guint64 at = 0; ok && at < f->size; at += COPY_BYTES) {
        gsize n = (gsize)MIN(COPY_BYTES, f->size - at);

        ok = !(watch && g_atomic_int_get(&watch->cancelled)) && file_read(f, at, buffer, n, NULL) &&
             write_all(fd, buffer, (ssize_t)n);
    }
    g_free(buffer);
    if (!ok && fd >= 0)
        close(fd);
    return ok ? fd : -1;
}

static gboolean replace_by_copy(struct file *f, const struct open_watch *watch, GError **error)
{
    int fd = copy_of(f, watch);
    struct file copy;

    if (file_changed(f)) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_CHANGED, "%s: the file changed while it was read",
                    f->path);
        if (fd >= 0)
            close(fd);
        file_close(f);
        return FALSE;
    }
    if (fd < 0)
        return TRUE;
    if (file_adopt(&copy, fd, f->path, error)) {
        file_close(f);
        *f = copy;
        return TRUE;
    }
    file_close(f);
    return FALSE;
}

gboolean watch_base_open(struct watch_base *b, const char *path, bool copy,
                         struct open_watch *watch, GError **error)
{
    struct source *source;
    struct stat st;
    struct file f;

    *b = (struct watch_base){0};
    if (!file_open(&f, path, error))
        return FALSE;
    if (fstat(f.fd, &st) == 0)
        sight_of(&b->sight, &st);
    if (copy && !replace_by_copy(&f, watch, error))
        return FALSE;
    source = format_open_file(&f, watch, error);
    if (!source)
        return FALSE;
    b->source = shared_source_create(source);
    b->path = g_strdup(path);
    b->watched = copy;
    return TRUE;
}

void watch_base_finish(struct watch_base *b)
{
    shared_source_release(b->source);
    g_free(b->path);
    *b = (struct watch_base){0};
}
