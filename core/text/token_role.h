/* Special tokens by their usual names, where no file says which is which. */
#ifndef TARE_CORE_TEXT_TOKEN_ROLE_H
#define TARE_CORE_TEXT_TOKEN_ROLE_H

#include "core/text/tokenizer_tables.h"

/* Roles that are still TOKEN_NONE get the first of their names that is a token. */
void tokenizer_tables_guess_roles(struct tokenizer_tables *t);
/* The tokens of all roles are found in text from then on, as the readers of vocab.txt and
 * merges.txt do it (transformers): RoBERTa's <mask> with the spaces before it. */
void tokenizer_tables_add_roles(struct tokenizer_tables *t);

#endif
