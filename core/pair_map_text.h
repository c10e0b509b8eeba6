/* A pair map as text, a line a pair, fields behind tabs:
 *
 *     base name   tuned name   auto|plain|transposed|never   map|content
 *
 * The last two may be missing (auto, map). Bytes that would break a line are escaped as in C; what
 * follows a '#' at a line's start is a comment. */
#ifndef TARE_CORE_PAIR_MAP_TEXT_H
#define TARE_CORE_PAIR_MAP_TEXT_H

#include "core/pair_map.h"

#define PAIR_MAP_MOST 200000u /* lines */

/* All items; owned by the caller. */
char *pair_map_text(const struct pair_map *m);
/* NULL: a line is wrong, and error (TARE_ERROR_INPUT) names path and line. */
struct pair_map *pair_map_parse(const char *text, const char *path, GError **error);

#endif
