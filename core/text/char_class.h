/* Classes of characters as the tokenizers library has them: Unicode's properties, which GLib's
 * predicates of the same names are not. Of the Unicode version that GLib has: of characters that are
 * newer than the library's tables (it has several, the oldest of Unicode 8) the class may differ.
 * Pure. */
#ifndef TARE_CORE_TEXT_CHAR_CLASS_H
#define TARE_CORE_TEXT_CHAR_CLASS_H

#include <glib.h>
#include <stdbool.h>

/* What the patterns of byte-level tokenizers tell apart: \p{L}, \p{N}, \s, the rest. */
enum char_class { CHAR_LETTER, CHAR_NUMBER, CHAR_SPACE, CHAR_OTHER };

enum char_class char_class(gunichar c);
bool char_is_space(gunichar c);       /* the property White_Space */
bool char_is_number(gunichar c);      /* Nd, Nl, No */
bool char_is_word(gunichar c);        /* \w: Alphabetic, marks, Nd, Pc, Join_Control */
bool char_is_punctuation(gunichar c); /* ASCII's, and every P */
bool char_is_control(gunichar c);     /* for BERT: Cc, Cf, Co but tab, newline, return */
bool char_is_cjk(gunichar c);         /* for BERT: ideographs, which are words of their own */
/* The small letter, of Roman numerals and circled letters too; U+0130 as it is, which becomes two.
 */
gunichar char_lower(gunichar c);

#endif
