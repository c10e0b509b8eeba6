/* What an encoder learns from: tokens that are hidden and to be told (Devlin et al. 2019). Of those
 * that may be predicted 15 % are, at least one; of these 80 % become the mask, 10 % any other
 * token, 10 % stay. Pure; private to core/train. */
#ifndef TARE_CORE_TRAIN_MASKING_H
#define TARE_CORE_TRAIN_MASKING_H

#include "core/text/tokenizer.h"

struct masking {
    uint32_t mask; /* TOKEN_NONE: nothing is hidden, the token that follows is predicted */
    uint32_t special[TOKEN_ROLES];
    uint32_t vocabulary;
};

/* By a tokenizer (NULL: it has no mask), for a model of so many tokens. */
void masking_init(struct masking *m, const struct tokenizer *t, uint32_t vocabulary);

/* hidden [n] becomes ids with some hidden, targets [n] what stood there, UINT32_MAX elsewhere; from
 * `first` on. The number of targets; 0: every token there is a special one. plainly: all that is
 * predicted becomes the mask. */
uint32_t masking_apply(const struct masking *m, const uint32_t *ids, uint32_t n, uint32_t first,
                       bool plainly, uint64_t random, uint32_t *hidden, uint32_t *targets);

#endif
