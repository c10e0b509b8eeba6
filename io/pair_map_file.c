#include "io/pair_map_file.h"

#include <stdio.h>
#include <string.h>
#include "core/pair_map_text.h"

/* No more than the limit, whatever the path leads to. */
static char *read_all(const char *path, GError **error)
{
    FILE *in = fopen(path, "r");
    char *text;
    size_t n;

    if (!in) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%s: the pair map can't be read", path);
        return NULL;
    }
    text = g_malloc(PAIR_MAP_FILE_BYTES + 1);
    n = fread(text, 1, PAIR_MAP_FILE_BYTES, in);
    text[n] = '\0';
    if (ferror(in) || fgetc(in) != EOF || strlen(text) != n) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                    "%s: no pair map: it can't be read, holds zero bytes or more than %u", path,
                    PAIR_MAP_FILE_BYTES);
        g_clear_pointer(&text, g_free);
    }
    fclose(in);
    return text;
}

struct pair_map *pair_map_file_read(const char *path, GError **error)
{
    char *text = read_all(path, error);
    struct pair_map *m = text ? pair_map_parse(text, path, error) : NULL;

    g_free(text);
    return m;
}
