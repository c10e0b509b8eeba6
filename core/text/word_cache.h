/* What words became, for the next time: text repeats itself. Filled by all threads at once without
 * a lock, never emptied; what it answers is what would be computed. */
#ifndef TARE_CORE_TEXT_WORD_CACHE_H
#define TARE_CORE_TEXT_WORD_CACHE_H

#include <glib.h>
#include <stdint.h>

/* Longer words are not kept. */
#define WORD_CACHE_BYTES 48u

/* A token of a word and the part of it that it stands for. */
struct word_token {
    uint32_t id;
    uint8_t from, to;
};

struct word_entry {
    uint32_t hash;
    uint8_t bytes, tokens;
    char text[WORD_CACHE_BYTES];
    struct word_token token[];
};

struct word_cache;

struct word_cache *word_cache_create(void);
void word_cache_destroy(struct word_cache *c); /* NULL is fine */

/* NULL: not there. hash: token_hash of the word; bytes <= WORD_CACHE_BYTES. */
const struct word_entry *word_cache_get(struct word_cache *c, uint32_t hash, const char *text,
                                        uint32_t bytes);
/* Unless its place is taken. n <= 255. */
void word_cache_put(struct word_cache *c, uint32_t hash, const char *text, uint32_t bytes,
                    const struct word_token *token, uint32_t n);

#endif
