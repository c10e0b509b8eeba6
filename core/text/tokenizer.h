/* Text to token ids and back, exactly as the tokenizer that a model was trained with does it.
 *
 * Made from tables (core/text/tokenizer_tables.h) that io fills from a file. Immutable once made:
 * any number of threads may use one. Text is UTF-8; a byte that is none counts as U+FFFD, one for
 * each maximal part of a broken sequence, as every decoder of today does it; the kind "bytes" takes
 * bytes as they are. Time and memory are linear in the text (n log n inside one word). */
#ifndef TARE_CORE_TEXT_TOKENIZER_H
#define TARE_CORE_TEXT_TOKENIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/error.h"

#define TOKEN_NONE UINT32_MAX

/* Longer text is refused: TARE_ERROR_LIMIT. */
#define TOKENIZER_TEXT_BYTES ((size_t)16 << 20)

/* What the file says its special tokens are for. */
enum token_role {
    TOKEN_BOS,
    TOKEN_EOS,
    TOKEN_PAD,
    TOKEN_UNK,
    TOKEN_CLS,
    TOKEN_SEP,
    TOKEN_MASK,
    TOKEN_ROLES
};

/* The bytes [first, first + bytes) of the encoded text. Of a token of whole characters these are
 * its characters, with a space that belongs to it; of one that is part of a character, its part.
 * Where a normalizer changed characters, all of those that it made it from. Added ones (a
 * template's [CLS], a space put in front) have 0 bytes. In order, but a character that became two
 * tokens is in both. */
struct token_span {
    uint32_t first, bytes;
};

struct tokenizer;
struct tokenizer_tables;

/* Takes the tables, also on failure. NULL: they contradict themselves, or ask for what is not
 * supported; the message names it. */
struct tokenizer *tokenizer_create(struct tokenizer_tables *tables, GError **error);
void tokenizer_destroy(struct tokenizer *t); /* NULL is fine */

/* "bytes", "words", "BPE", "WordPiece". */
const char *tokenizer_kind(const struct tokenizer *t);
/* The file it comes from, as given; "" if from none. */
const char *tokenizer_path(const struct tokenizer *t);
/* Every id is below it. */
uint32_t tokenizer_size(const struct tokenizer *t);
/* TOKEN_NONE: it has none. */
uint32_t tokenizer_special(const struct tokenizer *t, enum token_role role);
/* Raw bytes of what the id stands for, NUL-terminated too, a space in front of a word included;
 * escape before showing. NULL: no such token. bytes may be NULL. */
const char *tokenizer_token(const struct tokenizer *t, uint32_t id, size_t *bytes);

/* Appends to ids (uint32_t) and, unless NULL, to spans (struct token_span). special: put the tokens
 * around it that the model expects, as the file's template says ([CLS] .. [SEP], a bos); special
 * tokens written in the text are found either way. A byte pair encoding whose file names no
 * token for the unknown leaves out what it has no token of, as the tokenizers library does. Fails
 * where a word has no id and the vocabulary no token for the unknown; what was appended is then
 * taken back. */
bool tokenizer_encode(const struct tokenizer *t, const char *text, size_t bytes, bool special,
                      GArray *ids, GArray *spans, GError **error);

/* The text of n ids, owned by the caller, NUL-terminated; without special tokens unless special.
 * Ids of no token are left out. Bytes as the tokens give them: the first half of a character stays
 * a half. bytes may be NULL. */
char *tokenizer_decode(const struct tokenizer *t, const uint32_t *ids, size_t n, bool special,
                       size_t *bytes);

#endif
