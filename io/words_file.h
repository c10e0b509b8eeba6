/* A word list (core/word_list.h) from a file the user names. */
#ifndef TARE_IO_WORDS_FILE_H
#define TARE_IO_WORDS_FILE_H

#include "core/word_list.h"

/* NULL: it could not be read, is larger than LIMIT_WORDS_BYTES, or has no words. */
struct word_list *words_file_read(const char *path, GError **error);

#endif
