/* The grid of heads as it stands on the screen, with its read-out. */
#include "tui/heads_view.h"
#include "tui/view_text.h"

static struct heads_marks marks_of(const struct heads_view *d, guint at)
{
    const struct heads_row *row = heads_grid_row(&d->grid, at);

    return (struct heads_marks){
        .selected = at == d->list.selected,
        .head = d->at.head,
        .pinned = row->attention == d->pinned.attention ? (gint)d->pinned.head : -1,
        .hit = d->search && matcher_hit(d->search, row->label),
    };
}

static void draw_origin(const struct heads_view *d, const struct surface *s, int row)
{
    const struct comparison *c = d->grid.of;
    const struct heads_row *at = heads_selected(d);
    uint32_t kv = c->attentions.items[at->attention].kv_heads;
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "%u heads", at->n);
    if (kv != at->n)
        g_string_append_printf(text, ", %u of keys and values,", kv);
    g_string_append_printf(text, " %s", heads_origin(c));
    if (d->grid.n_rows > (guint)d->list.height)
        g_string_append_printf(text, "  rows %u-%u of %u", d->list.top + 1,
                               MIN(d->list.top + (guint)d->list.height, d->grid.n_rows),
                               d->grid.n_rows);
    surface_field(s, row, 1, s->cols - 1, false, CUT_END, style_of(PAINT_DIM), text->str);
    g_string_free(text, TRUE);
}

static void draw_grid(const struct heads_view *d, const struct surface *s)
{
    int top = s->rows > 2 ? 1 : 0, row;

    if (top)
        heads_table_head(&d->table, &d->grid, s, 0);
    for (row = 0; row < d->list.height && d->list.top + (guint)row < d->grid.n_rows; row++) {
        struct heads_marks marks = marks_of(d, d->list.top + (guint)row);

        heads_table_row(&d->table, &d->grid, heads_grid_row(&d->grid, d->list.top + (guint)row), s,
                        top + row, &marks);
    }
    if (s->rows >= HEAD_ROWS + row)
        heads_table_foot(&d->table, &d->grid, s, top + row);
}

/* In the line under the grid, in its own columns, or below the grid. */
static void draw_readout(const struct heads_view *d, const struct surface *s)
{
    struct surface first = *s, second;
    int below = HEAD_ROWS + MIN(d->list.height, (int)d->grid.n_rows);

    if (d->readout == READOUT_BESIDE)
        first = surface_part(s, 0, d->grid_columns + 1, s->rows, HEADS_PAGE_COLUMNS);
    else
        first = surface_part(s, below, 1, s->rows - below, HEADS_PAGE_COLUMNS);
    if (first.col - s->col + 2 * HEADS_PAGE_COLUMNS + 2 <= s->cols)
        second = surface_part(s, first.row - s->row, first.col - s->col + first.cols + 2,
                              first.rows, HEADS_PAGE_COLUMNS);
    else
        second = surface_part(&first, (int)d->page.lines->len, 0, first.rows, first.cols);
    page_draw(&d->page, &first);
    page_draw(&d->second, &second);
}

static void draw_line(const struct heads_view *d, const struct surface *s)
{
    char *line = heads_copy(&d->view);

    surface_field(s, s->rows - 1, 1, s->cols - 1, false, CUT_END, style_of(PAINT_TEXT), line);
    g_free(line);
}

static void draw_all(const struct heads_view *d, const struct surface *s)
{
    bool tall = s->rows >= TALL_ENOUGH;
    struct surface body = surface_part(s, 0, 0, s->rows - (tall ? FOOT_ROWS : 0), s->cols), grid;

    grid = body;
    if (d->readout == READOUT_BESIDE)
        grid = surface_part(&body, 0, 0, body.rows, d->grid_columns);
    if (d->readout != READOUT_LINE)
        draw_readout(d, &body);
    else if (body.rows > 3)
        draw_line(d, &body);
    draw_grid(d, &grid);
    if (tall) {
        heads_table_legend(&d->table, &d->grid, s, body.rows);
        draw_origin(d, s, body.rows + 1);
    }
}

void heads_draw(const struct view *v, const struct surface *s)
{
    const struct heads_view *d = (const struct heads_view *)v;

    if (view_draw_absent(v, s))
        return;
    if (heads_ready(d))
        draw_all(d, s);
    else if (d->grid.of == view_comparison(v))
        page_draw(&d->page, s);
}
