/* A word as the tokens that spell it: by the tokenizer where there is one, else by the longest
 * token that fits, from the left.
 *
 * The longest match is what WordPiece does; byte-pair merges may cut a word otherwise, so who shows
 * pieces says which of the two it was. One thread. */
#ifndef TARE_CORE_WORD_PIECES_H
#define TARE_CORE_WORD_PIECES_H

#include <stdbool.h>
#include "core/text/tokenizer.h"
#include "core/token_texts.h"

#define WORD_PIECES_BYTES 1024u /* of a word; longer ones are not cut */

struct word_pieces;

/* All borrowed; texts and tokenizer may be NULL. n_rows: ids from there on have no row. */
struct word_pieces *word_pieces_create(const struct token_texts *texts,
                                       const struct tokenizer *tokenizer, uint32_t n_rows);
void word_pieces_destroy(struct word_pieces *p); /* NULL is fine */

/* The token that is the text; UINT32_MAX: there is none, or none that the tokenizer would make. */
uint32_t word_pieces_whole(const struct word_pieces *p, const char *text);
/* Appends uint32_t ids that spell all of it; false: nothing does (a vocabulary of words does not
 * spell others). */
bool word_pieces_cut(const struct word_pieces *p, const char *text, GArray *ids);

#endif
