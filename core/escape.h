/* Text from files made safe to show: on a screen, on standard error, in a report.
 *
 * Valid printable UTF-8 passes; everything that could move a cursor, hide or reorder text becomes a
 * visible escape: C0, DEL and C1 as \xNN, bidi controls, zero-width and format characters, tags, lone
 * combining marks as \u{NNNN}, bytes that are not UTF-8 as \xNN. The backslash itself is doubled, so
 * that two different names never print alike. Any thread. */
#ifndef TARE_CORE_ESCAPE_H
#define TARE_CORE_ESCAPE_H

#include <glib.h>

/* A new string, owned by the caller. text may be NULL (gives ""). */
char *escape_text(const char *text);

/* The same into buf, cut at a whole character; returns buf. */
char *escape_into(char *buf, gsize bytes, const char *text);

#endif
