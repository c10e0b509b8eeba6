/* Styled lines of text that scroll: what help, jobs and explanations are made of.
 *
 * Text must be safe to show already. UI thread. */
#ifndef TARE_TUI_PAGE_H
#define TARE_TUI_PAGE_H

#include "tui/surface.h"

struct page_line {
    char *text;
    struct style style;
    int indent;
    bool rule; /* text is the title set into a rule */
};

struct page {
    GArray *lines; /* struct page_line */
    guint top;
    int height;
};

void page_init(struct page *p);
void page_finish(struct page *p);
void page_clear(struct page *p);

void page_rule(struct page *p, const char *title);
void page_print(struct page *p, enum paint paint, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* Breaks at spaces (a longer word anywhere) to `width` columns with the indent; the first line
 * starts with `lead` in the indent's place. */
void page_wrap(struct page *p, int width, int indent, const char *lead, enum paint paint,
               const char *text);

/* Clamps the scroll. */
void page_layout(struct page *p, int height);
/* The movement actions of tui/keys.h; false if the action is none of them. */
bool page_act(struct page *p, int action);
/* Goes to the next line after the top that holds the text (GRegex as in tui/list.h); false: none.
 */
bool page_find(struct page *p, const char *text, bool backwards, guint *hits);
void page_draw(const struct page *p, const struct surface *s);
/* All lines as plain text. */
char *page_text(const struct page *p);

#endif
