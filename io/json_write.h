/* JSON written as it is made, so that a report of any size needs no memory.
 *
 * Numbers carry 17 significant digits; what is not finite is null. Strings are valid JSON whatever
 * bytes they hold: characters that a terminal must not see are \u escapes, and a byte that is no
 * UTF-8 becomes the lone surrogate U+DC80 + byte - 0x80 (Python's surrogateescape), so that names
 * survive the round trip. */
#ifndef TARE_IO_JSON_WRITE_H
#define TARE_IO_JSON_WRITE_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

#define JSON_WRITE_DEPTH 16

struct json_writer {
    FILE *out;
    unsigned depth;
    bool started[JSON_WRITE_DEPTH]; /* something stands at this depth already */
    bool flat[JSON_WRITE_DEPTH]; /* on one line */
};

void json_writer_init(struct json_writer *w, FILE *out);

/* key NULL inside a list. flat: the whole value on one line. */
void json_begin_object(struct json_writer *w, const char *key, bool flat);
void json_begin_list(struct json_writer *w, const char *key, bool flat);
void json_end_object(struct json_writer *w);
void json_end_list(struct json_writer *w);
void json_string(struct json_writer *w, const char *key, const char *value); /* NULL: null */
void json_double(struct json_writer *w, const char *key, double value);
void json_count(struct json_writer *w, const char *key, guint64 value);
void json_integer(struct json_writer *w, const char *key, gint64 value);
void json_bool(struct json_writer *w, const char *key, bool value);
void json_null(struct json_writer *w, const char *key);

#endif
