/* What a tokenizer's own spelling of a token stands for. Pure; any thread. */
#ifndef TARE_IO_TOKEN_DECODE_H
#define TARE_IO_TOKEN_DECODE_H

#include <glib.h>
#include <stdbool.h>

enum token_spelling {
    TOKEN_PLAIN,
    TOKEN_BYTE_LEVEL, /* a character a byte, as GPT-2 maps them: U+0120 is a space */
    TOKEN_METASPACE   /* U+2581 is a space, <0x0A> a byte */
};

/* Bytes of a token, owned by the caller. A spelling that breaks its own rules, and one that stands
 * for a NUL, which no string here can hold, is given as written. */
char *token_decode(const char *token, enum token_spelling spelling);
/* Every character stands for a byte. */
bool token_is_byte_level(const char *token);

#endif
