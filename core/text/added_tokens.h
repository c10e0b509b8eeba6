/* Tokens written in a text: found before, or after, it is normalized; the longest at the leftmost
 * place. Immutable once made: any thread. */
#ifndef TARE_CORE_TEXT_ADDED_TOKENS_H
#define TARE_CORE_TEXT_ADDED_TOKENS_H

#include "core/text/text_run.h"
#include "core/text/tokenizer_tables.h"

struct added_tokens;

/* Of the tables' added tokens, those that are looked for in normalized text, or the others. NULL:
 * there are none. */
struct added_tokens *added_tokens_create(const struct tokenizer_tables *tables, bool normalized);
void added_tokens_destroy(struct added_tokens *a); /* NULL is fine */

/* A token found at bytes [from, to) of p, with the spaces it takes, or none and what is between. */
struct added_match {
    const struct added_token *token; /* NULL: text between */
    uint32_t from, to;
};

/* The next part of p that begins at *at: *at moves to its end. false: p has ended. Call again with
 * the state it left. */
struct added_walk {
    const struct added_tokens *tokens; /* NULL: nothing is found */
    const struct text_piece *p;
    uint32_t search, done;    /* where to look on, what has been given */
    struct added_match found; /* waits behind the text in front of it */
};

bool added_tokens_next(struct added_walk *w, struct added_match *out);

#endif
