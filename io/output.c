#include "io/output.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include "core/error.h"

static gboolean fail(const char *path, GError **error)
{
    g_set_error(error, TARE_ERROR, TARE_ERROR_OUTPUT, "%s: can't write: %s",
                path ? path : "standard output", g_strerror(errno));
    return FALSE;
}

/* A name given in the wrong place must not cost a checkpoint. */
static gboolean is_hdf5(const char *path)
{
    static const guint8 signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    /* Opening a pipe would wait for its writer. */
    FILE *there = g_file_test(path, G_FILE_TEST_IS_REGULAR) ? fopen(path, "r") : NULL;
    guint8 first[8] = {0};
    gboolean is = there && fread(first, 1, sizeof first, there) == sizeof first &&
                  memcmp(first, signature, sizeof first) == 0;

    if (there)
        fclose(there);
    return is;
}

gboolean output_write(const char *path, void (*write)(const void *data, FILE *out),
                      const void *data, GError **error)
{
    FILE *out;
    bool failed;

    if (path && is_hdf5(path)) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_OUTPUT,
                    "%s: is an HDF5 file, and stays: write elsewhere, or remove it first", path);
        return FALSE;
    }
    out = path ? fopen(path, "w") : stdout;
    if (!out)
        return fail(path, error);
    write(data, out);
    failed = fflush(out) != 0 || ferror(out);
    if (path)
        failed |= fclose(out) != 0;
    return failed ? fail(path, error) : TRUE;
}
