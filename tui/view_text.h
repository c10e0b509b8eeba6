/* What all views say alike while there is nothing to show yet. */
#ifndef TARE_TUI_VIEW_TEXT_H
#define TARE_TUI_VIEW_TEXT_H

#include "tui/view.h"

/* Draws what stands in a view's place while the model is not there; false: it is there. */
bool view_draw_absent(const struct view *v, const struct surface *s);
/* The status line of a view while the model is not there; owned by the caller. */
char *view_absent_status(const struct view *v);
/* The comparison, NULL while it is not there. */
struct comparison *view_comparison(const struct view *v);

#endif
