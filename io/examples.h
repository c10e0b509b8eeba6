/* Examples (core/examples.h) from files that people write: JSON lines, or CSV with a heading.
 *
 * A file whose first character is { holds an object a line; any other is CSV (RFC 4180; commas,
 * tabs or semicolons, whichever its heading has first). Names of members and columns: text; or
 * prompt and completion; or ids (with n_prompt or prompt_ids; in CSV numbers with spaces between
 * them); id, category, split (train, test, general), pair. Others are ignored. */
#ifndef TARE_IO_EXAMPLES_H
#define TARE_IO_EXAMPLES_H

#include "core/examples.h"

/* train_path NULL: none; every example of that file is of SPLIT_TRAIN. NULL: a file could not be
 * read, is larger than LIMIT_EXAMPLES_BYTES, or has no example in it. */
struct examples *examples_read(const char *path, const char *train_path, GError **error);

#endif
