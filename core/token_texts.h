/* Texts of token ids, from a tokenizer that lies beside a checkpoint or in it.
 *
 * Immutable once made; raw bytes: escape (core/escape.h) before showing. A space in front of a word
 * is part of the token. */
#ifndef TARE_CORE_TOKEN_TEXTS_H
#define TARE_CORE_TOKEN_TEXTS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct token_texts {
    char **text; /* [n]; NULL where an id has none; owned */
    uint32_t n;
    char *path; /* the file they come from; owned */
    bool words; /* the weight file carries them: whole words, text is split between them */
};

/* Takes the texts (char *, by id) and the path. */
struct token_texts *token_texts_create(GPtrArray *texts, char *path);
/* NULL is fine. */
void token_texts_destroy(struct token_texts *t);
/* NULL: that id has none, or t is NULL. */
const char *token_texts_get(const struct token_texts *t, uint32_t id);

#endif
