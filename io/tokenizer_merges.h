/* The merges of a byte-pair encoding, in order of rank, into tables. */
#ifndef TARE_IO_TOKENIZER_MERGES_H
#define TARE_IO_TOKENIZER_MERGES_H

#include "io/tokenizer_parse.h"

/* "model.merges" of a tokenizer.json: "left right" or ["left", "right"] each. */
bool tokenizer_read_merges(const struct json_part *part, struct tokenizer_tables *t,
                           GError **error);
/* merges.txt: a line each, lines that begin with #version are none. */
bool tokenizer_read_merge_lines(const char *text, struct tokenizer_tables *t, GError **error);

#endif
