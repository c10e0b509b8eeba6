/* Special tokens by their usual names, where no file says which is which. */
#ifndef TARE_CORE_TEXT_TOKEN_ROLE_H
#define TARE_CORE_TEXT_TOKEN_ROLE_H

#include "core/text/tokenizer_tables.h"

/* Roles that are still TOKEN_NONE get the first of their names that is a token. */
void tokenizer_tables_guess_roles(struct tokenizer_tables *t);

#endif
