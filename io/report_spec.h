/* Parts of the data specification that come from the files and their weights. */
#ifndef TARE_IO_REPORT_SPEC_H
#define TARE_IO_REPORT_SPEC_H

#include <stdio.h>
#include "core/behaviour.h"
#include "core/comparison.h"

/* "- base: path, SHA-256 ...": a line; the file is read once through. path NULL: nothing. */
void spec_write_file(FILE *out, const char *what, const char *path);
/* The class of the depth profile with every input of its rule; nothing for one file. */
void spec_write_depth(FILE *out, const struct comparison *c);

/* Rows of the input embedding that stand for the tokens of a category's held-out texts: those that
 * no batch of the training held did not move. */
struct spec_rows {
    uint32_t *tokens, *untouched; /* [n_categories]; NULL: the table can't tell */
    const char *why;              /* it can't, one sentence; static */
};
void spec_rows_of(const struct comparison *c, const struct examples *e, struct spec_rows *out);
void spec_rows_finish(struct spec_rows *r);

#endif
