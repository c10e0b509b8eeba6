#include "io/output.h"

#include <errno.h>
#include <stdbool.h>
#include "core/error.h"

static gboolean fail(const char *path, GError **error)
{
    g_set_error(error, TARE_ERROR, TARE_ERROR_OUTPUT, "%s: can't write: %s",
                path ? path : "standard output", g_strerror(errno));
    return FALSE;
}

gboolean output_write(const char *path, void (*write)(const void *data, FILE *out),
                      const void *data, GError **error)
{
    FILE *out = path ? fopen(path, "w") : stdout;
    bool failed;

    if (!out)
        return fail(path, error);
    write(data, out);
    failed = fflush(out) != 0 || ferror(out);
    if (path)
        failed |= fclose(out) != 0;
    return failed ? fail(path, error) : TRUE;
}
