/* A run over time and in numbers, as a screen has room for it. UI thread. */
#ifndef TARE_TUI_TRAINING_PANES_H
#define TARE_TUI_TRAINING_PANES_H

#include "tui/training_curves.h"
#include "tui/training_heat.h"
#include "tui/training_marks.h"

enum training_page { PAGE_ALL, PAGE_CURVES, PAGE_BLOCKS, PAGE_NUMBERS };

/* What is shown, and how. */
struct training_panes {
    const struct timeline *timeline;
    struct time_axis axis;
    enum curve_set set;
    bool log_y[CURVE_SETS];
    enum heat_metric metric;
    uint32_t block; /* the selected one */
    guint top;      /* categories scrolled away */
    GArray *marks;
    struct thresholds limits;
};

/* Curves from the top, the blocks below them, events and steps at the bottom. */
void training_panes_draw_time(const struct training_panes *p, const struct surface *s,
                              enum training_page page);
/* The categories take what they need, what it says the rest. */
void training_panes_draw_numbers(const struct training_panes *p, const struct surface *s);

#endif
