#include "io/pair_map_file.h"

#include "core/pair_map_text.h"
#include "io/text_file.h"

struct pair_map *pair_map_file_read(const char *path, GError **error)
{
    gsize bytes;
    char *text =
        text_file_stream(path, "pair map", PAIR_MAP_FILE_BYTES, TARE_ERROR_INPUT, &bytes, error);
    struct pair_map *m = text ? pair_map_parse(text, path, error) : NULL;

    g_free(text);
    return m;
}
