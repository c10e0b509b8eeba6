/* One block or layer: its tensors, what they add up to, and one of them in brief. */
#include <string.h>

#include "core/escape.h"
#include "tui/entry_text.h"
#include "tui/layer_panes.h"
#include "tui/overview_export.h"
#include "tui/overview_names.h"
#include "tui/overview_table.h"
#include "tui/tensor_histogram.h"
#include "tui/units.h"
#include "tui/view_text.h"

enum { ACTION_MAXIMISE = ACTION_VIEW };

struct layer_view {
    struct view view;
    struct layer_panes p;
    uint32_t said;      /* the entry the other views were told of */
    uint32_t preferred; /* the group the scan was asked for last */
};

static const struct binding bindings[] = {
    {'[', ACTION_PREVIOUS_LAYER, "[/]", "layer", "The block or layer before, the next one"},
    {']', ACTION_NEXT_LAYER, NULL, NULL, NULL},
    {KEY_RETURN, ACTION_OPEN, "Enter", "open", "Open the selected tensor by itself"},
    {'\n', ACTION_OPEN, NULL, NULL, NULL},
    {'\t', ACTION_NEXT_PANE, "Tab", "pane",
     "Next pane: tensors, totals, the selected tensor; its keys are j/k, and h/l in the histogram"},
    {KEY_BACK_TAB, ACTION_NEXT_PANE, NULL, NULL, NULL},
    {'z', ACTION_MAXIMISE, "z", "maximise", "The pane alone on the screen, or all again"},
    {'s', ACTION_SORT, "s", "sort", "Tensors by how far they moved, or in model order"},
    {'r', ACTION_REVERSE, "r", NULL, "Reverse the order"},
    {'d', ACTION_MODE, "d", "mode", "Histogram, rows and columns of both, base, tuned, delta"},
    {'L', ACTION_LOG, "L", NULL, "Logarithmic or linear counts in the histogram"},
    {0, ACTION_NONE, NULL, NULL, NULL},
};

static struct layer_view *self(struct view *v)
{
    return (struct layer_view *)v;
}

static void layer_open(struct view *v, struct model *m)
{
    struct layer_view *d = self(v);

    (void)m;
    overview_rows_init(&d->p.rows);
    page_init(&d->p.totals);
    page_init(&d->p.tensor);
    histogram_init(&d->p.histogram);
    d->p.group = d->preferred = NO_GROUP;
    d->said = d->p.counted = PAIR_NONE;
}

static void layer_close(struct view *v)
{
    struct layer_view *d = self(v);

    overview_rows_finish(&d->p.rows);
    page_finish(&d->p.totals);
    page_finish(&d->p.tensor);
    histogram_finish(&d->p.histogram);
    marks_finish(&d->p.marks);
    matcher_destroy(d->p.search);
    g_free(d->p.shown);
}

static bool ready(const struct layer_view *d)
{
    return d->p.rows.of && d->p.rows.of == view_comparison(&d->view) && d->p.group < d->p.rows.n_groups;
}

/* Layout. */

static void start_on(struct layer_view *d, struct comparison *c)
{
    overview_rows_follow(&d->p.rows, c);
    d->p.group = d->preferred = NO_GROUP;
    d->said = d->p.counted = PAIR_NONE;
    d->p.scaled = 0;
    d->p.list = (struct list){0};
    if (!c)
        return;
    d->p.rows.order =
        (struct overview_order){SORT_METRIC, false, metric_find(c->tuned ? "rel" : "base")};
    overview_table_roles(&d->p.table, c);
    d->p.table.without = 1u << COLUMN_HEAT;
}

static void layer_carry(struct view *v, struct view *from)
{
    struct layer_view *d = self(v), *f = self(from);

    start_on(d, view_comparison(v));
    if (!d->p.rows.of || f->p.group >= d->p.rows.n_groups)
        return;
    d->p.rows.order = f->p.rows.order;
    d->p.group = f->p.group;
    d->said = f->said;
    d->p.list = f->p.list;
    d->p.totals.top = f->p.totals.top;
    d->p.tensor.top = f->p.tensor.top;
    d->p.pane = f->p.pane;
    d->p.maximised = f->p.maximised;
    d->p.search = g_steal_pointer(&f->p.search);
}

/* The rows of this group alone. */
static void take_rows(struct layer_view *d)
{
    guint n = 0;

    overview_rows_fold(&d->p.rows, d->p.group, true);
    overview_rows_build(&d->p.rows);
    d->p.shown = g_renew(uint32_t, d->p.shown, d->p.rows.of->groups[d->p.group].n_entries + 1);
    for (guint i = 0; i < d->p.rows.n; i++)
        if (d->p.rows.rows[i].group == d->p.group && d->p.rows.rows[i].entry != PAIR_NONE)
            d->p.shown[n++] = d->p.rows.rows[i].entry;
    d->p.list.n = n;
}

static void select_entry(struct layer_view *d, uint32_t entry)
{
    for (guint i = 0; i < d->p.list.n; i++)
        if (d->p.shown[i] == entry)
            d->p.list.selected = i;
}

/* To the layer of the tensor that the views look at; the selected one stays so in another order. The
 * first of another layer stands for all of it: what comes first in the list is selected. */
static void follow(struct layer_view *d, const struct comparison *c)
{
    uint32_t entry = d->view.model->entry;

    if (entry >= c->pairing.n_entries)
        entry = c->groups[0].entries[0];
    if (c->group_of[entry] != d->p.group && entry != d->said) {
        d->p.group = c->group_of[entry];
        d->p.list.selected = d->p.list.top = 0;
        take_rows(d);
        if (entry == c->groups[d->p.group].entries[0])
            return;
    } else {
        take_rows(d);
    }
    select_entry(d, entry);
}

static void say(struct layer_view *d)
{
    uint32_t entry = layer_panes_selected(&d->p);

    if (entry == PAIR_NONE)
        entry = d->p.rows.of->groups[d->p.group].entries[0];
    d->said = entry;
    view_set_entry(&d->view, entry);
}

static void prefer(struct layer_view *d, struct comparison *c)
{
    const struct group *g = &c->groups[d->p.group];

    if (d->preferred == d->p.group || c->summary.n_finished == c->summary.n)
        return;
    comparison_scan_prefer(c, g->entries, g->n_entries);
    d->preferred = d->p.group;
}

static void layer_layout(struct view *v, int rows, int cols)
{
    struct layer_view *d = self(v);
    struct comparison *c = view_comparison(v);

    if (d->p.rows.of != c)
        start_on(d, c);
    if (!c || !c->n_groups)
        return;
    follow(d, c);
    layer_panes_place(&d->p, rows, cols);
    say(d);
    prefer(d, c);
    marks_make(&d->p.marks, v->model);
    layer_panes_fill(&d->p);
}

/* Drawing. */

static void layer_draw(const struct view *v, const struct surface *s)
{
    const struct layer_view *d = (const struct layer_view *)v;

    if (view_draw_absent(v, s))
        return;
    if (!ready(d)) {
        surface_text(s, 0, 1, style_of(PAINT_DIM), "no tensors");
        return;
    }
    layer_panes_draw(&d->p, s);
}

/* Keys. */

static bool hit(const void *owner, const struct matcher *m, guint i)
{
    const struct layer_view *d = owner;

    return matcher_hit(m, comparison_tensor(d->p.rows.of, d->p.shown[i])->name);
}

static guint layer_search(struct view *v, const char *text)
{
    struct layer_view *d = self(v);
    guint hits;

    matcher_destroy(d->p.search);
    d->p.search = text && *text ? matcher_create(text) : NULL;
    if (!ready(d))
        return 0;
    hits = list_search(&d->p.list, d->p.search, hit, d, LIST_HERE);
    say(d);
    return hits;
}

static guint layer_filter(struct view *v, const char *text)
{
    struct layer_view *d = self(v);

    if (d->p.rows.of != view_comparison(v))
        overview_rows_follow(&d->p.rows, NULL);
    overview_rows_filter(&d->p.rows, text);
    if (!ready(d))
        return 0;
    take_rows(d);
    return d->p.list.n;
}

static void go_to_group(struct layer_view *d, struct app *app, bool back)
{
    if (back ? d->p.group == 0 : d->p.group + 1 >= d->p.rows.n_groups) {
        app_say(app, back ? "this is the first layer" : "this is the last layer");
        return;
    }
    d->p.group += back ? -1u : 1u;
    d->p.list.selected = d->p.list.top = 0;
    d->p.totals.top = d->p.tensor.top = 0;
    take_rows(d);
}

static void reorder(struct layer_view *d, bool reverse)
{
    struct overview_order order = d->p.rows.order;

    if (reverse)
        order.reverse = !order.reverse;
    else
        order.sort = order.sort == SORT_METRIC ? SORT_MODEL : SORT_METRIC;
    overview_rows_order(&d->p.rows, order);
}

static bool act_in_pane(struct layer_view *d, int action)
{
    bool sideways = d->p.pane == PANE_TENSOR || action == ACTION_MODE || action == ACTION_LOG;

    if (sideways && histogram_act(&d->p.histogram, action))
        return true;
    if (d->p.pane == PANE_TOTALS)
        return page_act(&d->p.totals, action);
    if (d->p.pane == PANE_TENSOR && d->p.tensor.lines->len > (guint)MAX(d->p.tensor.height, 0))
        return page_act(&d->p.tensor, action);
    return list_act(&d->p.list, action);
}

static void search_on(struct layer_view *d, struct app *app, bool back)
{
    if (d->p.search && !list_search(&d->p.list, d->p.search, hit, d, back ? LIST_PREVIOUS : LIST_NEXT))
        app_say(app, "nothing in this layer matches");
}

static enum reply layer_act(struct view *v, struct app *app, int action)
{
    struct layer_view *d = self(v);

    if (!ready(d))
        return REPLY_IGNORED;
    switch (action) {
    case ACTION_PREVIOUS_LAYER:
    case ACTION_NEXT_LAYER:
        go_to_group(d, app, action == ACTION_PREVIOUS_LAYER);
        break;
    case ACTION_OPEN:
        if (layer_panes_selected(&d->p) != PAIR_NONE)
            app_open_view(app, view_find("tensor"), layer_panes_selected(&d->p));
        return REPLY_DONE;
    case ACTION_NEXT_PANE:
        d->p.pane = (d->p.pane + 1) % PANES;
        break;
    case ACTION_MAXIMISE:
        d->p.maximised = !d->p.maximised;
        break;
    case ACTION_SORT:
    case ACTION_REVERSE:
        reorder(d, action == ACTION_REVERSE);
        return REPLY_DONE;
    case ACTION_SEARCH_NEXT:
    case ACTION_SEARCH_PREVIOUS:
        search_on(d, app, action == ACTION_SEARCH_PREVIOUS);
        break;
    default:
        if (!act_in_pane(d, action))
            return REPLY_IGNORED;
    }
    say(d);
    return REPLY_DONE;
}

static bool inside(const struct rectangle *at, int row, int col)
{
    return row >= at->row && row < at->row + at->rows && col >= at->col && col < at->col + at->cols;
}

static enum reply layer_mouse(struct view *v, struct app *app, int row, int col, int key)
{
    struct layer_view *d = self(v);
    guint at = d->p.list.top + (guint)MAX(row - d->p.at[PANE_TENSORS].row - 2, 0);

    if (!ready(d))
        return REPLY_IGNORED;
    for (int i = 0; i < LIST_WHEEL_ROWS && key != KEY_MOUSE_CLICK; i++)
        act_in_pane(d, key == KEY_WHEEL_UP ? ACTION_UP : ACTION_DOWN);
    if (key == KEY_MOUSE_CLICK) {
        for (enum pane pane = 0; pane < PANES; pane++)
            if (inside(&d->p.at[pane], row, col))
                d->p.pane = pane;
        if (!inside(&d->p.at[PANE_TENSORS], row, col) || row < d->p.at[PANE_TENSORS].row + 2 ||
            at >= d->p.list.n)
            return REPLY_DONE;
        if (at == d->p.list.selected) {
            app_open_view(app, view_find("tensor"), layer_panes_selected(&d->p));
            return REPLY_DONE;
        }
        d->p.list.selected = at;
    }
    say(d);
    return REPLY_DONE;
}

/* What it gives away. */

static char *layer_status(const struct view *v)
{
    const struct layer_view *d = (const struct layer_view *)v;
    char *label, *line;

    if (!view_comparison(v) || !ready(d))
        return view_absent_status(v);
    label = escape_text(d->p.rows.of->groups[d->p.group].label);
    line = g_strdup_printf(
        "%s  layer %u of %u  sort %s%s  histogram %s", label, d->p.group + 1, d->p.rows.n_groups,
        d->p.rows.order.sort == SORT_METRIC ? d->p.rows.order.metric->name : "model",
        d->p.rows.order.reverse ? " reversed" : "", histogram_mode_name(&d->p.histogram));
    g_free(label);
    return line;
}

static char *layer_copy(const struct view *v)
{
    const struct layer_view *d = (const struct layer_view *)v;

    if (!ready(d) || layer_panes_selected(&d->p) == PAIR_NONE)
        return NULL;
    return overview_line(&d->p.rows, (struct overview_row){d->p.group, layer_panes_selected(&d->p)}, &d->p.marks);
}

static void layer_write(const struct view *v, FILE *out)
{
    const struct layer_view *d = (const struct layer_view *)v;

    if (ready(d))
        overview_group_write(&d->p.rows, d->p.group, d->p.shown, d->p.list.n, &d->p.marks, out);
}

const struct view_ops view_layer = {
    .name = "layer",
    .title = "Layer",
    .brief = "Layer",
    .about = "one block or layer: its tensors and what they add up to",
    .help = "One block, or one layer outside the blocks: its tensors by how far they moved, with "
            "the bar on the model's own log scale; what they add up to, and where the layer stands "
            "among the others; of the selected tensor the rows and columns with the largest norm "
            "and their share of the sum of squares, and a histogram. A few rows with a large share "
            "of the delta are worth a look. Enter opens the tensor, Tab moves between the panes.",
    .bindings = bindings,
    .size = sizeof(struct layer_view),
    .open = layer_open,
    .close = layer_close,
    .carry = layer_carry,
    .layout = layer_layout,
    .draw = layer_draw,
    .act = layer_act,
    .status = layer_status,
    .copy = layer_copy,
    .write = layer_write,
    .search = layer_search,
    .filter = layer_filter,
    .mouse = layer_mouse,
};
