/* Text files that a person names, whole in memory: nothing beyond a limit is read or allocated. */
#ifndef TARE_IO_TEXT_FILE_H
#define TARE_IO_TEXT_FILE_H

#include "core/error.h"

/* A regular file's bytes, a 0 behind them; owned by the caller. what, for messages: "a word list".
 */
char *text_file_read(const char *path, const char *what, guint most, gsize *bytes, GError **error);

/* From whatever the path leads to, a pipe too: text without zero bytes. what: "rules file"; errors
 * are of that code. */
char *text_file_stream(const char *path, const char *what, guint most, enum tare_error code,
                       gsize *bytes, GError **error);

#endif
