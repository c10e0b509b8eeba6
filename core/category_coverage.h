/* How much of each category the training examples hold: what can be told without a model.
 *
 *     p_c = n_c / n over the train examples; effective categories exp(-sum p ln p)
 *     distinct_n   n-grams that differ / n-grams, of a category's train texts (all of its texts if
 *                  it has none there): it falls with the number of words, so compare like with like
 *     unseen_c     share of the words of its test texts that no train text of any category holds
 *
 * "Words" are token ids where the examples have them all, words otherwise (core/symbols.h); of what
 * is predicted, prompts left out. */
#ifndef TARE_CORE_CATEGORY_COVERAGE_H
#define TARE_CORE_CATEGORY_COVERAGE_H

#include "core/examples.h"

#define COVERAGE_NGRAMS 3

struct category_coverage {
    uint32_t n[SPLIT_COUNT];
    uint64_t words;                   /* those that distinct is about */
    double distinct[COVERAGE_NGRAMS]; /* 1-, 2- and 3-grams; NAN: none */
    uint64_t test_words, unseen;
    double unseen_share; /* NAN: no test words, or no train examples at all */
};

struct coverage_table {
    uint32_t n_categories;
    struct category_coverage *categories; /* [n_categories], as in the examples */
    uint32_t n[SPLIT_COUNT];
    double effective; /* NAN: no train examples */
    uint32_t n_asked; /* categories with a test or train example */
    uint32_t fewest;  /* of those the category with fewest train examples; n_categories: there
                         is none */
    bool on_tokens;
};

void coverage_table_of(const struct examples *e, struct coverage_table *out);
void coverage_table_finish(struct coverage_table *t);

/* exp of the entropy of counts: 8 equal ones of 12 give 8. NAN: all are 0. */
double effective_number(const uint32_t *counts, uint32_t n);

#endif
