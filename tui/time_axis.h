/* Which steps of a run are in sight, where each stands, and the one that is looked at: pure.
 *
 * Steps 0 .. end; a step may take several columns, a column several steps. */
#ifndef TARE_TUI_TIME_AXIS_H
#define TARE_TUI_TIME_AXIS_H

#include <stdbool.h>
#include <stdint.h>

struct time_axis {
    uint64_t end;         /* the last step there is */
    uint64_t first, last; /* in sight, both included */
    uint64_t span;        /* steps in sight; 0: all */
    uint64_t cursor;
    bool held; /* the cursor stays on its step; false: it follows the end */
    int cols;
};

/* Clamps after the end or the room changed; the cursor stays in sight. */
void time_axis_layout(struct time_axis *a, uint64_t end, int cols);
/* The movement and zoom actions of tui/keys.h: left and right, a page of columns, home, end, zoom.
 * False if the action is none of them. Lay out afterwards. */
bool time_axis_act(struct time_axis *a, int action);
void time_axis_go(struct time_axis *a, uint64_t step);

/* The middle of a step; -1: out of sight. */
int time_axis_column(const struct time_axis *a, uint64_t step);
/* The steps that a column shows, at least one. */
void time_axis_steps(const struct time_axis *a, int col, uint64_t *from, uint64_t *to);
/* Where a step begins and ends on a scale whose columns are steps in sight. */
static inline double time_axis_low(const struct time_axis *a)
{
    return (double)a->first - 0.5;
}
static inline double time_axis_high(const struct time_axis *a)
{
    return (double)a->last + 0.5;
}

#endif
