/* What a tokenizer's own spelling of a token stands for. Pure; any thread. */
#ifndef TARE_IO_TOKEN_DECODE_H
#define TARE_IO_TOKEN_DECODE_H

#include <stdbool.h>
#include "core/text/spelling.h"

/* Bytes of a token, owned by the caller. A spelling that breaks its own rules, and one that stands
 * for a NUL, which no string here can hold, is given as written. */
char *token_decode(const char *token, enum token_spelling spelling);
/* Every character stands for a byte. */
bool token_is_byte_level(const char *token);

#endif
