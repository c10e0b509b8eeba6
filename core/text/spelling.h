/* How vocabularies spell bytes that are no visible characters. Pure; any thread. */
#ifndef TARE_CORE_TEXT_SPELLING_H
#define TARE_CORE_TEXT_SPELLING_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

enum token_spelling {
    TOKEN_PLAIN,
    TOKEN_BYTE_LEVEL, /* a character a byte, as GPT-2 maps them: U+0120 is a space */
    TOKEN_METASPACE   /* U+2581 is a space, <0x0A> a byte */
};

/* The byte that a character of byte-level spelling stands for; -1: for none. */
int spelling_byte(gunichar c);
/* The character that a byte is spelled as. */
gunichar spelling_char(guchar byte);

/* Appends what a token stands for. One that breaks the rules of its spelling stands for itself. */
void spelling_decode(enum token_spelling spelling, const char *token, size_t bytes, GString *out);

#endif
