/* What the two files of the view of the vocabulary share: one acts, the other draws. Private to
 * them. */
#ifndef TARE_TUI_VOCABULARY_VIEW_H
#define TARE_TUI_VOCABULARY_VIEW_H

#include "tui/list.h"
#include "tui/page.h"
#include "tui/token_rows.h"
#include "tui/view.h"

struct vocabulary_view {
    struct view view;
    struct token_rows rows;
    struct list tokens, categories;
    struct page page; /* of the selected category */
    struct matcher *search;
    bool by_category;
    int above, list_rows; /* lines over the list, of the list */
};

/* The model is there and the rows are of it. */
bool vocabulary_ready(const struct vocabulary_view *d);
/* Of the word list; 0: there is none. */
guint vocabulary_categories(const struct vocabulary_view *d);

/* As the operation of a view. */
void vocabulary_draw(const struct view *v, const struct surface *s);

#endif
