/* What flows through each block, as histograms one below the other, before and after. */
#include <math.h>

#include "core/activity_effect.h"
#include "tui/activity_ridges.h"
#include "tui/activity_text.h"
#include "tui/list.h"
#include "tui/plot.h"
#include "tui/study_text.h"
#include "tui/tsv.h"
#include "tui/units.h"
#include "tui/view_text.h"

#define ABOVE 2  /* legend, axis */
#define LABEL 10 /* columns of a layer's name, the mark and the gap included */
#define RIDGE_MOST 4
#define NUMBERS 30 /* columns beside the panes: rms twice, distance */
#define NUMBERS_FROM 100

struct activations_view {
    struct view view;
    struct list list; /* layers of the site */
    struct ridges ridges;
    enum activity_kind kind; /* of the layer that is looked at */
    bool one;                /* the category that is selected, in place of all */
    bool delta, linear, log_y, all;
    int readout, height, columns; /* rows of a ridge, columns of a pane */
    double value;                 /* what the read-out is about, and its bin */
    int cursor;
};

enum { ACTION_AXIS = ACTION_VIEW, ACTION_ONE, ACTION_CATEGORY_BEFORE, ACTION_CATEGORY_AFTER };

static const struct binding bindings[] = {
    {'m', ACTION_METRIC, "m", "site", "Residual stream, attention out, MLP hidden"},
    {'c', ACTION_ONE, "c", "category", "All categories, or the selected one"},
    {'{', ACTION_CATEGORY_BEFORE, "{/}", NULL, "The category before, the next one"},
    {'}', ACTION_CATEGORY_AFTER, NULL, NULL, NULL},
    {'d', ACTION_MODE, "d", "delta", "Base and tuned side by side, or their difference"},
    {'x', ACTION_AXIS, "x", "axis", "Values on a signed logarithm, or evenly spaced"},
    {'L', ACTION_LOG, "L", "log", "Heights by the logarithm of the density, or by the density"},
    {'-', ACTION_ZOOM_OUT, "-/+", NULL, "Up to the last value, or 99.8 % of them"},
    {'+', ACTION_ZOOM_IN, NULL, NULL, NULL},
    {'\r', ACTION_OPEN, "Enter", "units", "The units of the selected block"},
    {'\n', ACTION_OPEN, NULL, NULL, NULL},
    {0, ACTION_NONE, NULL, NULL, NULL},
};

static struct activations_view *self(struct view *v)
{
    return (struct activations_view *)v;
}

static const struct activations_view *seen(const struct view *v)
{
    return (const struct activations_view *)v;
}

static void activations_open(struct view *v, struct model *m)
{
    (void)m;
    ridges_init(&self(v)->ridges);
}

static void activations_close(struct view *v)
{
    ridges_finish(&self(v)->ridges);
}

static const struct activity *activity_of(const struct view *v)
{
    return view_study(v) ? study_activity(view_study(v)) : NULL;
}

/* Whether there is a layer to show. */
static bool is_there(const struct view *v)
{
    return activity_of(v) && seen(v)->ridges.of && seen(v)->list.n;
}

static uint32_t category_of(const struct activations_view *d)
{
    const struct activity *a = activity_of(&d->view);

    return d->one && d->view.model->category < a->n_categories ? d->view.model->category
                                                               : ACTIVITY_ALL;
}

static uint32_t layer_of(const struct activations_view *d)
{
    return d->ridges.first + d->list.selected;
}

/* Layout. */

/* What is looked at: another view may have moved on. */
static void follow(struct activations_view *d, const struct activity *a)
{
    struct model *m = d->view.model;
    uint32_t first;

    m->layer = m->layer < a->n_layers ? m->layer : 0;
    d->kind = a->layers[m->layer].kind;
    first = activity_layers(a, d->kind, &d->list.n);
    d->list.selected = m->layer - first;
}

static void say(struct activations_view *d)
{
    d->view.model->layer = layer_of(d);
}

static void place(struct activations_view *d, int rows, int cols)
{
    unsigned panes = activity_of(&d->view)->pair && !d->delta ? 2 : 1;
    int numbers = cols >= NUMBERS_FROM ? NUMBERS : 0, room;

    d->readout = rows >= ABOVE + ACTIVITY_TEXT_ROWS + 4 ? ACTIVITY_TEXT_ROWS : 0;
    room = MAX(rows - ABOVE - d->readout, 1);
    d->height = (int)CLAMP(room / (int)MAX(d->list.n, 1), 1, RIDGE_MOST);
    d->columns = MAX((cols - LABEL - numbers) / (int)panes - 1, 1);
    list_layout(&d->list, d->list.n, room / d->height);
}

static void activations_layout(struct view *v, int rows, int cols)
{
    struct activations_view *d = self(v);
    const struct activity *a = activity_of(v);
    struct ridges_ask ask;

    d->ridges.of = a ? d->ridges.of : NULL;
    if (!a)
        return;
    d->delta = d->delta && a->pair;
    follow(d, a);
    place(d, rows, cols);
    ask = (struct ridges_ask){.kind = d->kind,
                              .category = category_of(d),
                              .show = d->delta ? RIDGES_DELTA : RIDGES_SIDES,
                              .log_x = !d->linear,
                              .all = d->all,
                              .n = d->columns};
    ridges_update(&d->ridges, a, &ask);
    d->cursor = d->ridges.n_layers ? ridges_bin(&d->ridges, d->value) : 0;
}

/* Drawing. */

static int pane_column(const struct activations_view *d, unsigned pane)
{
    return LABEL + (int)pane * (d->columns + 1);
}

static void draw_legend(const struct activations_view *d, const struct surface *s)
{
    uint32_t examples = activity_cell(activity_of(&d->view), layer_of(d), category_of(d))->examples;
    int col = 1;

    if (examples < ACTIVITY_FEWEST)
        col = surface_print(s, 0, 1, style_of(PAINT_WARN), "? n < %d: %u examples  ",
                            ACTIVITY_FEWEST, examples);
    surface_print(s, 0, col, style_of(PAINT_DIM), "height: %s, scale of its row; axis: %s, %s",
                  d->log_y ? "log density" : "density", d->linear ? "even" : "signed log",
                  d->all ? "all values" : "99.8 % of values");
}

static void draw_axis(const struct activations_view *d, const struct surface *s, unsigned pane,
                      const char *name)
{
    const struct ridges *r = &d->ridges;
    int at = pane_column(d, pane), zero = r->low < 0 && r->high > 0 ? ridges_bin(r, 0) : -1, col;
    struct style dim = style_of(PAINT_DIM);
    char low[UNIT_BYTES], high[UNIT_BYTES];

    unit_value(low, r->low, 7);
    unit_value(high, r->high, 7);
    col = surface_text(s, 1, at, dim, low);
    if (d->columns - text_columns(high) > col - at)
        surface_text(s, 1, at + d->columns - text_columns(high), dim, high);
    if (zero > col - at && zero < d->columns - text_columns(high) - 1)
        surface_glyph(s, 1, at + zero, dim, '0');
    if (zero > col - at + text_columns(name) + 2)
        surface_text(s, 1, col + 1, style_of(PAINT_TITLE), name);
    else if (d->columns >= col - at + text_columns(name) + text_columns(high) + 5)
        surface_text(s, 1, MAX(col - at, zero + 1) + at + 1, style_of(PAINT_TITLE), name);
}

static void draw_numbers(const struct activations_view *d, const struct surface *s, int row,
                         uint32_t item)
{
    const struct activity *a = activity_of(&d->view);
    const struct activity_cell *c = activity_cell(a, d->ridges.first + item, category_of(d));
    int col = s->cols - NUMBERS;
    char text[UNIT_BYTES];

    for (unsigned side = 0; side <= a->pair; side++) {
        struct activity_level level;

        activity_level(c, (enum activity_side)side, &level);
        surface_field(s, row, col + (int)side * 10, 9, true, CUT_END, style_of(PAINT_TEXT),
                      unit_value(text, level.rms, 8));
    }
    if (a->pair)
        surface_field(s, row, col + 20, 9, true, CUT_END, style_of(PAINT_TEXT),
                      unit_value(text, d->delta ? activity_shift(c) : d->ridges.items[item].js, 8));
}

static void draw_headings(const struct activations_view *d, const struct surface *s)
{
    bool pair = activity_of(&d->view)->pair;
    int col = s->cols - NUMBERS;

    surface_text(s, 1, 1, style_of(PAINT_DIM), "layer");
    for (unsigned pane = 0; pane < d->ridges.panes; pane++)
        draw_axis(d, s, pane, d->delta ? "tuned - base" : pane ? "tuned" : pair ? "base" : "");
    if (s->cols < NUMBERS_FROM)
        return;
    surface_field(s, 1, col, 9, true, CUT_END, style_of(PAINT_DIM), pair ? "rms base" : "rms");
    if (!pair)
        return;
    surface_field(s, 1, col + 10, 9, true, CUT_END, style_of(PAINT_DIM), "rms tuned");
    surface_field(s, 1, col + 20, 9, true, CUT_END, style_of(PAINT_DIM),
                  d->delta ? "shift" : "distance");
}

static void draw_ridge(const struct activations_view *d, const struct surface *s, int row,
                       uint32_t item)
{
    const struct ridges *r = &d->ridges;
    bool here = item == d->list.selected;
    char *name = activity_layer_label(r->of, r->first + item);

    surface_glyph(s, row + d->height - 1, 0, style_of(PAINT_TITLE), here ? '>' : ' ');
    surface_field(s, row + d->height - 1, 1, LABEL - 2, false, CUT_END,
                  style_of(here ? PAINT_TITLE : PAINT_TEXT), name);
    for (unsigned pane = 0; pane < r->panes; pane++) {
        struct surface part = surface_part(s, row, pane_column(d, pane), d->height, d->columns);
        enum paint paint = d->delta ? PAINT_DELTA : pane ? PAINT_TUNED : PAINT_BASE;

        for (int i = 0; i < d->columns; i++)
            plot_column(&part, i, style_of(paint), ridges_height(r, item, pane, i, d->log_y));
        if (here)
            surface_tint(&part, part.rows - 1, d->cursor, 1, style_of(PAINT_CURSOR));
    }
    if (s->cols >= NUMBERS_FROM)
        draw_numbers(d, s, row + d->height - 1, item);
    if (here)
        surface_cursor(s, row + d->height - 1, pane_column(d, 0) + d->cursor);
    g_free(name);
}

static char *bin_text(const struct activations_view *d)
{
    const struct ridges *r = &d->ridges;
    char low[UNIT_BYTES], high[UNIT_BYTES], share[2][UNIT_BYTES], beyond[UNIT_BYTES];
    const struct ridge *x = &r->items[d->list.selected];
    double outside = x->below[0] + x->above[0];

    for (unsigned pane = 0; pane < r->panes; pane++)
        unit_percent(share[pane], ridges_share(r, d->list.selected, pane, d->cursor));
    return g_strdup_printf("%s .. %s: %s%s%s%s of the values; not on the axis: %s",
                           unit_value(low, ridges_edge(r, d->cursor), 8),
                           unit_value(high, ridges_edge(r, d->cursor + 1), 8),
                           r->panes > 1 ? "base " : "", share[0], r->panes > 1 ? ", tuned " : "",
                           r->panes > 1 ? share[1] : "",
                           unit_percent(beyond, x->total[0] > 0 ? outside / x->total[0] : NAN));
}

static void activations_draw(const struct view *v, const struct surface *s)
{
    const struct activations_view *d = seen(v);
    struct surface below = surface_part(s, s->rows - d->readout, 0, d->readout, s->cols);

    if (study_draw_absent(v, s, activity_of(v), "activations"))
        return;
    if (!d->ridges.n_layers) {
        surface_print(s, 0, 1, style_of(PAINT_DIM), "%s: no values so far",
                      activity_site_name(d->kind));
        surface_cursor(s, 0, 0);
        return;
    }
    draw_legend(d, s);
    draw_headings(d, s);
    for (int i = 0; i < d->list.height && d->list.top + (guint)i < d->list.n; i++)
        draw_ridge(d, s, ABOVE + i * d->height, d->list.top + (guint)i);
    if (d->readout) {
        char *bin = bin_text(d);

        activity_text_draw(v, &below, layer_of(d), category_of(d), bin);
        g_free(bin);
    }
}

/* Keys. */

static void turn_category(struct activations_view *d, int by)
{
    struct model *m = d->view.model;
    uint32_t n = activity_of(&d->view)->n_categories;

    if (!n)
        return;
    if (!d->one || m->category >= n)
        m->category = m->category < n ? m->category : 0;
    else
        m->category = (uint32_t)CLAMP((gint64)m->category + by, 0, (gint64)n - 1);
    d->one = true;
}

static bool change(struct activations_view *d, int action)
{
    switch (action) {
    case ACTION_METRIC:
        d->view.model->layer = activity_next_site(activity_of(&d->view), d->view.model->layer);
        return true;
    case ACTION_ONE:
        d->one = !d->one;
        return true;
    case ACTION_CATEGORY_BEFORE:
    case ACTION_CATEGORY_AFTER:
        turn_category(d, action == ACTION_CATEGORY_AFTER ? 1 : -1);
        return true;
    case ACTION_MODE:
        d->delta = !d->delta;
        return true;
    case ACTION_AXIS:
        d->linear = !d->linear;
        return true;
    case ACTION_LOG:
        d->log_y = !d->log_y;
        return true;
    case ACTION_ZOOM_OUT:
    case ACTION_ZOOM_IN:
        d->all = action == ACTION_ZOOM_OUT;
        return true;
    default:
        return false;
    }
}

static void point_at(struct activations_view *d, int bin)
{
    bin = CLAMP(bin, 0, d->columns - 1);
    d->value = (ridges_edge(&d->ridges, bin) + ridges_edge(&d->ridges, bin + 1)) / 2;
}

static bool move(struct activations_view *d, int action)
{
    if (action == ACTION_LEFT || action == ACTION_RIGHT)
        point_at(d, d->cursor + (action == ACTION_RIGHT ? 1 : -1));
    else if (action == ACTION_PREVIOUS_LAYER || action == ACTION_NEXT_LAYER)
        list_act(&d->list, action == ACTION_NEXT_LAYER ? ACTION_DOWN : ACTION_UP);
    else if (!list_act(&d->list, action))
        return false;
    say(d);
    return true;
}

static enum reply activations_act(struct view *v, struct app *app, int action)
{
    struct activations_view *d = self(v);

    activations_layout(v, v->rows, v->cols);
    if (!is_there(v))
        return REPLY_IGNORED;
    if (action == ACTION_OPEN) {
        v->model->layer = activity_hidden_of(activity_of(v), v->model->layer);
        app_open_view(app, view_find("units"), PAIR_NONE);
        return REPLY_DONE;
    }
    return change(d, action) || move(d, action) ? REPLY_DONE : REPLY_IGNORED;
}

static enum reply activations_mouse(struct view *v, struct app *app, int row, int col, int key)
{
    struct activations_view *d = self(v);
    guint at = d->list.top + (guint)(MAX(row - ABOVE, 0) / MAX(d->height, 1));

    (void)app;
    if (!is_there(v))
        return REPLY_IGNORED;
    if (!list_wheel(&d->list, key)) {
        if (row < ABOVE || row >= ABOVE + d->list.height * d->height || at >= d->list.n)
            return REPLY_IGNORED;
        d->list.selected = at;
        if (col >= LABEL && (col - LABEL) % (d->columns + 1) < d->columns &&
            (col - LABEL) / (d->columns + 1) < (int)d->ridges.panes)
            point_at(d, (col - LABEL) % (d->columns + 1));
    }
    say(d);
    return REPLY_DONE;
}

/* What it gives away. */

static char *activations_status(const struct view *v)
{
    const struct activations_view *d = seen(v);
    char *category, *line;

    if (!view_comparison(v) || !is_there(v))
        return view_absent_status(v);
    category = category_of(d) == ACTIVITY_ALL || d->delta ? g_strdup("all categories")
                                                          : category_label(v, v->model->category);
    line = g_strdup_printf("%s  %s  %s%s", activity_site_name(d->kind), category,
                           !d->ridges.of->pair ? "base"
                           : d->delta          ? "tuned - base"
                                               : "base | tuned",
                           d->log_y ? "  log" : "");
    g_free(category);
    return line;
}

static char *activations_copy(const struct view *v)
{
    return is_there(v) ? activity_text_line(v, layer_of(seen(v)), category_of(seen(v))) : NULL;
}

static void activations_write(const struct view *v, FILE *out)
{
    const struct activations_view *d = seen(v);

    if (is_there(v))
        activity_text_write(v, d->ridges.first, d->ridges.n_layers, out);
}

const struct view_ops view_activations = {
    .name = "activations",
    .title = "Activations",
    .brief = "Acts",
    .about = "how values spread in each block, before and after, by category",
    .help =
        "What flows through the models on your examples: for each block a histogram of the values "
        "of the residual stream, of the heads' outputs or of the MLP's hidden units (m), base "
        "beside tuned on one axis, of all categories or of one (c, { and }). The axis is a "
        "signed logarithm, or even (x); heights are shares, each row on its own scale, or "
        "logarithms of counts (L). Beside them: the root mean square, and the Jensen-Shannon "
        "distance of the two histograms, 0 (the same) to 1. Position 0 of each example is left "
        "out: its values are often thousands of times the others'. Below: the selected block in "
        "numbers, and the bin under the cursor.",
    .bindings = bindings,
    .size = sizeof(struct activations_view),
    .open = activations_open,
    .close = activations_close,
    .layout = activations_layout,
    .draw = activations_draw,
    .act = activations_act,
    .status = activations_status,
    .copy = activations_copy,
    .write = activations_write,
    .mouse = activations_mouse,
};
