/* What the two files of the overview share: one shows it, the other acts on it. Private to them. */
#ifndef TARE_TUI_OVERVIEW_ACT_H
#define TARE_TUI_OVERVIEW_ACT_H

#include "tui/marks.h"
#include "tui/overview_rows.h"
#include "tui/overview_table.h"
#include "tui/view.h"

#define NO_GROUP G_MAXUINT32

enum { OVERVIEW_FOLD_ALL = ACTION_VIEW };

struct overview {
    struct view view;
    struct overview_rows rows;
    struct overview_table table;
    struct list list;
    struct overview_row at;     /* the selected row, through changes of order and folds */
    struct overview_row pinned; /* NO_GROUP: none */
    struct matcher *search;
    struct marks marks;
    uint32_t said;     /* the entry the other views were told of */
    GArray *preferred; /* entries the scan was asked to read first */
    uint64_t scaled;   /* version of the summary + 1 that the scale was made for */
    int name_columns;  /* of the longest; -1: the rows are others now */
    int list_rows;
    bool preview;
};

/* The model may have been read again since the last layout. */
bool overview_ready(const struct overview *o);
bool overview_is_pinned(const struct overview *o, struct overview_row row);
/* Whether that metric can be shown of those models; the one after m that can. */
bool overview_metric_fits(const struct metric *m, const struct comparison *c);
const struct metric *overview_next_metric(const struct metric *m, const struct comparison *c);
/* Tells the other views what is selected; of a group, what they look at in it already. */
void overview_say_entry(struct overview *o);

/* As the operations of a view. */
enum reply overview_act(struct view *v, struct app *app, int action);
enum reply overview_mouse(struct view *v, struct app *app, int row, int col, int key);
bool overview_metric(struct view *v, const char *name);
guint overview_search(struct view *v, const char *text);
guint overview_filter(struct view *v, const char *text);

#endif
