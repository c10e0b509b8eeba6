#include "tui/time_axis.h"

#include <glib.h>
#include "tui/keys.h"

#define FEWEST 8 /* steps in sight, zoomed in as far as it goes */

static uint64_t steps_of(const struct time_axis *a)
{
    return a->last - a->first + 1;
}

void time_axis_layout(struct time_axis *a, uint64_t end, int cols)
{
    a->end = end;
    a->cols = MAX(cols, 1);
    a->cursor = a->held ? MIN(a->cursor, end) : end;
    if (a->span > end)
        a->span = 0;
    if (!a->span) {
        a->first = 0;
        a->last = end;
        return;
    }
    a->first = MIN(a->first, end + 1 - a->span);
    if (a->cursor < a->first)
        a->first = a->cursor;
    if (a->cursor >= a->first + a->span)
        a->first = a->cursor + 1 - a->span;
    a->last = a->first + a->span - 1;
}

void time_axis_go(struct time_axis *a, uint64_t step)
{
    a->cursor = MIN(step, a->end);
    a->held = step < a->end;
}

static uint64_t steps_a_column(const struct time_axis *a)
{
    return MAX(steps_of(a) / (uint64_t)a->cols, 1);
}

static void move_back(struct time_axis *a, uint64_t n)
{
    time_axis_go(a, a->cursor - MIN(n, a->cursor));
}

static void zoom(struct time_axis *a, bool in)
{
    uint64_t all = steps_of(a), span = in ? MAX(all / 2, FEWEST) : all * 2;

    if (span > a->end) {
        a->span = 0;
        return;
    }
    a->span = span;
    a->first = a->cursor - MIN(span / 2, a->cursor); /* the cursor in the middle */
}

bool time_axis_act(struct time_axis *a, int action)
{
    uint64_t one = steps_a_column(a), page = one * MAX((uint64_t)a->cols / 4, 1);

    switch (action) {
    case ACTION_LEFT:
        move_back(a, one);
        return true;
    case ACTION_RIGHT:
        time_axis_go(a, a->cursor + one);
        return true;
    case ACTION_PAGE_UP:
    case ACTION_HALF_UP:
        move_back(a, page);
        return true;
    case ACTION_PAGE_DOWN:
    case ACTION_HALF_DOWN:
        time_axis_go(a, a->cursor + page);
        return true;
    case ACTION_HOME:
        time_axis_go(a, 0);
        return true;
    case ACTION_END:
        time_axis_go(a, a->end);
        return true;
    case ACTION_ZOOM_IN:
    case ACTION_ZOOM_OUT:
        zoom(a, action == ACTION_ZOOM_IN);
        return true;
    case ACTION_ZOOM_RESET:
        a->span = 0;
        return true;
    default:
        return false;
    }
}

/* n / d, rounded up. */
static uint64_t share_up(uint64_t n, uint64_t d)
{
    return (n + d - 1) / d;
}

int time_axis_column(const struct time_axis *a, uint64_t step)
{
    uint64_t n = steps_of(a), cols = (uint64_t)a->cols, at = step - a->first;

    if (step < a->first || step > a->last)
        return -1;
    if (n >= cols)
        return (int)(at * cols / n);
    return (int)((share_up(at * cols, n) + share_up((at + 1) * cols, n) - 1) / 2);
}

void time_axis_steps(const struct time_axis *a, int col, uint64_t *from, uint64_t *to)
{
    uint64_t n = steps_of(a), cols = (uint64_t)a->cols, at = (uint64_t)col;

    if (n < cols) {
        *from = *to = a->first + at * n / cols;
        return;
    }
    *from = a->first + share_up(at * n, cols);
    *to = a->first + share_up((at + 1) * n, cols) - 1;
}
