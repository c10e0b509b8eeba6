/* Words by category, as a person lists them: what a vocabulary is asked about.
 *
 * Immutable once made; raw bytes: escape before showing. */
#ifndef TARE_CORE_WORD_LIST_H
#define TARE_CORE_WORD_LIST_H

#include <glib.h>
#include <stdint.h>

struct word {
    char *text;
    uint32_t category;
};

struct word_list {
    char *path; /* where it comes from */
    struct word *words;
    uint32_t n_words;
    char **categories; /* in order of appearance */
    uint32_t n_categories;
};

/* A line is a word, or category TAB word, or category,word (a first line "category,word" is a
 * heading). Blank around and quotes about a field are dropped, empty lines too. NULL: no word in
 * it, TARE_ERROR_INPUT. */
struct word_list *word_list_parse(const char *path, const char *text, gsize bytes, GError **error);
void word_list_destroy(struct word_list *l); /* NULL is fine */

#endif
