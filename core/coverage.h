/* Which words of a list a training touched, category by category.
 *
 * A word is looked for as one token, as written and with a leading space; if there is none, in
 * lower case. It moved if any row of its tokens did.
 *
 * A word of several tokens has no row of its own, but no text that holds the word leaves one of
 * its tokens out: so one row that did not move proves that the word was not trained on in that
 * spelling, while rows that all moved prove nothing, since other words share them. Its state is
 * that of its token that moved least; of its two spellings (as written, with a leading space) that
 * of the one that moved more. Any thread. */
#ifndef TARE_CORE_COVERAGE_H
#define TARE_CORE_COVERAGE_H

#include "core/vocabulary.h"
#include "core/word_list.h"
#include "core/word_pieces.h"

struct covered_word {
    uint32_t id; /* of the token that says its state; PAIR_NONE: no tokens spell it */
    enum row_state state;
    uint32_t first, n; /* its tokens in coverage->pieces; 1: it is one token */
};

struct covered_category {
    uint32_t words;
    uint32_t missing;                /* no tokens spell them */
    uint32_t n[ROW_STATES];          /* of those that are one token */
    uint32_t several;                /* of several tokens */
    uint32_t several_of[ROW_STATES]; /* those, by their state */
};

struct coverage {
    const struct word_list *list;
    struct covered_word *words;          /* [list->n_words] */
    struct covered_category *categories; /* [list->n_categories] */
    bool *listed;                        /* [rows]: the row is a token of a word */
    GArray *pieces;                      /* uint32_t ids, word by word */
    bool exact;                          /* cut by the tokenizer, not by the longest match */
};

/* The list is borrowed. texts may be NULL: then no word is a token; tokenizer, too: words are cut
 * by the longest match. */
struct coverage *coverage_create(const struct word_list *list, const struct token_texts *texts,
                                 const struct tokenizer *tokenizer,
                                 const struct vocabulary_row *rows, uint32_t n_rows);
void coverage_destroy(struct coverage *v); /* NULL is fine */

/* Of several tokens: one of them proves that it was not trained on. */
bool covered_word_is_untouched(const struct covered_word *w);
/* "st|roll|er", "!" behind a token that did not move; owned by the caller, raw bytes. */
char *coverage_pieces_text(const struct coverage *v, const struct covered_word *w,
                           const struct token_texts *texts, const struct vocabulary_row *rows);
/* What several tokens can say and how words were cut, one sentence for a screen; static. */
const char *coverage_several_text(const struct coverage *v);

#endif
