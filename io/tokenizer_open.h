/* The tokenizer that a model's examples go through. */
#ifndef TARE_IO_TOKENIZER_OPEN_H
#define TARE_IO_TOKENIZER_OPEN_H

#include "core/source.h"
#include "core/text/tokenizer.h"

/* choice: "bytes"; "words" (text split at spaces, the vocabulary is what the weights' file
 * carries); the path of a tokenizer's file. NULL: what lies beside the weights, else the words they
 * carry. weights may be NULL for "bytes" and for a path. Owned by the caller; NULL: the message
 * says what was looked for. May take its time: half a second for 128,000 tokens. */
struct tokenizer *tokenizer_open(const char *choice, struct source *weights, GError **error);

#endif
