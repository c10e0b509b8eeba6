/* One line that is typed at the bottom of the screen: a search, a filter, a command, a file name.
 */
#ifndef TARE_TUI_APP_PROMPT_H
#define TARE_TUI_APP_PROMPT_H

#include <glib.h>
#include <stdbool.h>

enum prompt_kind { PROMPT_NONE, PROMPT_SEARCH, PROMPT_FILTER, PROMPT_COMMAND, PROMPT_WRITE, PROMPT_SAVE };

struct prompt {
    enum prompt_kind kind;
    GString *text;
    guint hits;     /* PROMPT_FILTER */
    bool confirmed; /* PROMPT_WRITE, PROMPT_SAVE: Enter was pressed and the file is there */
};

enum prompt_reply { PROMPT_EDITED, PROMPT_ACCEPTED, PROMPT_CLOSED, PROMPT_IGNORED };

void prompt_open(struct prompt *p, enum prompt_kind kind, const char *text);
void prompt_close(struct prompt *p);
/* What a key does to the text; closes nothing by itself. */
enum prompt_reply prompt_key(struct prompt *p, gunichar key);
/* What stands before the text. */
const char *prompt_label(const struct prompt *p);

#endif
