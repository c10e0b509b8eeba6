/* Curves in dots: braille, two by four dots a cell. */
#include <math.h>
#include <stdlib.h>

#include "tui/plot.h"

#define BRAILLE 0x2800
#define LETTER_EVERY 14 /* cells */

/* The dots of a braille cell, by row and column. */
static const guint8 dot_bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};

struct grid {
    const struct surface *surface;
    const struct plot_range *range;
    int across, down; /* dots a cell */
    guint8 *dots;     /* [rows * cols] bits of the cell */
    guint32 *curves;  /* [rows * cols] which curves are in it */
};

static double share_x(const struct plot_range *r, double x)
{
    if (!(r->x_high > r->x_low))
        return 0.5;
    return r->log_x ? log(x / r->x_low) / log(r->x_high / r->x_low)
                    : (x - r->x_low) / (r->x_high - r->x_low);
}

/* From the top. */
static double share_y(const struct plot_range *r, double y)
{
    return r->linear_y ? (r->y_high - y) / (r->y_high - r->y_low)
                       : log(r->y_high / y) / log(r->y_high / r->y_low);
}

/* Rounded to a dot; false: outside. */
static bool dot_of(const struct grid *g, double x, double y, int *col, int *row)
{
    const struct plot_range *r = g->range;
    int most_col = g->surface->cols * g->across - 1, most_row = g->surface->rows * g->down - 1;

    if (!(y >= r->y_low && y <= r->y_high) || x < r->x_low || x > r->x_high)
        return false;
    *col = (int)lround(share_x(r, x) * most_col);
    *row = (int)lround(share_y(r, y) * most_row);
    return true;
}

static void set_dot(struct grid *g, int curve, int col, int row)
{
    int cell = row / g->down * g->surface->cols + col / g->across;

    g->dots[cell] |= dot_bits[row % g->down][col % g->across];
    g->curves[cell] |= 1u << curve;
}

static void set_line(struct grid *g, int curve, int col, int row, int to_col, int to_row)
{
    int steps = MAX(MAX(abs(to_col - col), abs(to_row - row)), 1);

    for (int i = 0; i <= steps; i++)
        set_dot(g, curve, col + (to_col - col) * i / steps, row + (to_row - row) * i / steps);
}

static void set_curve(struct grid *g, int curve, const struct plot_curve *c)
{
    int last_col = -1, last_row = -1;

    for (guint i = 0; i < c->n; i++) {
        int col, row;

        if (!dot_of(g, c->x ? c->x[i] : i + 1.0, c->y[i], &col, &row)) {
            last_col = -1;
            continue;
        }
        set_line(g, curve, last_col < 0 ? col : last_col, last_col < 0 ? row : last_row, col, row);
        last_col = col;
        last_row = row;
    }
}

/* The curve that is alone in a cell; -1: several. */
static int curve_in(guint32 curves)
{
    return (curves & (curves - 1)) ? -1 : g_bit_nth_lsf((gulong)curves, -1);
}

static void draw_cell(const struct grid *g, const struct plot_curve *curves, int row, int col)
{
    int cell = row * g->surface->cols + col, only;
    bool ascii = g->surface->canvas->ascii;

    if (!g->curves[cell])
        return;
    only = curve_in(g->curves[cell]);
    surface_glyph(g->surface, row, col, style_of(only < 0 ? PAINT_TEXT : curves[only].paint),
                  !ascii     ? BRAILLE + (gunichar)g->dots[cell]
                  : only < 0 ? '@'
                             : (gunichar)curves[only].letter);
}

/* So that curves are told apart without colours. */
static void draw_letters(const struct grid *g, const struct plot_curve *curves, int curve,
                         int n_curves)
{
    int first = LETTER_EVERY * (curve + 1) / (n_curves + 1);

    for (int col = first; col < g->surface->cols; col += LETTER_EVERY)
        for (int row = 0; row < g->surface->rows; row++)
            if (curve_in(g->curves[row * g->surface->cols + col]) == curve &&
                g->curves[row * g->surface->cols + col]) {
                surface_glyph(g->surface, row, col, style_of(curves[curve].paint),
                              (gunichar)curves[curve].letter);
                break;
            }
}

void plot_curves(const struct surface *s, const struct plot_curve *curves, int n_curves,
                 const struct plot_range *range)
{
    gsize cells = (gsize)MAX(s->rows, 0) * (gsize)MAX(s->cols, 0);
    bool ascii = s->canvas->ascii;
    struct grid g = {s, range, ascii ? 1 : 2, ascii ? 1 : 4, NULL, NULL};

    if (!cells || !(range->linear_y || range->y_low > 0) || !(range->y_high > range->y_low))
        return;
    n_curves = MIN(n_curves, PLOT_MOST_CURVES);
    g.dots = g_new0(guint8, cells);
    g.curves = g_new0(guint32, cells);
    for (int k = 0; k < n_curves; k++)
        set_curve(&g, k, &curves[k]);
    for (int row = 0; row < s->rows; row++)
        for (int col = 0; col < s->cols; col++)
            draw_cell(&g, curves, row, col);
    for (int k = 0; k < n_curves && !ascii; k++)
        draw_letters(&g, curves, k, n_curves);
    g_free(g.dots);
    g_free(g.curves);
}
