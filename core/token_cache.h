/* The token texts of a comparison, read by a worker on first need: a large tokenizer must not hold
 * up the first screen.
 *
 * UI thread only; the worker owns a job of its own and touches the sources alone. */
#ifndef TARE_CORE_TOKEN_CACHE_H
#define TARE_CORE_TOKEN_CACHE_H

#include "core/jobs.h"
#include "core/source.h"
#include "core/token_texts.h"

struct token_cache {
    struct token_texts *texts;
    struct tokenizer *tokenizer; /* that cuts words into those; NULL: none can */
    char *error; /* why there are none */
    bool asked;
};

void token_cache_finish(struct token_cache *x);

/* The tuned side's, which may have more tokens, else the base's (tuned may be NULL). NULL: being
 * read from now on, or there are none and *error_text says why. */
const struct token_texts *token_cache_get(struct token_cache *x, struct source *base,
                                          struct source *tuned, struct pool *pool,
                                          const char **error_text);

#endif
