/* Words that belong to one category: by which text in one category that speaks of another is told.
 *
 * Of examples: a word that stands in at least CATEGORY_WORD_TEXTS texts (prompts too) of its
 * category, and whose share of texts there is at least CATEGORY_WORD_SHARE of the sum of its shares
 * in all categories. Or of a person's list: every word of it (a word of several words: none). */
#ifndef TARE_CORE_CATEGORY_WORDS_H
#define TARE_CORE_CATEGORY_WORDS_H

#include "core/symbols.h"
#include "core/word_list.h"

#define CATEGORY_WORD_TEXTS 2
#define CATEGORY_WORD_SHARE 0.9

struct category_words {
    uint32_t *owner; /* [n]: category of a word of the index, CATEGORY_NONE: of none */
    uint32_t n;
    uint32_t *count; /* [n_categories]: words it has */
    uint32_t n_categories;
};

/* Of texts of every split; SPLIT_GENERAL counts as a category of its own. Examples of ids alone say
 * nothing. Adds to the index. */
void category_words_of(const struct examples *e, struct word_index *w, struct category_words *out);
/* Categories by name; those of the list that the examples don't have are left out. */
void category_words_listed(const struct word_list *list, const struct examples *e,
                           struct word_index *w, struct category_words *out);
void category_words_finish(struct category_words *c);

/* Of the words of a text that belong to a category: how many there are, and how many belong to
 * another than its own. counts[category]: whether a word of that category is counted as borrowed;
 * NULL: all are. Words the index got later belong to none. */
struct leak {
    uint64_t specific, borrowed;
};
void leak_add(const struct category_words *c, const struct symbols *text, uint32_t own,
              const bool *counts, struct leak *out);

#endif
