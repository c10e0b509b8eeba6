/* A view is a table of operations and a state of its own; it draws cells and answers actions.
 *
 * Call order: open (carry, filter), layout, then any number of (layout, draw) and of all else, then
 * close. layout is the only place where scroll and selection are clamped to the size and to what
 * there is now; draw is const: same model and same state give the same cells. All on the UI thread;
 * no call may wait for anything. */
#ifndef TARE_TUI_VIEW_H
#define TARE_TUI_VIEW_H

#include <stdio.h>
#include "tui/keys.h"
#include "tui/list.h"
#include "tui/model.h"
#include "tui/surface.h"

struct app;
struct view;

enum reply {
    REPLY_IGNORED, /* not an action of mine */
    REPLY_DONE     /* redraw */
};

struct view_ops {
    const char *name;               /* ":view NAME" */
    const char *title;              /* in the tabs */
    const char *brief;              /* there, where the titles have no room: at most 6 columns */
    const char *about;              /* in the menu: what it is for, in a few words */
    const char *help;               /* what the view shows, one paragraph for its help page */
    const struct binding *bindings; /* its own keys; ends with ACTION_NONE */
    gsize size;                     /* of the struct that starts with struct view */
    void (*open)(struct view *v, struct model *m);
    void (*close)(struct view *v); /* may be NULL */
    void (*layout)(struct view *v, int rows, int cols);
    void (*draw)(const struct view *v, const struct surface *s);
    enum reply (*act)(struct view *v, struct app *app, int action);
    /* False: as things are, a key of this action does nothing, and is not hinted. NULL: all do. */
    bool (*able)(const struct view *v, int action);
    /* After open, where another view of its kind was open on a comparison of the same tensors, which
     * is gone: takes over selection, scroll, order, what is searched for. NULL: starts anew. */
    void (*carry)(struct view *v, struct view *from);
    /* One line under the title: what is shown, metric, sort. Owned by the caller. */
    char *(*status)(const struct view *v);
    /* What `y` copies: one line, the selected row; may be NULL. Owned by the caller. */
    char *(*copy)(const struct view *v);
    /* What `w` writes: the whole view's data as TSV; may be NULL. */
    void (*write)(const struct view *v, FILE *out);
    /* Search and filter text, NULL to clear: optional capabilities. Return the number of hits. */
    guint (*search)(struct view *v, const char *text);
    guint (*filter)(struct view *v, const char *text);
    /* ":metric NAME"; false: none of its own. May be NULL. */
    bool (*metric)(struct view *v, const char *name);
    /* A click or wheel on row, col of its surface; may be NULL. */
    enum reply (*mouse)(struct view *v, struct app *app, int row, int col, int key);
};

struct view {
    const struct view_ops *ops;
    struct model *model;
    int rows, cols; /* of the last layout */
};

/* NULL-terminated; the first nine answer to digits. */
extern const struct view_ops *const view_table[];
const struct view_ops *view_find(const char *name);

/* The entry the views agree to look at: set by the one where the user moves. */
void view_set_entry(struct view *v, uint32_t entry);

/* The next hit or the one before, for the two actions of a search; it is said when there is none.
 * m NULL: nothing is searched for. False: another action. */
bool view_search_on(struct app *app, int action, struct list *l, const struct matcher *m,
                    list_hit *hit, const void *owner);

/* What a view may ask of the app while it acts. */
/* Opens another view on top, looking at a pair entry (PAIR_NONE: none). */
void app_open_view(struct app *app, const struct view_ops *ops, uint32_t entry);
/* Decides a pair (names as the files have them) and pairs the files anew; PAIR_HOW_NEVER sets a
 * proposal aside. The last decision can be undone. */
void app_pair(struct app *app, const char *base, const char *tuned, enum pair_how how,
              const char *rule);
void app_pair_undo(struct app *app);
/* What is asked of a run that goes on here; where there is none that is said. */
enum run_ask {
    RUN_TOGGLE, /* run, or pause */
    RUN_PAUSE,
    RUN_STEPS,  /* n of them, then pause */
    RUN_BACK,   /* to the kept step before */
    RUN_REWIND, /* to step n, if it was kept */
    RUN_SHOW    /* the views look at step n, if it was kept */
};
void app_run_ask(struct app *app, enum run_ask what, uint64_t n);
/* The command line, with this text to go on from. */
void app_ask(struct app *app, const char *command);
/* One line on the status line until the next key. */
void app_say(struct app *app, const char *format, ...) G_GNUC_PRINTF(2, 3);

#endif
