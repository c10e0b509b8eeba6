/* How formulaic some texts are: measures of repetition, copying and borrowed words.
 *
 *     distinct_n      n-grams that differ / n-grams (Li et al. 2016); falls with the number of
 * words diversity       sum over n = 1..4 of distinct_n compression     bytes / deflated bytes of
 * all texts, a line each self_repetition mean over texts of ln(1 + sum over its distinct 4-grams of
 * the other texts that hold it) (Salkar et al. 2022) copied          share of the 8-grams that
 * stand in a training text; the longest run that does leak            share of the words that
 * belong to one category which belong to another than the text's own (core/category_words.h):
 * borrowed vocabulary
 *
 * None has a threshold: they are read beside the same of other categories. Low diversity alone does
 * not tell stilted text, which may be varied and wrong: look at the leak. Pure. */
#ifndef TARE_CORE_FORMULAIC_H
#define TARE_CORE_FORMULAIC_H

#include "core/category_words.h"
#include "core/copied.h"

#define FORMULAIC_COPIED 8 /* symbols that make a copy */

struct formulaic_texts {
    const struct symbols *texts; /* [n] words */
    uint32_t n;
    uint32_t category;                   /* whose texts they are */
    const struct copied_index *training; /* NULL: not known */
    const struct category_words *words;  /* NULL: not asked */
    const bool *counts;                  /* of leak_add */
};

struct formulaic {
    uint32_t texts;
    uint64_t words;
    double distinct[3];
    double diversity;
    double self_repetition;
    double copied;         /* NAN: not known, or no 8 words in a row */
    uint32_t longest_copy; /* words */
    struct leak leak;
    double leak_share; /* NAN: no such word */
};

void formulaic_of(const struct formulaic_texts *in, struct formulaic *out);

#endif
