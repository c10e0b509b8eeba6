/* Keys and what they do. Help, hint lines and the command line are made from these tables. */
#ifndef TARE_TUI_KEYS_H
#define TARE_TUI_KEYS_H

#include <glib.h>

/* Keys beyond Unicode, as term_read gives them. */
enum key {
    KEY_NONE_PRESSED = 0x200000,
    KEY_ARROW_UP,
    KEY_ARROW_DOWN,
    KEY_ARROW_LEFT,
    KEY_ARROW_RIGHT,
    KEY_PAGE_UP,
    KEY_PAGE_DOWN,
    KEY_GO_HOME,
    KEY_GO_END,
    KEY_RUBOUT, /* Backspace */
    KEY_FUNCTION_1,
    KEY_BACK_TAB,
    KEY_MOUSE_CLICK,
    KEY_WHEEL_UP,
    KEY_WHEEL_DOWN,
    KEY_SIZE_CHANGED
};

#define KEY_CTRL(c) ((c) & 0x1f)
#define KEY_ESCAPE 27
#define KEY_RETURN '\r'

/* Actions every view may get; a view's own start at ACTION_VIEW. */
enum action {
    ACTION_NONE,
    ACTION_UP,
    ACTION_DOWN,
    ACTION_LEFT,
    ACTION_RIGHT,
    ACTION_PAGE_UP,
    ACTION_PAGE_DOWN,
    ACTION_HALF_UP,
    ACTION_HALF_DOWN,
    ACTION_HOME,
    ACTION_END,
    ACTION_OPEN, /* Enter */
    ACTION_NEXT_PANE,
    ACTION_ZOOM_IN,
    ACTION_ZOOM_OUT,
    ACTION_ZOOM_RESET,
    ACTION_SORT,
    ACTION_REVERSE,
    ACTION_METRIC,
    ACTION_MODE,
    ACTION_LOG,
    ACTION_PIN,
    ACTION_PREVIOUS_LAYER,
    ACTION_NEXT_LAYER,
    ACTION_SEARCH_NEXT,
    ACTION_SEARCH_PREVIOUS,
    /* The app's own; views never see them. */
    ACTION_BACK,   /* q: at the top it leaves */
    ACTION_ESCAPE, /* filter first, then back; never leaves */
    ACTION_QUIT,
    ACTION_CANCEL,
    ACTION_RESUME,
    ACTION_SEARCH,
    ACTION_FILTER,
    ACTION_COMMAND,
    ACTION_MENU,
    ACTION_HELP,
    ACTION_COPY,
    ACTION_WRITE,
    ACTION_RELOAD,
    ACTION_REDRAW,
    ACTION_SUSPEND,
    ACTION_MOUSE,
    ACTION_VIEW_1, /* .. ACTION_VIEW_1 + 8 */
    ACTION_VIEW_9 = ACTION_VIEW_1 + 8,
    ACTION_VIEW = 1000
};

struct binding {
    gunichar key;
    int action;
    const char *keys;  /* as help shows it: "j, Down"; NULL: a further key of the row above */
    const char *brief; /* for the hint line; NULL: not hinted */
    const char *help;  /* one sentence */
};

/* Ends with action ACTION_NONE. */
extern const struct binding key_table[];

/* The action of a key: the view's bindings win over the global ones. */
int key_action(const struct binding *view, gunichar key);

#endif
