/* Files that were saved: compared with what they should be. For tests only. */
#ifndef TARE_TESTS_SAVED_H
#define TARE_TESTS_SAVED_H

#include "core/source.h"

/* A folder of the test's own, and a path in it; the caller frees. */
char *saved_folder(void);
/* Removes it and the files in it. */
void saved_remove(char *folder);
/* Names of what is in it, sorted, separated by blanks; the caller frees. */
char *saved_names(const char *folder);

struct source *saved_open(const char *path);
void saved_expect_equal_files(const char *a, const char *b);
/* Same tensors by path, to the last bit. */
void saved_expect_values(struct source *got, struct source *want, const char *what);
/* Everything that is no value: objects, links, attributes, types, shapes, layouts, filters. */
void saved_expect_like(const char *got, const char *want);

#endif
