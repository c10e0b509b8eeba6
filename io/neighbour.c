#include "io/neighbour.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "io/limits.h"

static int open_neighbour(const char *path, const char *name)
{
    char *directory = g_path_get_dirname(path);
    char *file = g_build_filename(directory, name, NULL);
    int fd = open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    g_free(file);
    g_free(directory);
    return fd;
}

/* As many bytes as there are, at most `bytes`. */
static gsize read_all(int fd, char *dst, gsize bytes)
{
    gsize got = 0;

    while (got < bytes) {
        ssize_t n = read(fd, dst + got, bytes - got);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        got += (gsize)n;
    }
    return got;
}

guint8 *neighbour_read_bytes(const char *path, const char *name, gsize *bytes)
{
    int fd = open_neighbour(path, name);
    struct stat st;
    char *data = NULL;

    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
        st.st_size <= (off_t)LIMIT_JSON_BYTES)
        data = g_try_malloc0((gsize)st.st_size + 1);
    if (data)
        *bytes = read_all(fd, data, (gsize)st.st_size);
    close(fd);
    return (guint8 *)data;
}

char *neighbour_read(const char *path, const char *name)
{
    gsize bytes;
    char *text = (char *)neighbour_read_bytes(path, name, &bytes);

    if (text && strlen(text) != bytes)
        g_clear_pointer(&text, g_free);
    return text;
}
