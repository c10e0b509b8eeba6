#include "tui/heads_table.h"

#include <math.h>
#include <string.h>

#include "tui/plot.h"
#include "tui/units.h"

#define MARK_COLUMNS 2 /* the cursor's '>' and the gap before the first cell */
#define LABEL_LEAST 5
#define LABEL_MOST 12
#define DIGITS_CELL 6
#define GLYPHS_CELL 3
#define NARROW_CELL 2
#define STAT_COLUMNS 10
#define NUMBERED 5 /* narrow cells have room for every fifth head's number */

static int label_columns(const struct heads_grid *g)
{
    int most = LABEL_LEAST;

    for (guint i = 0; i < g->n_rows; i++)
        most = MAX(most, text_columns(g->rows[i].label));
    return MIN(most, LABEL_MOST);
}

static int first_col(const struct heads_table *t)
{
    return t->label + MARK_COLUMNS + 1;
}

int heads_table_wish(const struct heads_table *t, const struct heads_grid *g, bool roomy)
{
    int cell = t->digits ? DIGITS_CELL : roomy ? GLYPHS_CELL : NARROW_CELL;

    return label_columns(g) + MARK_COLUMNS + 1 + (int)g->columns * cell +
           (roomy ? 2 : 1) * STAT_COLUMNS;
}

/* The means go first, then the gaps between cells, then heads beyond the edge. */
static void fit_cells(struct heads_table *t, const struct heads_grid *g, int cols)
{
    int room = cols - first_col(t), n = (int)g->columns;

    t->cell = t->digits ? DIGITS_CELL : GLYPHS_CELL;
    t->stats = 2;
    if (n * t->cell + 2 * STAT_COLUMNS > room && !t->digits)
        t->cell = NARROW_CELL;
    if (n * t->cell + 2 * STAT_COLUMNS > room)
        t->stats = room >= 2 * STAT_COLUMNS ? 1 : 0;
    room -= t->stats * STAT_COLUMNS;
    t->shown = (guint)CLAMP(room / t->cell, room > 0, n);
}

void heads_table_fit(struct heads_table *t, const struct heads_grid *g, int cols, guint head)
{
    t->label = MIN(label_columns(g), MAX(cols / 4, 2));
    fit_cells(t, g, cols);
    t->left = MIN(t->left, g->columns - t->shown);
    if (head < t->left)
        t->left = head;
    else if (t->shown && head >= t->left + t->shown)
        t->left = head - t->shown + 1;
}

static int col_of(const struct heads_table *t, guint head)
{
    return first_col(t) + (int)(head - t->left) * t->cell;
}

bool heads_table_at(const struct heads_table *t, int col, guint *head)
{
    int at = col - first_col(t);

    if (at < 0 || t->cell <= 0 || at / t->cell >= (int)t->shown)
        return false;
    *head = t->left + (guint)(at / t->cell);
    return true;
}

static int stats_col(const struct heads_table *t)
{
    return first_col(t) + (int)t->shown * t->cell;
}

char *heads_value_text(const struct heads_grid *g, double value, double floor, char *buf)
{
    return g->measure == HEADS_RELATIVE ? unit_relative(buf, value, floor)
                                        : unit_value(buf, value, 8);
}

static void put_stat(const struct heads_table *t, const struct surface *s, int row, int index,
                     enum paint paint, const char *text)
{
    surface_field(s, row, stats_col(t) + index * STAT_COLUMNS, STAT_COLUMNS, true, CUT_END,
                  style_of(paint), text);
}

/* Heads beyond the edges are told by '<' and '>'. */
static void put_edges(const struct heads_table *t, const struct heads_grid *g,
                      const struct surface *s, int row)
{
    if (t->left > 0)
        surface_glyph(s, row, first_col(t) - 1, style_of(PAINT_KEY), '<');
    if (t->left + t->shown < g->columns)
        surface_glyph(s, row, stats_col(t) - 1, style_of(PAINT_KEY), '>');
}

void heads_table_head(const struct heads_table *t, const struct heads_grid *g,
                      const struct surface *s, int row)
{
    struct style dim = style_of(PAINT_DIM);
    int number = t->digits ? t->cell - 1 : t->cell == NARROW_CELL ? 0 : t->cell - 1;

    surface_field(s, row, 1, t->label, false, CUT_END, dim, "block");
    for (guint i = t->left; i < t->left + t->shown; i++) {
        char text[16];

        g_snprintf(text, sizeof text, "%u", i);
        if (number && (int)strlen(text) <= number)
            surface_field(s, row, col_of(t, i), number, t->digits, CUT_END, dim, text);
        else if (i % NUMBERED == 0 && col_of(t, i) + (int)strlen(text) <= stats_col(t))
            surface_text(s, row, col_of(t, i), dim, text);
    }
    if (t->stats == 2)
        put_stat(t, s, row, 0, PAINT_DIM, "mean");
    if (t->stats)
        put_stat(t, s, row, t->stats - 1, PAINT_DIM, "max");
    put_edges(t, g, s, row);
}

static void put_value(const struct heads_table *t, const struct heads_grid *g,
                      const struct surface *s, int row, int col, double value, double floor)
{
    bool below = below_floor(value, floor);
    char buf[UNIT_BYTES];

    if (t->digits) {
        bool percent = g->measure == HEADS_RELATIVE;
        int step = plot_ramp_step(value, g->low, g->high);
        struct style style =
            isnan(value) || below ? style_of(PAINT_DIM) : style_of((enum paint)(PAINT_RAMP + step));

        surface_field(s, row, col, t->cell - 1, true, CUT_END, style,
                      unit_value(buf, percent ? value * 100 : value, t->cell - 1));
        if (below)
            plot_below(s, row, col);
        return;
    }
    for (int i = 0; i < (t->cell > NARROW_CELL ? 2 : 1); i++) {
        if (below)
            plot_below(s, row, col + i);
        else
            plot_heat(s, row, col + i, value, g->low, g->high);
    }
}

static void put_brackets(const struct heads_table *t, const struct surface *s, int row, guint head,
                         gunichar open, gunichar close)
{
    int col = col_of(t, head);

    if (head < t->left || head >= t->left + t->shown)
        return;
    surface_glyph(s, row, col - 1, style_of(PAINT_KEY), open);
    surface_glyph(s, row, col + t->cell - 1, style_of(PAINT_KEY), close);
}

void heads_table_row(const struct heads_table *t, const struct heads_grid *g,
                     const struct heads_row *r, const struct surface *s, int row,
                     const struct heads_marks *marks)
{
    char buf[UNIT_BYTES];

    surface_glyph(s, row, 0, style_of(PAINT_TEXT), marks->selected ? '>' : ' ');
    surface_field(s, row, 1, t->label, false, CUT_MIDDLE,
                  style_of(marks->hit ? PAINT_MATCH : PAINT_TEXT), r->label);
    for (guint i = t->left; i < t->left + t->shown && i < r->n; i++)
        put_value(t, g, s, row, col_of(t, i), r->values[i], r->floors[i]);
    if (t->stats == 2)
        put_stat(t, s, row, 0, PAINT_TEXT, heads_value_text(g, r->mean, r->floor, buf));
    if (t->stats)
        put_stat(t, s, row, t->stats - 1, PAINT_TEXT, heads_value_text(g, r->max, r->floor, buf));
    if (marks->pinned >= 0)
        put_brackets(t, s, row, (guint)marks->pinned, '{', '}');
    if (!marks->selected)
        return;
    put_brackets(t, s, row, marks->head, '[', ']');
    surface_tint(s, row, 0, t->label + 1, style_of(PAINT_CURSOR));
    if (t->shown)
        surface_cursor(s, row, col_of(t, marks->head));
}

void heads_table_foot(const struct heads_table *t, const struct heads_grid *g,
                      const struct surface *s, int row)
{
    double most = NAN;
    char buf[UNIT_BYTES];

    surface_field(s, row, 1, t->label, false, CUT_END, style_of(PAINT_DIM), "max");
    for (guint i = 0; i < g->columns; i++)
        most = fmax(most, g->column_max[i]);
    for (guint i = t->left; i < t->left + t->shown; i++)
        put_value(t, g, s, row, col_of(t, i), g->column_max[i], NAN);
    if (t->stats)
        put_stat(t, s, row, t->stats - 1, PAINT_DIM, heads_value_text(g, most, NAN, buf));
}

/* Where step i of the ramp begins. */
static double edge(const struct heads_grid *g, int i)
{
    return g->low * pow(g->high / g->low, (double)i / PAINT_RAMP_STEPS);
}

/* In as few columns as tell neighbouring steps apart. */
static char *edge_text(const struct heads_grid *g, double value, char *buf)
{
    bool percent = g->measure == HEADS_RELATIVE;

    g_snprintf(buf, UNIT_BYTES, percent ? "%.3g %%" : "%.3g", percent ? value * 100 : value);
    return buf;
}

static int legend_columns(const struct heads_grid *g, int stride)
{
    char buf[UNIT_BYTES];
    int cols = 0;

    for (int i = 0; i < PAINT_RAMP_STEPS; i += stride)
        cols += 4 + text_columns(edge_text(g, edge(g, i), buf));
    return cols + 3 + text_columns(edge_text(g, g->high, buf));
}

void heads_table_legend(const struct heads_table *t, const struct heads_grid *g,
                        const struct surface *s, int row)
{
    int col = surface_text(s, row, 1, style_of(PAINT_DIM), t->digits ? "log ramp  " : "log  ");
    int stride = 1;
    char buf[UNIT_BYTES];

    if (!(g->high > 0)) {
        surface_text(s, row, col, style_of(PAINT_DIM), ". nothing moved");
        return;
    }
    while (stride < PAINT_RAMP_STEPS && col + legend_columns(g, stride) > s->cols)
        stride *= 2;
    for (int i = 0; i < PAINT_RAMP_STEPS; i += stride) {
        plot_heat(s, row, col, edge(g, i) * pow(g->high / g->low, 0.5 / PAINT_RAMP_STEPS), g->low,
                  g->high);
        col = surface_print(s, row, col + 2, style_of(PAINT_TEXT), "%s  ",
                            edge_text(g, edge(g, i), buf));
    }
    col = surface_print(s, row, col - 1, style_of(PAINT_TEXT), ".. %s",
                        edge_text(g, g->high, buf));
    if (heads_grid_any_below(g))
        surface_text(s, row, col + 2, style_of(PAINT_DIM), "< below the storage floor");
}
