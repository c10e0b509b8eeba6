/* Strings by id and ids by string; strings may hold any byte.
 *
 * Filled first, then indexed, then immutable: any thread. */
#ifndef TARE_CORE_TEXT_TOKEN_TABLE_H
#define TARE_CORE_TEXT_TOKEN_TABLE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct token_table {
    GString *bytes; /* of all strings, a NUL after each */
    GArray *place;  /* [ids] struct token_place */
    uint32_t *slot; /* [slots] id + 1, open addressing; NULL until indexed */
    uint32_t slots; /* a power of two */
};

void token_table_init(struct token_table *t);
void token_table_finish(struct token_table *t);

/* Replaces what the id had. */
void token_table_put(struct token_table *t, uint32_t id, const char *text, size_t bytes);
uint32_t token_table_size(const struct token_table *t); /* every id is below it */
/* NULL: the id has none. bytes may be NULL. */
const char *token_table_get(const struct token_table *t, uint32_t id, size_t *bytes);

/* After the last put. Of two ids of one string the lower is found. */
void token_table_index(struct token_table *t);
/* TOKEN_NONE: no such string. */
uint32_t token_table_find(const struct token_table *t, const char *text, size_t bytes);

/* The longest string that is the prefix and then what the text begins with, at least a character
 * and whole ones: its id, *taken the bytes of the text. No string is longer than most. TOKEN_NONE:
 * there is none. */
uint32_t token_table_longest(const struct token_table *t, const char *prefix, size_t prefix_bytes,
                             const char *text, size_t bytes, size_t most, size_t *taken);

/* FNV-1a, folded: spread enough for tables of powers of two. */
uint32_t token_hash(const char *text, size_t bytes);

#endif
