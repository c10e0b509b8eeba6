/* Selection, scroll and filter of a list of rows, apart from how they are drawn: pure and tested.
 */
#ifndef TARE_TUI_LIST_H
#define TARE_TUI_LIST_H

#include <glib.h>
#include <stdbool.h>

struct list {
    guint n;        /* rows there are */
    guint selected; /* < n, 0 if empty */
    guint top;      /* first row on the screen */
    int height;     /* rows on the screen */
};

/* Clamps after n or height changed, keeps the selection in sight. */
void list_layout(struct list *l, guint n, int height);
/* The movement actions of tui/keys.h; false if the action is none of them. */
bool list_act(struct list *l, int action);
/* The same for the keys of the wheel, a few rows each. */
#define LIST_WHEEL_ROWS 3
bool list_wheel(struct list *l, int key);

/* Case-insensitive search for text in name (empty text: everything matches). A pattern that GRegex
 * can't compile is searched as plain text. */
struct matcher;
struct matcher *matcher_create(const char *text);
void matcher_destroy(struct matcher *m);
bool matcher_hit(const struct matcher *m, const char *name);

/* Does row i of a list's owner match? */
typedef bool list_hit(const void *owner, const struct matcher *m, guint i);
/* Selects the next hit (the one before) and counts all, around the end; `here`: the selected row
 * itself is the first that may be one. 0: none, and nothing moved. */
enum list_way { LIST_HERE, LIST_NEXT, LIST_PREVIOUS };
guint list_search(struct list *l, const struct matcher *m, list_hit *hit, const void *owner,
                  enum list_way way);

#endif
