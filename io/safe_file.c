#include "io/safe_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/error.h"

#define NAMES_TRIED 100

G_GNUC_PRINTF(3, 4)
static gboolean fail(const struct safe_file *f, GError **error, const char *format, ...)
{
    va_list args;
    char *why;

    va_start(args, format);
    why = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, TARE_ERROR, TARE_ERROR_OUTPUT, "%s: not written: %s", f->path, why);
    g_free(why);
    return FALSE;
}

/* TRUE: the call is to be made. */
static gboolean may(struct safe_file *f, const char *call)
{
    int code = f->hook ? f->hook->before(f->hook->data, call) : 0;

    if (code)
        errno = code;
    return code == 0;
}

/* Keeps errno, if it is the first. */
static gboolean remember(struct safe_file *f)
{
    if (!f->error)
        f->error = errno ? errno : EIO;
    return FALSE;
}

/* --- what may be replaced --- */

static gboolean is_input(const struct stat *there, const char *const *inputs)
{
    struct stat st;

    for (; inputs && *inputs; inputs++)
        if (stat(*inputs, &st) == 0 && st.st_dev == there->st_dev && st.st_ino == there->st_ino)
            return TRUE;
    return FALSE;
}

static gboolean may_replace(struct safe_file *f, const struct safe_file_rules *rules,
                            GError **error)
{
    struct stat there;

    if (fstatat(f->folder, f->name, &there, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? TRUE : fail(f, error, "%s", g_strerror(errno));
    if (S_ISLNK(there.st_mode))
        return fail(f, error, "it is a symbolic link, which is not followed; name the file itself");
    if (!S_ISREG(there.st_mode))
        return fail(f, error, "it is there and is no regular file");
    if (is_input(&there, rules->inputs))
        return fail(f, error, "it is one of the files that are looked at");
    if (!rules->overwrite)
        return fail(f, error, "it is there already");
    f->mode = there.st_mode & 0777;
    return TRUE;
}

/* --- the temporary file --- */

static char *make_name(void)
{
    guint64 random = 0;

    /* Not GLib's generator: a forked process has its parent's numbers. */
    if (getentropy(&random, sizeof random) != 0)
        random = (guint64)g_get_monotonic_time();
    return g_strdup_printf(".tare-save-%016" G_GINT64_MODIFIER "x", random);
}

static gboolean open_named(struct safe_file *f)
{
    for (int i = 0; i < NAMES_TRIED; i++) {
        g_free(f->temporary);
        f->temporary = make_name();
        f->fd = openat(f->folder, f->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (f->fd >= 0 || errno != EEXIST)
            break;
    }
    return f->fd >= 0;
}

static void remove_temporary(struct safe_file *f)
{
    if (f->temporary)
        unlinkat(f->folder, f->temporary, 0);
}

/* Where the file system can, it has no name at first: nothing is left of a process that dies.
 * Readable by nobody else until it is whole; f->mode is what a plain open would have given. */
static gboolean create_temporary(struct safe_file *f)
{
    struct stat st;

    f->fd = -1;
    if (may(f, "create nameless"))
        f->fd = openat(f->folder, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0666);
    if (f->fd < 0 && !open_named(f))
        return FALSE;
    if (fstat(f->fd, &st) == 0 && fchmod(f->fd, 0600) == 0) {
        f->mode = f->mode ? f->mode : st.st_mode & 0777;
        return TRUE;
    }
    remove_temporary(f);
    return FALSE;
}

static void finish(struct safe_file *f)
{
    int code = errno;

    if (f->fd >= 0)
        close(f->fd);
    if (f->folder >= 0)
        close(f->folder);
    g_free(f->path);
    g_free(f->name);
    g_free(f->temporary);
    *f = (struct safe_file){.fd = -1, .folder = -1};
    errno = code;
}

gboolean safe_file_create(struct safe_file *f, const char *path,
                          const struct safe_file_rules *rules, GError **error)
{
    char *folder = g_path_get_dirname(path);
    gboolean ok;

    *f = (struct safe_file){.path = g_strdup(path),
                            .name = g_path_get_basename(path),
                            .fd = -1,
                            .overwrite = rules->overwrite,
                            .hook = rules->hook};
    f->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (g_str_has_suffix(path, "/") || !*path)
        ok = fail(f, error, "it names no file");
    else if (f->folder < 0)
        ok = fail(f, error, "%s: %s", folder, g_strerror(errno));
    else
        ok = may_replace(f, rules, error) && ((may(f, "create") && create_temporary(f)) ||
                                              fail(f, error, "%s: %s", folder, g_strerror(errno)));
    g_free(folder);
    if (!ok)
        finish(f);
    return ok;
}

/* --- writing --- */

static gboolean write_all(struct safe_file *f, guint64 offset, const char *data, gsize bytes)
{
    while (bytes > 0) {
        ssize_t n = pwrite(f->fd, data, bytes, (off_t)offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            errno = n < 0 ? errno : ENOSPC;
            return FALSE;
        }
        data += n;
        offset += (guint64)n;
        bytes -= (gsize)n;
        f->end = MAX(f->end, offset);
    }
    return TRUE;
}

gboolean safe_file_write(struct safe_file *f, guint64 offset, const void *data, gsize bytes)
{
    if (f->error)
        return FALSE;
    if (!may(f, "write")) {
        int code = errno;

        /* As a disk does that fills up. */
        write_all(f, offset, data, bytes / 2);
        errno = code;
        return remember(f);
    }
    return write_all(f, offset, data, bytes) || remember(f);
}

gboolean safe_file_resize(struct safe_file *f, guint64 bytes)
{
    if (f->error)
        return FALSE;
    if (!may(f, "resize") || ftruncate(f->fd, (off_t)bytes) != 0)
        return remember(f);
    f->end = bytes;
    return TRUE;
}

gboolean safe_file_read(struct safe_file *f, guint64 offset, void *data, gsize bytes)
{
    char *at = data;

    while (bytes > 0) {
        ssize_t n = pread(f->fd, at, bytes, (off_t)offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return remember(f);
        if (n == 0) {
            memset(at, 0, bytes);
            return TRUE;
        }
        at += n;
        offset += (guint64)n;
        bytes -= (gsize)n;
    }
    return TRUE;
}

gboolean safe_file_check(const struct safe_file *f, GError **error)
{
    return f->error ? fail(f, error, "%s", g_strerror(f->error)) : TRUE;
}

/* --- the end --- */

/* The name that a rename needs. */
static gboolean give_name(struct safe_file *f)
{
    char *self;
    gboolean ok;

    if (f->temporary)
        return TRUE;
    self = g_strdup_printf("/proc/self/fd/%d", f->fd);
    f->temporary = make_name();
    ok = linkat(AT_FDCWD, self, f->folder, f->temporary, AT_SYMLINK_FOLLOW) == 0;
    g_free(self);
    return ok;
}

/* Not onto what came there meanwhile, if nothing may be replaced. */
static gboolean put_in_place(struct safe_file *f)
{
    if (f->overwrite)
        return renameat(f->folder, f->temporary, f->folder, f->name) == 0;
    if (renameat2(f->folder, f->temporary, f->folder, f->name, RENAME_NOREPLACE) == 0)
        return TRUE;
    /* Some file systems know no such rename. */
    return (errno == EINVAL || errno == ENOSYS) &&
           linkat(f->folder, f->temporary, f->folder, f->name, 0) == 0 &&
           unlinkat(f->folder, f->temporary, 0) == 0;
}

gboolean safe_file_commit(struct safe_file *f, GError **error)
{
    gboolean ok = !f->error;

    if (ok && (!may(f, "fsync") || fchmod(f->fd, f->mode) != 0 || fsync(f->fd) != 0 ||
               !give_name(f) || !may(f, "rename") || !put_in_place(f)))
        ok = remember(f);
    if (!ok) {
        safe_file_check(f, error);
        safe_file_discard(f);
        return FALSE;
    }
    if (!may(f, "fsync folder") || fsync(f->folder) != 0) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_OUTPUT,
                    "%s: it is written, but a loss of power now may bring back what was there: %s",
                    f->path, g_strerror(errno));
        ok = FALSE;
    }
    finish(f);
    return ok;
}

void safe_file_discard(struct safe_file *f)
{
    remove_temporary(f);
    finish(f);
}
