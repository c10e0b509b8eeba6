#include "tui/keys.h"

const struct binding key_table[] = {
    {'j', ACTION_DOWN, "j, Down", NULL, "Move down one row"},
    {KEY_ARROW_DOWN, ACTION_DOWN, NULL, NULL, NULL},
    {'k', ACTION_UP, "k, Up", NULL, "Move up one row"},
    {KEY_ARROW_UP, ACTION_UP, NULL, NULL, NULL},
    {'h', ACTION_LEFT, "h, Left", NULL, "Move left, or fold"},
    {KEY_ARROW_LEFT, ACTION_LEFT, NULL, NULL, NULL},
    {'l', ACTION_RIGHT, "l, Right", NULL, "Move right, or unfold"},
    {KEY_ARROW_RIGHT, ACTION_RIGHT, NULL, NULL, NULL},
    {KEY_PAGE_DOWN, ACTION_PAGE_DOWN, "PgDn, ^F", NULL, "Move down one screen"},
    {KEY_CTRL('f'), ACTION_PAGE_DOWN, NULL, NULL, NULL},
    {KEY_PAGE_UP, ACTION_PAGE_UP, "PgUp, ^B", NULL, "Move up one screen"},
    {KEY_CTRL('b'), ACTION_PAGE_UP, NULL, NULL, NULL},
    {KEY_CTRL('d'), ACTION_HALF_DOWN, "^D", NULL, "Move down half a screen"},
    {KEY_CTRL('u'), ACTION_HALF_UP, "^U", NULL, "Move up half a screen"},
    {'g', ACTION_HOME, "g, Home", NULL, "Go to the first row"},
    {KEY_GO_HOME, ACTION_HOME, NULL, NULL, NULL},
    {'G', ACTION_END, "G, End", NULL, "Go to the last row"},
    {KEY_GO_END, ACTION_END, NULL, NULL, NULL},
    {KEY_RETURN, ACTION_OPEN, "Enter", NULL, "Open what is selected"},
    {'\n', ACTION_OPEN, NULL, NULL, NULL},
    {KEY_ESCAPE, ACTION_ESCAPE, "Esc, Backspace", NULL,
     "Close the prompt, clear the filter, or go back; never leaves the program"},
    {KEY_RUBOUT, ACTION_ESCAPE, NULL, NULL, NULL},
    {'\t', ACTION_NEXT_PANE, "Tab", NULL, "Go to the next pane"},
    {KEY_BACK_TAB, ACTION_NEXT_PANE, NULL, NULL, NULL},
    {'[', ACTION_PREVIOUS_LAYER, "[", NULL, "Go to the layer before"},
    {']', ACTION_NEXT_LAYER, "]", NULL, "Go to the next layer"},
    {'/', ACTION_SEARCH, "/", "search", "Search names (regular expression, any case)"},
    {'n', ACTION_SEARCH_NEXT, "n", NULL, "Go to the next hit"},
    {'N', ACTION_SEARCH_PREVIOUS, "N", NULL, "Go to the hit before"},
    {'f', ACTION_FILTER, "f, \\", "filter", "Show only names that match, as you type"},
    {'\\', ACTION_FILTER, NULL, NULL, NULL},
    {'s', ACTION_SORT, "s", NULL, "Sort by the next column"},
    {'r', ACTION_REVERSE, "r", NULL, "Reverse the order"},
    {'m', ACTION_METRIC, "m", NULL, "Show the next metric"},
    {'d', ACTION_MODE, "d", NULL, "Show base, tuned, delta or all"},
    {'L', ACTION_LOG, "L", NULL, "Logarithmic or linear scale"},
    {'+', ACTION_ZOOM_IN, "+", NULL, "Zoom in"},
    {'=', ACTION_ZOOM_IN, NULL, NULL, NULL},
    {'-', ACTION_ZOOM_OUT, "-", NULL, "Zoom out"},
    {'0', ACTION_ZOOM_RESET, "0", NULL, "Show all again"},
    {' ', ACTION_PIN, "Space", NULL, "Pin the row for comparison"},
    {'1', ACTION_VIEW_1, "1..9", NULL, "Go to a view"},
    {'2', ACTION_VIEW_1 + 1, NULL, NULL, NULL},
    {'3', ACTION_VIEW_1 + 2, NULL, NULL, NULL},
    {'4', ACTION_VIEW_1 + 3, NULL, NULL, NULL},
    {'5', ACTION_VIEW_1 + 4, NULL, NULL, NULL},
    {'6', ACTION_VIEW_1 + 5, NULL, NULL, NULL},
    {'7', ACTION_VIEW_1 + 6, NULL, NULL, NULL},
    {'8', ACTION_VIEW_1 + 7, NULL, NULL, NULL},
    {'9', ACTION_VIEW_9, NULL, NULL, NULL},
    {'v', ACTION_MENU, "v", "views", "Choose a view from a menu"},
    {'y', ACTION_COPY, "y", "copy", "Copy the selected row to the clipboard (OSC 52)"},
    {'w', ACTION_WRITE, "w", "write", "Write the view to a file, as TSV"},
    {':', ACTION_COMMAND, ":", NULL,
     "Command: q, view NAME, help, w FILE, open BASE [TUNED], set NAME VALUE, words FILE, examples "
     "FILE, recording BASE [TUNED], prompt TEXT, tie, pair BASE TUNED [HOW], map FILE, save FILE; of "
     "a run: tune OPTIONS, steps N, rewind STEP, set lr X, saverun FILE"},
    {'c', ACTION_RESUME, "c", NULL, "Go on with a scan that was cancelled"},
    {'R', ACTION_RELOAD, "R", NULL, "Read the files again"},
    {KEY_CTRL('c'), ACTION_CANCEL, "^C", NULL,
     "Stop the scan, finished rows stay; with no scan, twice leaves"},
    {KEY_CTRL('l'), ACTION_REDRAW, "^L", NULL, "Draw the screen again"},
    {KEY_CTRL('z'), ACTION_SUSPEND, "^Z", NULL, "Suspend; fg comes back"},
    {'%', ACTION_MOUSE, "%", NULL, "Mouse on or off (off: the terminal selects text)"},
    {'?', ACTION_HELP, "?, F1", "help", "Explain this view and its keys"},
    {KEY_FUNCTION_1, ACTION_HELP, NULL, NULL, NULL},
    {'q', ACTION_BACK, "q", "back", "Go back; at the first view, leave"},
    {'Q', ACTION_QUIT, "Q", NULL, "Leave at once"},
    {0, ACTION_NONE, NULL, NULL, NULL},
};

static int table_action(const struct binding *table, gunichar key)
{
    for (const struct binding *b = table; b && b->action != ACTION_NONE; b++)
        if (b->key == key)
            return b->action;
    return ACTION_NONE;
}

int key_action(const struct binding *view, gunichar key)
{
    int action = table_action(view, key);

    return action != ACTION_NONE ? action : table_action(key_table, key);
}
