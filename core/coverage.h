/* Which words of a list a training touched, category by category.
 *
 * A word is looked for as one token, as written and with a leading space; if there is none, in
 * lower case. It moved if any row of its tokens did. A word of several tokens has no row of its
 * own: it is counted apart. Any thread. */
#ifndef TARE_CORE_COVERAGE_H
#define TARE_CORE_COVERAGE_H

#include "core/vocabulary.h"
#include "core/word_list.h"

struct covered_word {
    uint32_t id; /* of the token that says its state; PAIR_NONE: not one token */
    enum row_state state;
};

struct covered_category {
    uint32_t words;
    uint32_t missing;       /* not one token */
    uint32_t n[ROW_STATES]; /* of those that are */
};

struct coverage {
    const struct word_list *list;
    struct covered_word *words;          /* [list->n_words] */
    struct covered_category *categories; /* [list->n_categories] */
    bool *listed;                        /* [rows]: the row is a token of a word */
};

/* The list is borrowed. texts may be NULL: then no word is a token. */
struct coverage *coverage_create(const struct word_list *list, const struct token_texts *texts,
                                 const struct vocabulary_row *rows, uint32_t n_rows);
void coverage_destroy(struct coverage *v); /* NULL is fine */

#endif
