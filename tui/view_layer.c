/* One block or layer: its tensors, what they add up to, and one of them in brief. */
#include <string.h>

#include "core/escape.h"
#include "tui/entry_text.h"
#include "tui/layer_page.h"
#include "tui/overview_export.h"
#include "tui/overview_names.h"
#include "tui/overview_table.h"
#include "tui/tensor_histogram.h"
#include "tui/units.h"
#include "tui/view_text.h"

#define WIDE 130  /* two columns from here on, three panes one above the other two below */
#define NARROW 60 /* one pane at a time */
#define SHORT 14
#define LEFT_COLUMNS 74
#define PLOT_LEAST 5
#define WHEEL_ROWS 3
#define NO_GROUP G_MAXUINT32

enum { ACTION_MAXIMISE = ACTION_VIEW };

enum pane { PANE_TENSORS, PANE_TOTALS, PANE_TENSOR, PANES };

struct rectangle {
    int row, col, rows, cols; /* with its title; rows 0: not shown */
};

struct layer_view {
    struct view view;
    struct overview_rows rows; /* of all groups; this view's is unfolded in it */
    struct overview_table table;
    struct marks marks;
    struct list list;
    uint32_t *shown;    /* [list.n] entries of the group, in the order of the list */
    uint32_t group;     /* NO_GROUP: none yet */
    uint32_t said;      /* the entry the other views were told of */
    uint32_t preferred; /* the group the scan was asked for last */
    guint64 scaled;     /* version of the summary + 1 that the scale was made for */
    struct page totals, tensor;
    struct histogram histogram;
    uint32_t counted; /* the entry the histogram was reset for */
    struct matcher *search;
    enum pane pane;
    bool maximised;
    struct rectangle at[PANES];
    int plot_rows; /* of the tensor's pane, for the histogram */
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
    overview_rows_init(&d->rows);
    page_init(&d->totals);
    page_init(&d->tensor);
    histogram_init(&d->histogram);
    d->group = d->preferred = NO_GROUP;
    d->said = d->counted = PAIR_NONE;
}

static void layer_close(struct view *v)
{
    struct layer_view *d = self(v);

    overview_rows_finish(&d->rows);
    page_finish(&d->totals);
    page_finish(&d->tensor);
    histogram_finish(&d->histogram);
    marks_finish(&d->marks);
    matcher_destroy(d->search);
    g_free(d->shown);
}

static bool ready(const struct layer_view *d)
{
    return d->rows.of && d->rows.of == view_comparison(&d->view) && d->group < d->rows.n_groups;
}

/* PAIR_NONE: the filter leaves nothing of this layer. */
static uint32_t selected(const struct layer_view *d)
{
    return d->list.selected < d->list.n ? d->shown[d->list.selected] : PAIR_NONE;
}

/* Layout. */

static void start_on(struct layer_view *d, struct comparison *c)
{
    overview_rows_follow(&d->rows, c);
    d->group = d->preferred = NO_GROUP;
    d->said = d->counted = PAIR_NONE;
    d->scaled = 0;
    d->list = (struct list){0};
    if (!c)
        return;
    d->rows.order =
        (struct overview_order){SORT_METRIC, false, metric_find(c->tuned ? "rel" : "base")};
    overview_table_roles(&d->table, c);
    d->table.without = 1u << COLUMN_HEAT;
}

/* The rows of this group alone. */
static void take_rows(struct layer_view *d)
{
    guint n = 0;

    overview_rows_fold(&d->rows, d->group, true);
    overview_rows_build(&d->rows);
    d->shown = g_renew(uint32_t, d->shown, d->rows.of->groups[d->group].n_entries + 1);
    for (guint i = 0; i < d->rows.n; i++)
        if (d->rows.rows[i].group == d->group && d->rows.rows[i].entry != PAIR_NONE)
            d->shown[n++] = d->rows.rows[i].entry;
    d->list.n = n;
}

static void select_entry(struct layer_view *d, uint32_t entry)
{
    for (guint i = 0; i < d->list.n; i++)
        if (d->shown[i] == entry)
            d->list.selected = i;
}

/* To the layer of the tensor that the views look at; the selected one stays so in another order. The
 * first of another layer stands for all of it: what comes first in the list is selected. */
static void follow(struct layer_view *d, const struct comparison *c)
{
    uint32_t entry = d->view.model->entry;

    if (entry >= c->pairing.n_entries)
        entry = c->groups[0].entries[0];
    if (c->group_of[entry] != d->group && entry != d->said) {
        d->group = c->group_of[entry];
        d->list.selected = d->list.top = 0;
        take_rows(d);
        if (entry == c->groups[d->group].entries[0])
            return;
    } else {
        take_rows(d);
    }
    select_entry(d, entry);
}

static void say(struct layer_view *d)
{
    uint32_t entry = selected(d);

    if (entry == PAIR_NONE)
        entry = d->rows.of->groups[d->group].entries[0];
    d->said = entry;
    view_set_entry(&d->view, entry);
}

static void prefer(struct layer_view *d, struct comparison *c)
{
    const struct group *g = &c->groups[d->group];

    if (d->preferred == d->group || c->summary.n_finished == c->summary.n)
        return;
    comparison_scan_prefer(c, g->entries, g->n_entries);
    d->preferred = d->group;
}

static void place_alone(struct layer_view *d, int rows, int cols)
{
    memset(d->at, 0, sizeof d->at);
    d->at[d->pane] = (struct rectangle){0, 0, rows, cols};
}

static void place(struct layer_view *d, int rows, int cols)
{
    int list = MIN((int)d->list.n + 2, MAX(rows * 2 / 5, 5)), left = cols / 2;

    if (d->maximised || cols < NARROW || rows < SHORT) {
        place_alone(d, rows, cols);
        return;
    }
    if (cols >= WIDE) {
        list = MIN((int)d->list.n + 2, rows / 2);
        left = LEFT_COLUMNS;
        d->at[PANE_TENSORS] = (struct rectangle){0, 0, list, left};
        d->at[PANE_TENSOR] = (struct rectangle){0, left + 2, rows, cols - left - 2};
    } else {
        d->at[PANE_TENSORS] = (struct rectangle){0, 0, list, cols};
        d->at[PANE_TENSOR] = (struct rectangle){list, left + 1, rows - list, cols - left - 1};
    }
    d->at[PANE_TOTALS] = (struct rectangle){list, 0, rows - list, left};
}

static enum energy_side side_of(const struct layer_view *d)
{
    return d->histogram.mode == MODE_BASE    ? ENERGY_BASE
           : d->histogram.mode == MODE_TUNED ? ENERGY_TUNED
                                             : ENERGY_DELTA;
}

static void make_tensor(struct layer_view *d, const struct comparison *c)
{
    const struct rectangle *at = &d->at[PANE_TENSOR];
    uint32_t entry = selected(d);
    int room;

    page_clear(&d->tensor);
    histogram_finish(&d->histogram);
    if (d->counted != entry)
        histogram_reset(&d->histogram);
    d->counted = entry;
    d->plot_rows = 0;
    if (entry == PAIR_NONE || !at->rows)
        return;
    layer_page_tensor(&d->tensor, c, entry, side_of(d), at->cols);
    room = at->rows - 1 - (int)d->tensor.lines->len;
    if (entry_summary_of(c, entry)->state == ENTRY_DONE && room >= PLOT_LEAST) {
        d->plot_rows = room;
        histogram_fill(&d->histogram, &entry_summary_of(c, entry)->result, NULL, at->cols - 2);
    }
    page_layout(&d->tensor, at->rows - 1 - d->plot_rows);
}

static void fit_table(struct layer_view *d, const struct comparison *c)
{
    guint64 version = c->summary.version + 1;

    if (d->scaled != version)
        overview_table_scale(&d->table, &d->rows);
    d->scaled = version;
    overview_table_fit(&d->table, c, d->at[PANE_TENSORS].cols, overview_names_longest(&d->rows));
}

static void layer_layout(struct view *v, int rows, int cols)
{
    struct layer_view *d = self(v);
    struct comparison *c = view_comparison(v);

    if (d->rows.of != c)
        start_on(d, c);
    if (!c || !c->n_groups)
        return;
    follow(d, c);
    place(d, rows, cols);
    list_layout(&d->list, d->list.n, d->at[PANE_TENSORS].rows - 2);
    say(d);
    prefer(d, c);
    marks_make(&d->marks, v->model);
    overview_rows_numbers(&d->rows, d->group);
    fit_table(d, c);
    layer_page_totals(&d->totals, &d->rows, d->group, d->at[PANE_TOTALS].cols);
    page_layout(&d->totals, d->at[PANE_TOTALS].rows - 1);
    make_tensor(d, c);
}

/* Drawing. */

/* The pane that has the keys has its title in brackets. */
static struct surface open_pane(const struct layer_view *d, const struct surface *s, enum pane pane,
                                const char *title)
{
    const struct rectangle *at = &d->at[pane];
    struct surface part = surface_part(s, at->row, at->col, at->rows, at->cols);
    char *text = d->pane == pane ? g_strdup_printf("[%s]", title) : g_strdup(title);

    if (part.rows > 0)
        surface_rule(&part, 0, text);
    g_free(text);
    return surface_part(&part, 1, 0, part.rows - 1, part.cols);
}

static void draw_rows(const struct layer_view *d, const struct surface *s)
{
    guint n = MIN((guint)MAX(s->rows, 0), d->list.n - d->list.top);
    struct row_facts *facts = g_new0(struct row_facts, n + 1);

    for (guint i = 0; i < n; i++) {
        struct overview_row row = {d->group, d->shown[d->list.top + i]};

        row_facts_init(&facts[i], &d->rows, row, &d->marks);
        facts[i].hit = d->search && overview_rows_hit(&d->rows, d->search, row);
    }
    overview_names_apart(facts, n, d->table.width[COLUMN_NAME]);
    for (guint i = 0; i < n; i++) {
        bool here = d->list.top + i == d->list.selected;

        overview_table_row(&d->table, s, (int)i, &facts[i], here);
        if (here && d->pane == PANE_TENSORS)
            surface_cursor(s, (int)i, 0);
        row_facts_finish(&facts[i]);
    }
    g_free(facts);
}

static void draw_tensors(const struct layer_view *d, const struct surface *s)
{
    uint32_t n = d->rows.of->groups[d->group].n_entries;
    char *title = g_strdup_printf("%u tensor%s", n, n == 1 ? "" : "s");
    struct surface pane = open_pane(d, s, PANE_TENSORS, title), list;

    g_free(title);
    if (pane.rows > 0)
        overview_table_head(&d->table, &pane, 0);
    list = surface_part(&pane, 1, 0, pane.rows - 1, pane.cols);
    draw_rows(d, &list);
    if (!d->list.n)
        surface_text(&list, 0, 1, style_of(PAINT_DIM), "no tensor of this layer matches");
}

static void draw_tensor(const struct layer_view *d, const struct surface *s)
{
    uint32_t entry = selected(d);
    char *name =
        entry == PAIR_NONE ? g_strdup("-") : entry_name(d->rows.of, entry, d->rows.skip[d->group]);
    struct surface pane = open_pane(d, s, PANE_TENSOR, name), plot;

    g_free(name);
    page_draw(&d->tensor, &pane);
    plot = surface_part(&pane, MIN((int)d->tensor.lines->len, pane.rows - d->plot_rows), 1,
                        d->plot_rows, pane.cols - 2);
    if (d->plot_rows)
        histogram_draw(&d->histogram, &plot);
}

static void layer_draw(const struct view *v, const struct surface *s)
{
    const struct layer_view *d = (const struct layer_view *)v;
    struct surface totals;

    if (view_draw_absent(v, s))
        return;
    if (!ready(d)) {
        surface_text(s, 0, 1, style_of(PAINT_DIM), "no tensors");
        return;
    }
    if (d->at[PANE_TENSORS].rows)
        draw_tensors(d, s);
    if (d->at[PANE_TOTALS].rows) {
        totals = open_pane(d, s, PANE_TOTALS, "totals");
        page_draw(&d->totals, &totals);
    }
    if (d->at[PANE_TENSOR].rows)
        draw_tensor(d, s);
}

/* Keys. */

static bool hit(const void *owner, const struct matcher *m, guint i)
{
    const struct layer_view *d = owner;

    return matcher_hit(m, comparison_tensor(d->rows.of, d->shown[i])->name);
}

static guint layer_search(struct view *v, const char *text)
{
    struct layer_view *d = self(v);
    guint hits;

    matcher_destroy(d->search);
    d->search = text && *text ? matcher_create(text) : NULL;
    if (!ready(d))
        return 0;
    hits = list_search(&d->list, d->search, hit, d, LIST_HERE);
    say(d);
    return hits;
}

static guint layer_filter(struct view *v, const char *text)
{
    struct layer_view *d = self(v);

    if (d->rows.of != view_comparison(v))
        overview_rows_follow(&d->rows, NULL);
    overview_rows_filter(&d->rows, text);
    if (!ready(d))
        return 0;
    take_rows(d);
    return d->list.n;
}

static void go_to_group(struct layer_view *d, struct app *app, bool back)
{
    if (back ? d->group == 0 : d->group + 1 >= d->rows.n_groups) {
        app_say(app, back ? "this is the first layer" : "this is the last layer");
        return;
    }
    d->group += back ? -1u : 1u;
    d->list.selected = d->list.top = 0;
    d->totals.top = d->tensor.top = 0;
    take_rows(d);
}

static void reorder(struct layer_view *d, bool reverse)
{
    struct overview_order order = d->rows.order;

    if (reverse)
        order.reverse = !order.reverse;
    else
        order.sort = order.sort == SORT_METRIC ? SORT_MODEL : SORT_METRIC;
    overview_rows_order(&d->rows, order);
}

static bool act_in_pane(struct layer_view *d, int action)
{
    bool sideways = d->pane == PANE_TENSOR || action == ACTION_MODE || action == ACTION_LOG;

    if (sideways && histogram_act(&d->histogram, action))
        return true;
    if (d->pane == PANE_TOTALS)
        return page_act(&d->totals, action);
    if (d->pane == PANE_TENSOR && d->tensor.lines->len > (guint)MAX(d->tensor.height, 0))
        return page_act(&d->tensor, action);
    return list_act(&d->list, action);
}

static void search_on(struct layer_view *d, struct app *app, bool back)
{
    if (d->search && !list_search(&d->list, d->search, hit, d, back ? LIST_PREVIOUS : LIST_NEXT))
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
        if (selected(d) != PAIR_NONE)
            app_open_view(app, view_find("tensor"), selected(d));
        return REPLY_DONE;
    case ACTION_NEXT_PANE:
        d->pane = (d->pane + 1) % PANES;
        break;
    case ACTION_MAXIMISE:
        d->maximised = !d->maximised;
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
    guint at = d->list.top + (guint)MAX(row - d->at[PANE_TENSORS].row - 2, 0);

    if (!ready(d))
        return REPLY_IGNORED;
    for (int i = 0; i < WHEEL_ROWS && key != KEY_MOUSE_CLICK; i++)
        act_in_pane(d, key == KEY_WHEEL_UP ? ACTION_UP : ACTION_DOWN);
    if (key == KEY_MOUSE_CLICK) {
        for (enum pane pane = 0; pane < PANES; pane++)
            if (inside(&d->at[pane], row, col))
                d->pane = pane;
        if (!inside(&d->at[PANE_TENSORS], row, col) || row < d->at[PANE_TENSORS].row + 2 ||
            at >= d->list.n)
            return REPLY_DONE;
        if (at == d->list.selected) {
            app_open_view(app, view_find("tensor"), selected(d));
            return REPLY_DONE;
        }
        d->list.selected = at;
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
    label = escape_text(d->rows.of->groups[d->group].label);
    line = g_strdup_printf(
        "%s  layer %u of %u  sort %s%s  histogram %s", label, d->group + 1, d->rows.n_groups,
        d->rows.order.sort == SORT_METRIC ? d->rows.order.metric->name : "model",
        d->rows.order.reverse ? " reversed" : "", histogram_mode_name(&d->histogram));
    g_free(label);
    return line;
}

static char *layer_copy(const struct view *v)
{
    const struct layer_view *d = (const struct layer_view *)v;

    if (!ready(d) || selected(d) == PAIR_NONE)
        return NULL;
    return overview_line(&d->rows, (struct overview_row){d->group, selected(d)}, &d->marks);
}

static void layer_write(const struct view *v, FILE *out)
{
    const struct layer_view *d = (const struct layer_view *)v;

    if (ready(d))
        overview_group_write(&d->rows, d->group, d->shown, d->list.n, &d->marks, out);
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
