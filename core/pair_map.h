/* Pairs that somebody decided: told in a file, accepted or written in the viewer. They go before
 * every rule. In the order in which they were decided; the last can be taken back. */
#ifndef TARE_CORE_PAIR_MAP_H
#define TARE_CORE_PAIR_MAP_H

#include "core/match.h"

enum pair_how {
    PAIR_HOW_AUTO,       /* as the places of the two say, else as it is */
    PAIR_HOW_PLAIN,      /* the same elements in the same order, whatever the shapes */
    PAIR_HOW_TRANSPOSED, /* rows there are columns here */
    PAIR_HOW_NEVER,      /* a proposal that was set aside: not made again */
    PAIR_HOW_COUNT
};

struct pair_map_item {
    char *base, *tuned; /* names, raw */
    enum pair_how how;
    const char *rule; /* pair_rule_map or pair_rule_content */
    uint32_t line;    /* of the file; 0: not from one */
};

struct pair_map {
    GArray *items; /* struct pair_map_item */
    char *path;    /* of the file, for messages; NULL: none */
};

struct pair_map *pair_map_create(void);
struct pair_map *pair_map_copy(const struct pair_map *m); /* NULL gives NULL */
void pair_map_destroy(struct pair_map *m);

/* Strings are copied. A name that is in the map already is paired anew. */
void pair_map_add(struct pair_map *m, const char *base, const char *tuned, enum pair_how how,
                  const char *rule);
/* As it is, from a line of a file: where names repeat, the first counts. */
void pair_map_append(struct pair_map *m, const char *base, const char *tuned, enum pair_how how,
                     const char *rule, uint32_t line);
/* Takes the last one back; false: there was none. */
bool pair_map_undo(struct pair_map *m);
bool pair_map_forbids(const struct pair_map *m, const char *base, const char *tuned);

/* "auto", "plain", "transposed", "never". */
const char *pair_how_name(enum pair_how how);
bool pair_how_find(const char *name, enum pair_how *out);

/* False: an item names no tensor of its side, and error says which. */
gboolean pair_map_check(const struct pair_map *m, const struct source *base,
                        const struct source *tuned, GError **error);

#endif
