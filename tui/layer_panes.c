#include "tui/layer_panes.h"

#include <string.h>

#include "tui/entry_text.h"
#include "tui/overview_names.h"

#define WIDE 130  /* two columns from here on, three panes one above the other two below */
#define NARROW 60 /* one pane at a time */
#define SHORT 14
#define LEFT_COLUMNS 74
#define PLOT_LEAST 5

uint32_t layer_panes_selected(const struct layer_panes *d)
{
    return d->list.selected < d->list.n ? d->shown[d->list.selected] : PAIR_NONE;
}

static void place_alone(struct layer_panes *d, int rows, int cols)
{
    memset(d->at, 0, sizeof d->at);
    d->at[d->pane] = (struct rectangle){0, 0, rows, cols};
}

static void place(struct layer_panes *d, int rows, int cols)
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

static enum energy_side side_of(const struct layer_panes *d)
{
    return d->histogram.mode == MODE_BASE    ? ENERGY_BASE
           : d->histogram.mode == MODE_TUNED ? ENERGY_TUNED
                                             : ENERGY_DELTA;
}

static void make_tensor(struct layer_panes *d, const struct comparison *c)
{
    const struct rectangle *at = &d->at[PANE_TENSOR];
    uint32_t entry = layer_panes_selected(d);
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

static void fit_table(struct layer_panes *d, const struct comparison *c)
{
    guint64 version = c->summary.version + 1;

    if (d->scaled != version)
        overview_table_scale(&d->table, &d->rows);
    d->scaled = version;
    overview_table_fit(&d->table, c, d->at[PANE_TENSORS].cols, overview_names_longest(&d->rows));
}

void layer_panes_place(struct layer_panes *d, int rows, int cols)
{
    place(d, rows, cols);
    list_layout(&d->list, d->list.n, d->at[PANE_TENSORS].rows - 2);
}

void layer_panes_fill(struct layer_panes *d)
{
    const struct comparison *c = d->rows.of;

    overview_rows_numbers(&d->rows, d->group);
    fit_table(d, c);
    layer_page_totals(&d->totals, &d->rows, d->group, d->at[PANE_TOTALS].cols);
    page_layout(&d->totals, d->at[PANE_TOTALS].rows - 1);
    make_tensor(d, c);
}

/* The pane that has the keys has its title in brackets. */
static struct surface open_pane(const struct layer_panes *d, const struct surface *s,
                                enum pane pane, const char *title)
{
    const struct rectangle *at = &d->at[pane];
    struct surface part = surface_part(s, at->row, at->col, at->rows, at->cols);
    char *text = d->pane == pane ? g_strdup_printf("[%s]", title) : g_strdup(title);

    if (part.rows > 0)
        surface_rule(&part, 0, text);
    g_free(text);
    return surface_part(&part, 1, 0, part.rows - 1, part.cols);
}

static void draw_rows(const struct layer_panes *d, const struct surface *s)
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

static void draw_tensors(const struct layer_panes *d, const struct surface *s)
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

static void draw_tensor(const struct layer_panes *d, const struct surface *s)
{
    uint32_t entry = layer_panes_selected(d);
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

void layer_panes_draw(const struct layer_panes *d, const struct surface *s)
{
    struct surface totals;

    if (d->at[PANE_TENSORS].rows)
        draw_tensors(d, s);
    if (d->at[PANE_TOTALS].rows) {
        totals = open_pane(d, s, PANE_TOTALS, "totals");
        page_draw(&d->totals, &totals);
    }
    if (d->at[PANE_TENSOR].rows)
        draw_tensor(d, s);
}
