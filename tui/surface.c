#include "tui/surface.h"

#include <stdarg.h>
#include <string.h>

/* One character with what hangs on it. */
struct glyph {
    gunichar ch;
    gunichar combining[CELL_COMBINING];
    int columns;
};

static gunichar char_next(const char **p)
{
    gunichar c = g_utf8_get_char_validated(*p, -1);

    if (c == (gunichar)-1 || c == (gunichar)-2) {
        (*p)++;
        return '?';
    }
    *p = g_utf8_next_char(*p);
    /* Never reached by escaped text; nothing may move the cursor whatever a caller forgot. */
    return c < ' ' || (c >= 0x7f && c < 0xa0) ? '?' : c;
}

static const char *glyph_next(const char *p, struct glyph *g)
{
    int marks = 0;

    *g = (struct glyph){.ch = char_next(&p)};
    if (g_unichar_iszerowidth(g->ch))
        g->ch = '?';
    g->columns = g_unichar_iswide(g->ch) ? 2 : 1;
    while (*p) {
        const char *after = p;
        gunichar c = char_next(&after);

        if (!g_unichar_iszerowidth(c))
            break;
        if (marks < CELL_COMBINING)
            g->combining[marks++] = c;
        p = after;
    }
    return p;
}

/* What stands for a glyph where only 7 bits are. */
static gunichar ascii_of(gunichar c)
{
    static const struct {
        gunichar first, last;
        char ascii;
    } ranges[] = {
        {0x00b1, 0x00b1, '~'}, {0x00b7, 0x00b7, '.'}, {0x00d7, 0x00d7, 'x'}, {0x2013, 0x2015, '-'},
        {0x2022, 0x2022, '*'}, {0x2026, 0x2026, '~'}, {0x2190, 0x2190, '<'}, {0x2191, 0x2191, '^'},
        {0x2192, 0x2192, '>'}, {0x2193, 0x2193, 'v'}, {0x2500, 0x2501, '-'}, {0x2502, 0x2503, '|'},
        {0x2504, 0x257f, '+'}, {0x2580, 0x2580, '^'}, {0x2581, 0x2583, '_'}, {0x2584, 0x259f, '#'},
        {0x25b2, 0x25b5, '^'}, {0x25b6, 0x25bb, '>'}, {0x25bc, 0x25bf, 'v'}, {0x25c0, 0x25c5, '<'},
        {0x2801, 0x28ff, '*'},
    };

    if (c < 0x7f)
        return c;
    for (gsize i = 0; i < G_N_ELEMENTS(ranges); i++)
        if (c >= ranges[i].first && c <= ranges[i].last)
            return (gunichar)ranges[i].ascii;
    return '?';
}

struct canvas *canvas_create(int rows, int cols, bool ascii)
{
    struct canvas *c = g_new0(struct canvas, 1);

    c->rows = MAX(rows, 0);
    c->cols = MAX(cols, 0);
    c->ascii = ascii;
    c->cells = g_new(struct cell, (gsize)c->rows * (gsize)c->cols + 1);
    canvas_clear(c);
    return c;
}

void canvas_destroy(struct canvas *c)
{
    if (!c)
        return;
    g_free(c->cells);
    g_free(c);
}

void canvas_clear(struct canvas *c)
{
    gsize n = (gsize)c->rows * (gsize)c->cols;

    for (gsize i = 0; i < n; i++)
        c->cells[i] = (struct cell){.ch = ' ', .style = {PAINT_TEXT, PAINT_TEXT, 0}};
    c->cursor_row = c->cursor_col = -1;
}

struct surface canvas_surface(struct canvas *c)
{
    return (struct surface){c, 0, 0, c->rows, c->cols};
}

struct surface surface_part(const struct surface *s, int row, int col, int rows, int cols)
{
    int top = CLAMP(row, 0, s->rows), left = CLAMP(col, 0, s->cols);
    int bottom = row + MAX(rows, 0), right = col + MAX(cols, 0);

    bottom = CLAMP(bottom, top, s->rows);
    right = CLAMP(right, left, s->cols);
    return (struct surface){s->canvas, s->row + top, s->col + left, bottom - top, right - left};
}

/* The cell of the canvas, NULL outside of the surface. */
static struct cell *cell_at(const struct surface *s, int row, int col)
{
    if (row < 0 || col < 0 || row >= s->rows || col >= s->cols)
        return NULL;
    return &s->canvas
                ->cells[(gsize)(s->row + row) * (gsize)s->canvas->cols + (gsize)(s->col + col)];
}

/* Overwriting one half of a wide character leaves no half behind, in the whole canvas. */
static void free_cell(struct canvas *c, struct cell *cell)
{
    int col = (int)((cell - c->cells) % c->cols);

    if (!cell->ch && col > 0)
        cell[-1].ch = ' ';
    if (col + 1 < c->cols && cell[1].ch == 0 && cell->ch)
        cell[1].ch = ' ';
}

static void put(const struct surface *s, int row, int col, struct style style,
                const struct glyph *g)
{
    struct cell *cell = cell_at(s, row, col);
    struct cell *half = g->columns == 2 ? cell_at(s, row, col + 1) : NULL;

    if (!cell)
        return;
    free_cell(s->canvas, cell);
    *cell = (struct cell){.ch = g->ch, .style = style};
    memcpy(cell->combining, g->combining, sizeof cell->combining);
    if (s->canvas->ascii) {
        cell->ch = g->combining[0] ? '?' : ascii_of(g->ch);
        memset(cell->combining, 0, sizeof cell->combining);
    }
    if (g->columns == 1)
        return;
    if (half) {
        free_cell(s->canvas, half);
        *half = (struct cell){.ch = s->canvas->ascii ? '?' : 0, .style = style};
    } else {
        cell->ch = '~'; /* no room for the other half */
        memset(cell->combining, 0, sizeof cell->combining);
    }
}

int text_columns(const char *utf8)
{
    struct glyph g;
    int columns = 0;

    for (const char *p = utf8; *p; columns += g.columns)
        p = glyph_next(p, &g);
    return columns;
}

char *text_fit(const char *utf8, const char *gap, int columns)
{
    GString *out = g_string_new(NULL);
    char **items = g_strsplit(utf8, gap, -1);
    int used = 0;

    for (char **item = items; *item; item++) {
        const char *between = out->len ? gap : "";
        int width = text_columns(between) + text_columns(*item);

        if (used + width > columns)
            continue;
        g_string_append_printf(out, "%s%s", between, *item);
        used += width;
    }
    g_strfreev(items);
    return g_string_free(out, FALSE);
}

int surface_text(const struct surface *s, int row, int col, struct style style, const char *utf8)
{
    struct glyph g;

    for (const char *p = utf8; *p && col < s->cols; col += g.columns) {
        p = glyph_next(p, &g);
        put(s, row, col, style, &g);
    }
    return col;
}

int surface_print(const struct surface *s, int row, int col, struct style style, const char *format,
                  ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    col = surface_text(s, row, col, style, text);
    g_free(text);
    return col;
}

/* The start of the text's tail that takes at most `columns`. */
static const char *text_tail(const char *utf8, int columns)
{
    int drop = text_columns(utf8) - columns;
    struct glyph g;

    while (drop > 0) {
        utf8 = glyph_next(utf8, &g);
        drop -= g.columns;
    }
    return utf8;
}

static void field_cut(const struct surface *field, enum cut cut, struct style style,
                      const char *utf8)
{
    int head = cut == CUT_MIDDLE ? field->cols / 2 : field->cols - 1;
    struct surface left = surface_part(field, 0, 0, 1, head);
    int col;

    surface_text(&left, 0, 0, style, utf8);
    surface_glyph(field, 0, head, style, '~');
    if (cut == CUT_MIDDLE) {
        const char *tail = text_tail(utf8, field->cols - head - 1);

        col = field->cols - text_columns(tail);
        surface_text(field, 0, col, style, tail);
    }
}

void surface_field(const struct surface *s, int row, int col, int width, bool right, enum cut cut,
                   struct style style, const char *utf8)
{
    struct surface field;
    int columns = text_columns(utf8);

    /* Cut at the surface's edge first, so that the '~' is in sight. */
    width = MIN(width, s->cols - col);
    if (width <= 0 || row < 0 || row >= s->rows)
        return;
    field = surface_part(s, row, col, 1, width);
    surface_fill(&field, 0, 0, 1, width, style, ' ');
    if (columns > width)
        field_cut(&field, cut, style, utf8);
    else
        surface_text(&field, 0, right ? width - columns : 0, style, utf8);
}

void surface_glyph(const struct surface *s, int row, int col, struct style style, gunichar ch)
{
    struct glyph g = {.ch = ch, .columns = g_unichar_iswide(ch) ? 2 : 1};

    put(s, row, col, style, &g);
}

void surface_fill(const struct surface *s, int row, int col, int rows, int cols, struct style style,
                  gunichar ch)
{
    struct surface part = surface_part(s, row, col, rows, cols);
    struct glyph g = {.ch = ch, .columns = 1};

    for (int r = 0; r < part.rows; r++)
        for (int c = 0; c < part.cols; c++)
            put(&part, r, c, style, &g);
}

void surface_rule(const struct surface *s, int row, const char *title)
{
    int col, width;

    surface_fill(s, row, 0, 1, s->cols, style_of(PAINT_DIM), 0x2500);
    if (!title || !*title || s->cols < 6)
        return;
    surface_glyph(s, row, 2, style_of(PAINT_DIM), ' ');
    width = MIN(text_columns(title), s->cols - 5);
    surface_field(s, row, 3, width, false, CUT_MIDDLE, style_of(PAINT_TITLE), title);
    col = 3 + width;
    surface_glyph(s, row, col, style_of(PAINT_DIM), ' ');
}

void surface_tint(const struct surface *s, int row, int col, int cols, struct style style)
{
    for (int c = MAX(col, 0); c < col + cols; c++) {
        struct cell *cell = cell_at(s, row, c);

        if (cell)
            cell->style = style;
    }
}

void surface_cursor(const struct surface *s, int row, int col)
{
    if (!cell_at(s, row, col))
        return;
    s->canvas->cursor_row = s->row + row;
    s->canvas->cursor_col = s->col + col;
}
