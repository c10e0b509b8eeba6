/* How formulaic some texts are: measures of repetition and copying.
 *
 *     distinct_n       n-grams that differ / n-grams (Li et al. 2016); falls with more words
 *     diversity        sum over n = 1..4 of distinct_n
 *     self_repetition  mean over texts of ln(1 + m): m adds, for each of a text's distinct 4-grams,
 *                      the number of other texts that hold it (Salkar et al. 2022)
 *     copied           share of the 8-grams that stand in a training text; the longest such run
 *
 * None has a threshold: they are read beside the same of other categories. Low diversity alone does
 * not tell stilted text, which may be varied and wrong: look at borrowed words too
 * (core/category_words.h). Pure. */
#ifndef TARE_CORE_FORMULAIC_H
#define TARE_CORE_FORMULAIC_H

#include "core/copied.h"

#define FORMULAIC_COPIED 8 /* symbols that make a copy */

struct formulaic_texts {
    const struct symbols *texts; /* [n] words */
    uint32_t n;
    const struct copied_index *training; /* NULL: not known */
};

struct formulaic {
    uint32_t texts;
    uint64_t words;
    double distinct[3];
    double diversity;
    double self_repetition;
    double copied;         /* NAN: not known, or no 8 words in a row */
    uint32_t longest_copy; /* words */
};

void formulaic_of(const struct formulaic_texts *in, struct formulaic *out);

#endif
