/* Tokens and categories of words as they stand on the screen. */
#include <math.h>

#include "core/escape.h"
#include "tui/plot.h"
#include "tui/token_page.h"
#include "tui/units.h"
#include "tui/view_text.h"
#include "tui/vocabulary_view.h"

#define WIDE 120
#define BINS_COLUMNS 44

static enum paint state_paint(enum row_state s)
{
    return s == ROW_MOVED ? PAINT_TEXT : s == ROW_UNKNOWN ? PAINT_DIM : PAINT_WARN;
}

/* Columns of a row of tokens; 0 wide: left out. */
struct columns {
    int id, text, state, number, bar, norms, decay;
};

static struct columns columns_of(int cols)
{
    struct columns w = {.id = 7, .state = 8, .number = 8};
    int left = cols - 2 - w.id - w.state - w.number - 3;

    w.norms = left >= 44 ? 21 : 0;
    w.decay = left >= 56 ? 9 : 0;
    w.bar = left >= 34 ? 8 : 0;
    w.text = MAX(left - (w.norms ? w.norms + 1 : 0) - (w.decay ? w.decay + 1 : 0) -
                     (w.bar ? w.bar + 1 : 0),
                 0);
    return w;
}

static void draw_field(const struct surface *s, int row, int *col, int width, bool right,
                       enum paint paint, const char *text)
{
    if (width > 0)
        surface_field(s, row, *col, width, right, CUT_END, style_of(paint), text);
    *col += width > 0 ? width + 1 : 0;
}

static void draw_heading(const struct vocabulary_view *d, const struct surface *s, int row)
{
    struct columns w = columns_of(s->cols);
    int col = 2;

    draw_field(s, row, &col, w.id, true, PAINT_DIM, "id");
    draw_field(s, row, &col, w.text, false, PAINT_DIM, "token");
    draw_field(s, row, &col, w.state, false, PAINT_DIM, "state");
    draw_field(s, row, &col, w.number, true, PAINT_DIM, "rel");
    draw_field(s, row, &col, w.bar, false, PAINT_DIM, "");
    draw_field(s, row, &col, w.norms, false, PAINT_DIM,
               d->rows.of->tuned ? "|w| base > tuned" : "|w|");
    draw_field(s, row, &col, w.decay, true, PAINT_DIM, "decay");
}

/* What a full bar stands for. */
static double top_relative(const struct token_rows *r)
{
    double top = 0;

    for (guint i = 0; i < r->n_rows; i++)
        if (r->rows[i].relative > top)
            top = r->rows[i].relative;
    return top > 0 ? top : 1;
}

static void norms_text(const struct vocabulary_row *row, char text[static 2 * UNIT_BYTES + 4])
{
    char base[UNIT_BYTES], tuned[UNIT_BYTES];

    if (isnan(row->tuned_l2) || isnan(row->base_l2))
        unit_value(text, isnan(row->base_l2) ? row->tuned_l2 : row->base_l2, 9);
    else
        g_snprintf(text, 2 * UNIT_BYTES + 4, "%s > %s", unit_value(base, row->base_l2, 9),
                   unit_value(tuned, row->tuned_l2, 9));
}

static void draw_token(const struct vocabulary_view *d, const struct surface *s, int line,
                       const struct vocabulary_row *row, double top)
{
    struct columns w = columns_of(s->cols);
    bool below = below_floor(row->relative, token_rows_table(&d->rows)->floor);
    char text[2 * UNIT_BYTES + 4], *token = token_rows_text(&d->rows, row->id);
    int col = 2;

    g_snprintf(text, sizeof text, "%u", row->id);
    draw_field(s, line, &col, w.id, true, PAINT_DIM, text);
    draw_field(s, line, &col, w.text, false, PAINT_TEXT, token);
    draw_field(s, line, &col, w.state, false, state_paint(row->state),
               row->state == ROW_UNKNOWN ? "-" : row_state_name(row->state));
    if (below)
        surface_glyph(s, line, col - 1, style_of(PAINT_DIM), '<');
    draw_field(s, line, &col, w.number, true, below ? PAINT_DIM : PAINT_TEXT,
               unit_percent(text, row->relative));
    if (w.bar)
        plot_bar(s, line, col, w.bar, style_of(PAINT_DELTA), row->relative / top);
    col += w.bar ? w.bar + 1 : 0;
    norms_text(row, text);
    draw_field(s, line, &col, w.norms, false, PAINT_TEXT, text);
    draw_field(s, line, &col, w.decay, true, PAINT_TEXT,
               row->state == ROW_DECAYED ? unit_value(text, row->decay, 8) : "");
    g_free(token);
}

static void mark_selected(const struct surface *s, int line)
{
    surface_glyph(s, line, 0, style_of(PAINT_TEXT), '>');
    surface_tint(s, line, 0, s->cols, style_of(PAINT_CURSOR));
    surface_cursor(s, line, 0);
}

static void draw_tokens(const struct vocabulary_view *d, const struct surface *s)
{
    bool wide = s->cols >= WIDE;
    struct surface list =
        surface_part(s, d->above, 0, d->list_rows, wide ? s->cols - BINS_COLUMNS - 2 : s->cols);
    double top = top_relative(&d->rows);

    if (d->above) {
        struct surface heading = surface_part(s, d->above - 1, 0, 1, list.cols);

        draw_heading(d, &heading, 0);
    }
    for (int i = 0; i < list.rows && d->tokens.top + (guint)i < d->tokens.n; i++) {
        guint at = d->tokens.top + (guint)i;

        draw_token(d, &list, i, &d->rows.rows[d->rows.shown[at]], top);
        if (at == d->tokens.selected)
            mark_selected(&list, i);
    }
    if (!d->tokens.n)
        surface_text(&list, 0, 2, style_of(PAINT_DIM), "no row is shown");
    if (wide && d->above) {
        struct surface bins =
            surface_part(s, d->above - 1, list.cols + 2, s->rows - d->above + 1, BINS_COLUMNS);

        relative_bins_draw(&d->rows.bins, &bins);
    }
}

static void draw_summary(const struct vocabulary_view *d, const struct surface *s)
{
    const struct vocabulary *v = token_rows_table(&d->rows);
    const char *caveat = vocabulary_caveat_text(v->caveat);
    char *line = token_page_summary(&d->rows), *fit = text_fit(line, "  ", s->cols - 1);

    surface_text(s, 0, 1, style_of(PAINT_TEXT), fit);
    if (caveat)
        surface_field(s, 1, 1, s->cols - 1, false, CUT_END, style_of(PAINT_WARN), caveat);
    else
        surface_field(s, 1, 1, s->cols - 1, false, CUT_END, style_of(PAINT_DIM),
                      "an unmoved or decayed row: no batch of the training held its token");
    g_free(fit);
    g_free(line);
}

static void draw_categories(const struct vocabulary_view *d, const struct surface *s)
{
    struct surface list = surface_part(s, d->above, 0, d->list_rows, s->cols);
    struct surface below =
        surface_part(s, d->above + d->list_rows, 0, s->rows - d->above - d->list_rows, s->cols);

    if (d->above)
        token_page_heading(s, d->above - 1);
    for (int i = 0; i < list.rows && d->categories.top + (guint)i < d->categories.n; i++) {
        guint at = d->categories.top + (guint)i;

        token_page_row(&d->rows, at, &list, i);
        if (at == d->categories.selected)
            mark_selected(&list, i);
    }
    page_draw(&d->page, &below);
}

void vocabulary_draw(const struct view *v, const struct surface *s)
{
    const struct vocabulary_view *d = (const struct vocabulary_view *)v;

    if (view_draw_absent(v, s))
        return;
    if (!vocabulary_ready(d)) {
        surface_text(s, 0, 1, style_of(PAINT_DIM),
                     comparison_scan_running(view_comparison(v))
                         ? "no table of tokens so far; still scanning"
                         : "no embedding whose rows are tokens is known in these files");
        return;
    }
    if (d->above)
        draw_summary(d, s);
    if (d->by_category)
        draw_categories(d, s);
    else
        draw_tokens(d, s);
}
