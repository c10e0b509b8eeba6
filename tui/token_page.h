/* What the vocabulary view says in words: the summary, the categories of the word list, and both as
 * files. Every string is escaped and owned by the caller. */
#ifndef TARE_TUI_TOKEN_PAGE_H
#define TARE_TUI_TOKEN_PAGE_H

#include <stdio.h>

#include "tui/page.h"
#include "tui/token_rows.h"

/* "wte.weight  512 rows  40 moved ...", items two spaces apart. There must be a table. */
char *token_page_summary(const struct token_rows *r);

/* The table of categories: its heading, one of its rows. */
void token_page_heading(const struct surface *s, int row);
void token_page_row(const struct token_rows *r, guint category, const struct surface *s, int row);
/* The words of a category, those that were never touched first; how to load a list if there is
 * none. */
void token_page_category(struct page *p, const struct token_rows *r, guint category, int cols);
char *token_page_copy(const struct token_rows *r, guint category); /* NULL: no list */

/* As TSV. */
void token_page_write_rows(const struct token_rows *r, FILE *out);
void token_page_write_words(const struct token_rows *r, FILE *out);

#endif
