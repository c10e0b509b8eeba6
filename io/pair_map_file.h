/* A pair map from a file: core/pair_map_text.h says what its lines are. */
#ifndef TARE_IO_PAIR_MAP_FILE_H
#define TARE_IO_PAIR_MAP_FILE_H

#include "core/pair_map.h"

#define PAIR_MAP_FILE_BYTES (32u << 20) /* at most */

/* NULL and one line (TARE_ERROR_INPUT) that names the file, and the line in it. */
struct pair_map *pair_map_file_read(const char *path, GError **error);

#endif
