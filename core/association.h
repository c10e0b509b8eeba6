/* The association test (core/weat.h) on the token rows of models, from a person's word lists: the
 * first two categories of the list are the targets X and Y, the next two the attributes A and B.
 *
 * A word's vector is the mean of the rows of its tokens, as it stands inside a text (a space in
 * front). A word that holds a token the vocabulary does not know is left out and counted. */
#ifndef TARE_CORE_ASSOCIATION_H
#define TARE_CORE_ASSOCIATION_H

#include "core/evaluation.h"
#include "core/text/tokenizer.h"
#include "core/weat.h"
#include "core/word_list.h"

struct association {
    const struct word_list *list; /* borrowed */
    uint32_t n[WEAT_SETS];        /* words that have a vector */
    uint32_t missing[WEAT_SETS];
    struct weat weat[EVALUATION_SIDES]; /* of the tuned model NAN if there is none */
};

/* weights[1] NULL: one model. False with TARE_ERROR_INPUT: fewer than four categories. */
gboolean association_of(const struct word_list *list, const struct tokenizer *t,
                        const struct net_weights *const weights[EVALUATION_SIDES],
                        struct association *out, GError **error);

#endif
