/* What the views of examples say alike while there is nothing to show yet. UI thread. */
#ifndef TARE_TUI_STUDY_TEXT_H
#define TARE_TUI_STUDY_TEXT_H

#include "tui/view.h"

/* Draws what stands in a view's place while there is no study, or `there` is false: how to name
 * examples, what it is doing, why it failed; `what` names what is waited for. False: it is there. */
bool study_draw_absent(const struct view *v, const struct surface *s, bool there, const char *what);
/* The study, NULL: there is none. */
struct study *view_study(const struct view *v);
/* "toys", made safe to show, "(none)" for the category without a name; owned. */
char *category_label(const struct view *v, uint32_t category);
/* What an id stands for, made safe to show, its spaces as they are; "#123" where nothing says it;
 * owned. */
char *token_label(const struct view *v, uint32_t id);
/* The name of an example, made safe to show; owned. */
char *example_label(const struct view *v, uint32_t example);
/* "1.64 [1.44, 1.84]"; without the interval where it is not known. Returns buf. */
#define INTERVAL_BYTES 64
char *interval_text(char buf[static INTERVAL_BYTES], double value, double low, double high);

#endif
