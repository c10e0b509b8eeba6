#include "io/text_file.h"

#include <stdio.h>
#include <string.h>
#include "io/file.h"

static char *read_open(const struct file *f, const char *what, guint most, gsize *bytes,
                       GError **error)
{
    char *text;

    if (f->size > most) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_LIMIT,
                    "%s: %s of %" G_GUINT64_FORMAT " bytes, the limit is %u", f->path, what,
                    f->size, most);
        return NULL;
    }
    text = g_try_malloc(f->size + 1);
    if (!text) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_LIMIT, "%s: no memory for %s", f->path, what);
        return NULL;
    }
    *bytes = (gsize)f->size;
    text[*bytes] = '\0';
    if (!file_read(f, 0, text, *bytes, error))
        g_clear_pointer(&text, g_free);
    return text;
}

char *text_file_read(const char *path, const char *what, guint most, gsize *bytes, GError **error)
{
    struct file f;
    char *text;

    if (!file_open(&f, path, error))
        return NULL;
    text = read_open(&f, what, most, bytes, error);
    file_close(&f);
    return text;
}

char *text_file_stream(const char *path, const char *what, guint most, enum tare_error code,
                       gsize *bytes, GError **error)
{
    FILE *in = fopen(path, "r");
    char *text;

    if (!in) {
        g_set_error(error, TARE_ERROR, code, "%s: the %s can't be read", path, what);
        return NULL;
    }
    text = g_malloc((gsize)most + 1);
    *bytes = fread(text, 1, most, in);
    text[*bytes] = '\0';
    if (ferror(in) || fgetc(in) != EOF || strlen(text) != *bytes) {
        g_set_error(error, TARE_ERROR, code,
                    "%s: no %s: it can't be read, holds zero bytes or more than %u", path, what,
                    most);
        g_clear_pointer(&text, g_free);
    }
    fclose(in);
    return text;
}
