/* Rows of a vocabulary as the view lists them: computed once for a table, sorted once for an order.
 *
 * UI thread; of the comparison and the word list it only borrows. */
#ifndef TARE_TUI_TOKEN_ROWS_H
#define TARE_TUI_TOKEN_ROWS_H

#include "core/coverage.h"
#include "tui/list.h"
#include "tui/relative_bins.h"

enum token_sort { TOKEN_BY_RELATIVE, TOKEN_BY_NORM, TOKEN_BY_ID, TOKEN_SORTS };

struct token_rows {
    const struct comparison *of;
    guint64 version;
    const struct token_texts *texts; /* NULL: not there (yet) */
    const char *texts_error;         /* why not; NULL: not asked, or being read */
    const struct word_list *words;
    guint words_version;
    GArray *tables; /* struct vocabulary */
    guint table;
    struct vocabulary_row *rows; /* [n_rows], by id */
    guint n_rows;
    struct coverage *coverage; /* NULL: no word list */
    struct relative_bins bins;
    guint32 *shown; /* [n_shown] ids, in the order of the list */
    guint n_shown;
    enum token_sort sort;
    bool reversed;
    bool only_listed; /* tokens of the word list alone */
    int only_state;   /* of these rows alone; -1: all */
    struct matcher *filter;
};

void token_rows_init(struct token_rows *r);
void token_rows_finish(struct token_rows *r);
/* Follows the comparison, the token texts and the word list (NULL: none; another version: another
 * list). */
void token_rows_update(struct token_rows *r, struct comparison *c, const struct word_list *words,
                       guint words_version);
/* After a change of table; of sort, order or filters. */
void token_rows_load(struct token_rows *r);
void token_rows_arrange(struct token_rows *r);

/* NULL: there is no table. */
const struct vocabulary *token_rows_table(const struct token_rows *r);
/* The token's text in quotes, escaped: spaces count. "-" if it has none. Owned by the caller. */
char *token_rows_text(const struct token_rows *r, guint32 id);
const char *token_sort_name(enum token_sort sort);

#endif
