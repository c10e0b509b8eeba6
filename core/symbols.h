/* Texts as sequences of symbols, which counts of n-grams are made of: token ids where there is a
 * tokenizer, words where there is none.
 *
 * A word is a run of letters, digits and marks, with - ' or U+2019 between two of them, in lower
 * case (g_utf8_strdown). A sequence of ready ids has a word per id. One thread makes them. */
#ifndef TARE_CORE_SYMBOLS_H
#define TARE_CORE_SYMBOLS_H

#include "core/examples.h"

struct symbols {
    uint32_t *at; /* [n]; owned */
    uint32_t n;
};

void symbols_finish(struct symbols *s);

/* Numbers for words: the first is 0. Also keeps their texts. */
struct word_index;
struct word_index *word_index_create(void);
void word_index_destroy(struct word_index *w); /* NULL is fine */
uint32_t word_index_size(const struct word_index *w);
/* In lower case. */
const char *word_index_text(const struct word_index *w, uint32_t word);

void symbols_of_text(struct word_index *w, const char *text, struct symbols *out);
/* What is predicted of an example: its text without the prompt. w NULL: its ids behind the prompt,
 * none if it has no ids. */
void symbols_of_example(struct word_index *w, const struct example *e, struct symbols *out);

#endif
