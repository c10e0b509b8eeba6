/* Findings that the user set aside: they are in no list and no count until brought back. UI thread.
 */
#ifndef TARE_TUI_IGNORED_H
#define TARE_TUI_IGNORED_H

#include "tui/model.h"

/* The same finding is found again by its rule and where it is, after every check. */
void ignored_add(struct model *m, const struct finding *f);
/* Brings the last one back; false: there is none. */
bool ignored_undo(struct model *m);
bool ignored_has(const struct model *m, const struct finding *f);
guint ignored_count(const struct model *m);
void ignored_finish(struct model *m);

#endif
