/* What of a run is drawn over time: losses, losses by category, changes since the start, gradient
 * norms, learning rates. UI thread. */
#ifndef TARE_TUI_TRAINING_CURVES_H
#define TARE_TUI_TRAINING_CURVES_H

#include "core/train/timeline.h"
#include "tui/surface.h"
#include "tui/time_axis.h"

enum curve_set {
    CURVES_LOSS,
    CURVES_CATEGORIES,
    CURVES_CHANGES,
    CURVES_GRADIENT,
    CURVES_RATE,
    CURVES_LOGGED, /* other numbers of a watched run's log */
    CURVE_SETS
};

/* Columns beside what lies on the time axis, the same for everything that does. */
#define TRAINING_LEFT 9
#define TRAINING_RIGHT 10

/* A title, then the curves with their scale at the left, and at the right the values at the
 * cursor. The axis was laid out for the columns between. */
void training_curves_draw(const struct surface *s, const struct timeline *t, enum curve_set set,
                          const struct time_axis *a, bool log_y);
/* "a", for a category; upper case where the training does not cover it. */
char training_category_letter(const struct timeline *t, uint32_t category);
enum paint training_category_paint(uint32_t category);
/* The last look that is not behind a step; -1: there is none. */
int training_look_at(const struct timeline *t, uint64_t step);
/* The first record at or behind a step; steps->len: there is none. */
guint training_first_step(const struct timeline *t, uint64_t step);
/* The record of a step; NULL: there is none. */
const struct step_record *training_step_at(const struct timeline *t, uint64_t step);

#endif
