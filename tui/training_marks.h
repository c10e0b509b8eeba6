/* What happened on a run's time axis, a letter each: alarms, the best look, saves, changes, steps
 * that one can go back to. UI thread. */
#ifndef TARE_TUI_TRAINING_MARKS_H
#define TARE_TUI_TRAINING_MARKS_H

#include "tui/model.h"
#include "tui/time_axis.h"
#include "tui/surface.h"

struct mark {
    uint64_t step;
    char letter;
    enum paint paint;
    char *text; /* safe to show */
};

/* Array of struct mark, what matters more later; freed by g_array_unref. */
GArray *training_marks(const struct model *m);
/* A row of letters, then, if there is another row, the steps at the ends and the cursor. */
void training_marks_draw(const struct surface *s, const GArray *marks, const struct time_axis *a);
/* What happened at the cursor's column, "  "-separated; owned. */
char *training_marks_text(const GArray *marks, const struct time_axis *a);
/* The next mark behind the cursor (before it) that is more than a kept step; false: none. */
bool training_marks_next(const GArray *marks, const struct time_axis *a, bool back, uint64_t *step);

#endif
