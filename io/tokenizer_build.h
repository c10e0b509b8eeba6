/* A tokenizer from the file that was parsed and from what lies beside it. */
#ifndef TARE_IO_TOKENIZER_BUILD_H
#define TARE_IO_TOKENIZER_BUILD_H

#include "io/tokenizer_parse.h"

/* Takes the tables out of p, which is still to be finished. path: of the file that was parsed;
 * merges.txt and tokenizer_config.json are looked for beside it, KerasHub's tokenizer.json two
 * folders up. */
struct tokenizer *tokenizer_build(struct tokenizer_parse *p, const char *path, GError **error);

#endif
