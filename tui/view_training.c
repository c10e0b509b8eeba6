/* A run over its time: curves, blocks, losses by category, what went wrong when; and, where the run
 * goes on here, the keys that step it, pause it and put it back. */
#include <math.h>
#include <string.h>

#include "core/escape.h"
#include "tui/page.h"
#include "tui/training_export.h"
#include "tui/training_panes.h"
#include "tui/training_table.h"
#include "tui/units.h"
#include "tui/view_text.h"

#define WIDE 90         /* columns from which the numbers stand beside the curves */
#define BESIDE 38       /* their columns, at least */
#define TALL 14         /* rows from which curves and blocks stand together */
#define MARKS_SHARE 256 /* of a run's steps, by which it grows before its marks are made anew */

struct training_view {
    struct view view;
    struct training_panes at;
    guint page;
    const struct timeline *marked; /* what the marks are of */
    uint64_t version;
    uint32_t n_kept;
    guint n_steps;
};

enum { ACTION_RUN = ACTION_VIEW, ACTION_STEP, ACTION_STEP_BACK };

static const struct binding bindings[] = {
    {'p', ACTION_RUN, "p", "run, pause", "Run, or pause behind the step under way"},
    {'.', ACTION_STEP, ".", "step", "One step (:steps N: that many)"},
    {',', ACTION_STEP_BACK, ",", "back", "Back to the kept step before (:rewind STEP)"},
    {'h', ACTION_LEFT, "h l, Left Right", "time",
     "Look at another step; the end goes with the run"},
    {'l', ACTION_RIGHT, NULL, NULL, NULL},
    {'j', ACTION_DOWN, "j k", "block", "Select a block, or scroll the categories"},
    {'k', ACTION_UP, NULL, NULL, NULL},
    {'+', ACTION_ZOOM_IN, "+ - 0", "zoom", "Zoom into time around the cursor, out, all of it"},
    {'[', ACTION_PREVIOUS_LAYER, "[ ]", "events", "Go to the alarm or event before, behind"},
    {']', ACTION_NEXT_LAYER, NULL, NULL, NULL},
    {'d', ACTION_MODE, "d", "curves", "Losses, categories, changes, gradient norms, rates"},
    {'m', ACTION_METRIC, "m", "metric",
     "Of blocks: update ratio, change since the start, norm, dead units, attention entropy"},
    {'L', ACTION_LOG, "L", "log", "Curves on a logarithmic or linear scale"},
    {'\t', ACTION_NEXT_PANE, "Tab", "page", "Curves, blocks, numbers where not all fit"},
    {'\r', ACTION_OPEN, "Enter", "views here",
     "All views look at the weights of the kept step that is nearest to the cursor"},
    {'\n', ACTION_OPEN, NULL, NULL, NULL},
    {0, ACTION_NONE, NULL, NULL, NULL},
};

static struct training_view *self(struct view *v)
{
    return (struct training_view *)v;
}

static const struct training_view *seen(const struct view *v)
{
    return (const struct training_view *)v;
}

/* Of a watched run only checkpoints are known: how far they are from the base. */
static bool knows_updates(const struct timeline *t)
{
    for (guint i = 0; t && i < t->update->len; i++)
        if (!isnan(g_array_index(t->update, double, i)))
            return true;
    return !t || !t->looks->len;
}

static void training_open(struct view *v, struct model *m)
{
    self(v)->at.log_y[CURVES_GRADIENT] = true;
    self(v)->at.metric = knows_updates(m->timeline) ? HEAT_UPDATE : HEAT_RELATIVE;
}

static void training_carry(struct view *v, struct view *from)
{
    struct training_view *d = self(v);

    *d = *self(from);
    d->at.marks = NULL;
}

static void training_close(struct view *v)
{
    g_clear_pointer(&self(v)->at.marks, g_array_unref);
}

/* Layout. */

static bool is_wide(int cols)
{
    return cols >= WIDE;
}

static int beside(int cols)
{
    return is_wide(cols) ? MAX(BESIDE, cols * 2 / 7) : 0;
}

/* The pages of a size, in the order of Tab. */
static guint pages_of(int rows, int cols, enum training_page *out)
{
    guint n = 0;

    if (rows >= TALL) {
        out[n++] = PAGE_ALL;
    } else {
        out[n++] = PAGE_CURVES;
        out[n++] = PAGE_BLOCKS;
    }
    if (!is_wide(cols))
        out[n++] = PAGE_NUMBERS;
    return n;
}

static enum training_page page_of(const struct training_view *d)
{
    enum training_page pages[3];
    guint n = pages_of(d->view.rows, d->view.cols, pages);

    return pages[d->page % n];
}

static uint64_t end_of(const struct timeline *t)
{
    uint64_t end = 0;

    if (t->steps->len)
        end = g_array_index(t->steps, struct step_record, t->steps->len - 1).step;
    if (t->looks->len)
        end = MAX(end, g_array_index(t->looks, struct look_record, t->looks->len - 1).step);
    return end;
}

/* All steps are looked at again: of a long run that goes on, not for each new one. */
static bool is_new_enough(const struct training_view *d)
{
    const struct model *m = d->view.model;
    guint steps = m->timeline->steps->len;

    if (m->run.moves && steps >= d->n_steps && steps - d->n_steps < steps / MARKS_SHARE)
        return true;
    return d->version == m->timeline->version && d->n_kept == m->run.n_kept;
}

static bool is_marked(const struct training_view *d)
{
    const struct model *m = d->view.model;

    return d->at.marks && d->marked == m->timeline && is_new_enough(d) &&
           memcmp(&d->at.limits, &m->comparison->thresholds, sizeof d->at.limits) == 0;
}

static void mark(struct training_view *d)
{
    const struct model *m = d->view.model;

    g_clear_pointer(&d->at.marks, g_array_unref);
    d->at.marks = training_marks(m);
    d->marked = m->timeline;
    d->version = m->timeline->version;
    d->n_kept = m->run.n_kept;
    d->n_steps = m->timeline->steps->len;
    d->at.limits = m->comparison->thresholds;
}

static const struct timeline *timeline_of(const struct view *v)
{
    return view_comparison(v) ? v->model->timeline : NULL;
}

static void training_layout(struct view *v, int rows, int cols)
{
    struct training_view *d = self(v);
    const struct timeline *t = timeline_of(v);
    int left = cols - beside(cols);

    if (!t)
        return;
    d->at.timeline = t;
    time_axis_layout(&d->at.axis, end_of(t), left - TRAINING_LEFT - TRAINING_RIGHT);
    if (!is_marked(d))
        mark(d);
    d->at.block = MIN(d->at.block, MAX(heat_blocks(t, d->at.metric), 1) - 1);
    d->at.top = MIN(d->at.top, training_table_hidden(t, training_table_rows(t, rows)));
}

/* Drawing. */

static void say_state(struct page *p, const struct run_status *r, int cols)
{
    char *safe = escape_text(r->note ? r->note : "the run is not open yet");

    page_print(p, PAINT_TITLE, " %s", r->state);
    page_wrap(p, cols, 1, " ", r->note ? PAINT_BAD : PAINT_TEXT, safe);
    g_free(safe);
}

static void say_how(struct page *p, int cols)
{
    page_print(p, PAINT_TITLE, " No run is seen here.");
    page_wrap(
        p, cols, 1, " ", PAINT_TEXT,
        "tare tune -i -e FILE BASE begins one, :tune OPTIONS does it here on the base; tare "
        "watch PATH follows one that runs elsewhere. Its losses, blocks and alarms stand here "
        "over time.");
}

static void draw_absent(const struct view *v, const struct surface *s)
{
    struct page p;

    page_init(&p);
    if (v->model->run.state)
        say_state(&p, &v->model->run, s->cols - 1);
    else
        say_how(&p, s->cols - 1);
    page_draw(&p, s);
    page_finish(&p);
    surface_cursor(s, 0, 0);
}

static void training_draw(const struct view *v, const struct surface *s)
{
    const struct training_view *d = seen(v);
    enum training_page page = page_of(d);
    int right = beside(s->cols);
    struct surface left = surface_part(s, 0, 0, s->rows, s->cols - right);
    struct surface numbers = surface_part(s, 0, s->cols - right, s->rows, right);

    if (view_draw_absent(v, s))
        return;
    if (!timeline_of(v)) {
        draw_absent(v, s);
    } else if (page == PAGE_NUMBERS) {
        training_panes_draw_numbers(&d->at, s);
        surface_cursor(s, 0, 0);
    } else {
        training_panes_draw_time(&d->at, &left, page);
        if (right)
            training_panes_draw_numbers(&d->at, &numbers);
    }
}

/* Keys. */

static void move_block(struct training_view *d, bool down)
{
    guint *which = page_of(d) == PAGE_NUMBERS ? &d->at.top : &d->at.block;

    if (down)
        ++*which;
    else
        *which -= *which > 0;
}

static bool go_to_mark(struct training_view *d, bool back)
{
    uint64_t step;

    if (training_marks_next(d->at.marks, &d->at.axis, back, &step))
        time_axis_go(&d->at.axis, step);
    return true;
}

/* What a log tells has curves only where there is one. */
static enum curve_set next_set(enum curve_set set, const struct timeline *t)
{
    enum curve_set next = (enum curve_set)((set + 1) % CURVE_SETS);

    return next == CURVES_LOGGED && !(t && t->logged) ? CURVES_LOSS : next;
}

static bool change(struct training_view *d, int action)
{
    if (action == ACTION_MODE)
        d->at.set = next_set(d->at.set, d->view.model->timeline);
    else if (action == ACTION_METRIC)
        d->at.metric = (enum heat_metric)((d->at.metric + 1) % HEAT_METRICS);
    else if (action == ACTION_LOG)
        d->at.log_y[d->at.set] = !d->at.log_y[d->at.set];
    else if (action == ACTION_NEXT_PANE)
        d->page++;
    else if (action == ACTION_UP || action == ACTION_DOWN)
        move_block(d, action == ACTION_DOWN);
    else if (action == ACTION_PREVIOUS_LAYER || action == ACTION_NEXT_LAYER)
        return go_to_mark(d, action == ACTION_PREVIOUS_LAYER);
    else
        return time_axis_act(&d->at.axis, action);
    return true;
}

/* The kept step that is nearest to the cursor, which goes there. */
static void show_nearest(struct training_view *d, struct app *app)
{
    const struct run_status *r = &d->view.model->run;
    uint64_t cursor = d->at.axis.cursor, nearest = cursor, least = UINT64_MAX;

    for (uint32_t i = 0; i < r->n_kept; i++) {
        uint64_t away = r->kept[i] > cursor ? r->kept[i] - cursor : cursor - r->kept[i];

        if (away < least)
            nearest = r->kept[i];
        least = MIN(away, least);
    }
    time_axis_go(&d->at.axis, nearest);
    app_run_ask(app, RUN_SHOW, nearest);
}

static bool ask(struct training_view *d, struct app *app, int action)
{
    switch (action) {
    case ACTION_RUN:
        app_run_ask(app, RUN_TOGGLE, 0);
        return true;
    case ACTION_STEP:
        app_run_ask(app, RUN_STEPS, 1);
        return true;
    case ACTION_STEP_BACK:
        app_run_ask(app, RUN_BACK, 0);
        return true;
    case ACTION_OPEN:
        show_nearest(d, app);
        return true;
    default:
        return false;
    }
}

static enum reply training_act(struct view *v, struct app *app, int action)
{
    struct training_view *d = self(v);

    training_layout(v, v->rows, v->cols);
    if (!ask(d, app, action) && (!timeline_of(v) || !change(d, action)))
        return REPLY_IGNORED;
    training_layout(v, v->rows, v->cols);
    return REPLY_DONE;
}

/* What is asked of a run can be asked of one that goes on here. */
static bool training_able(const struct view *v, int action)
{
    bool asks = action == ACTION_RUN || action == ACTION_STEP || action == ACTION_STEP_BACK ||
                action == ACTION_OPEN;

    return !asks || v->model->run.steps_here;
}

/* A click goes to its step, the wheel zooms. */
static enum reply training_mouse(struct view *v, struct app *app, int row, int col, int key)
{
    struct training_view *d = self(v);
    int at = col - TRAINING_LEFT;
    uint64_t from, to;

    (void)app;
    (void)row;
    training_layout(v, v->rows, v->cols);
    if (!timeline_of(v) || at < 0 || at >= d->at.axis.cols)
        return REPLY_IGNORED;
    if (key == KEY_MOUSE_CLICK) {
        time_axis_steps(&d->at.axis, at, &from, &to);
        time_axis_go(&d->at.axis, from);
    } else {
        time_axis_act(&d->at.axis, key == KEY_WHEEL_UP ? ACTION_ZOOM_IN : ACTION_ZOOM_OUT);
    }
    return REPLY_DONE;
}

static bool training_metric(struct view *v, const char *name)
{
    for (int i = 0; i < HEAT_METRICS; i++)
        if (strcmp(heat_metric_name((enum heat_metric)i), name) == 0) {
            self(v)->at.metric = (enum heat_metric)i;
            return true;
        }
    return false;
}

static char *training_status(const struct view *v)
{
    const struct run_status *r = &v->model->run;
    const struct timeline *t = timeline_of(v);
    GString *text;
    char number[UNIT_BYTES];

    if (!t)
        return view_absent_status(v);
    text = g_string_new(r->state);
    g_string_append_printf(text, "  step %" G_GUINT64_FORMAT, r->step);
    if (r->steps)
        g_string_append_printf(text, "/%" G_GUINT64_FORMAT, r->steps);
    if (!isnan(r->learning_rate))
        g_string_append_printf(text, "  lr %s", unit_value(number, r->learning_rate, 8));
    if (r->moves && !isnan(r->seconds_left))
        g_string_append_printf(text, "  ETA %s", unit_seconds(number, r->seconds_left));
    if (r->moves && r->tokens_per_second > 0)
        g_string_append_printf(text, "  %s tok/s",
                               unit_count(number, (guint64)r->tokens_per_second));
    if (r->shown != UINT64_MAX && r->shown != r->step)
        g_string_append_printf(text, "  views at step %" G_GUINT64_FORMAT, r->shown);
    if (r->note) {
        char *safe = escape_text(r->note);

        g_string_append_printf(text, "  %s", safe);
        g_free(safe);
    }
    return g_string_free(text, FALSE);
}

static char *training_copy(const struct view *v)
{
    const struct timeline *t = timeline_of(v);
    const struct step_record *r;

    if (!t)
        return NULL;
    r = training_step_at(t, seen(v)->at.axis.cursor);
    return r ? g_strdup_printf("step %" G_GUINT64_FORMAT "  loss %.6g  smoothed %.6g  gradient "
                               "norm %.6g  learning rate %.6g",
                               r->step, r->loss, r->smoothed, r->gradient_norm, r->learning_rate)
             : NULL;
}

static void training_write(const struct view *v, FILE *out)
{
    if (timeline_of(v))
        training_export(timeline_of(v), out);
}

const struct view_ops view_training = {
    .name = "training",
    .title = "Training",
    .brief = "Train",
    .about = "a run over time: losses, blocks, alarms; stepping it",
    .help =
        "A run over time, all on one axis of steps. Curves: losses, or (d) categories, changes "
        "since the start, gradient norms, learning rates, what else a watched run logs. Below them "
        "a row a block (several, where "
        "there are more than rows) and a column a step (the largest number of several): how much a "
        "step changed it relative to its norm, or (m) its change since the start, its norm, "
        "units that died, attention entropy it lost. Letters below: ! an alarm, B the best "
        "held-out loss, S saved, R resumed, < put back, r learning rate and d weight decay "
        "changed, X stopped, o a checkpoint came, . a step that was kept. The numbers beside are "
        "those at the cursor: held-out losses by category with their change since the start, "
        "general text, the gap of what the training does not cover, and what the model says. "
        "Where the run goes on here, all other views look at its weights against the base, those "
        "of the step it is at or of a kept one (Enter); :set lr X and :set weight_decay X change "
        "the "
        "rates of a paused run, :save FILE writes its weights, :saverun FILE all that going on "
        "takes.",
    .bindings = bindings,
    .size = sizeof(struct training_view),
    .open = training_open,
    .close = training_close,
    .carry = training_carry,
    .layout = training_layout,
    .draw = training_draw,
    .act = training_act,
    .able = training_able,
    .status = training_status,
    .copy = training_copy,
    .write = training_write,
    .metric = training_metric,
    .mouse = training_mouse,
};
