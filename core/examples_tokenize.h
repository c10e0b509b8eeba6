/* Token ids of examples. A prompt and what follows it are tokenized apart, as a model that is given
 * the prompt would see it; in front stands what the tokenizer's template puts there (a bos). */
#ifndef TARE_CORE_EXAMPLES_TOKENIZE_H
#define TARE_CORE_EXAMPLES_TOKENIZE_H

#include "core/examples.h"
#include "core/text/tokenizer.h"

/* Whether any example has a text and no ids. */
bool examples_need_tokenizer(const struct examples *e);
/* Those without ids get them. One that can't be tokenized becomes a bad line and keeps none. */
void examples_tokenize(struct examples *e, const struct tokenizer *t);

#endif
