/* A grid of cells that views draw into. No curses here: a screen is a value that tests compare.
 *
 * A surface is a rectangle of a canvas; drawing outside of it is cut. Text given as UTF-8 must be
 * safe to show already (core/escape.h for anything from a file). One thread. */
#ifndef TARE_TUI_SURFACE_H
#define TARE_TUI_SURFACE_H

#include <glib.h>
#include <stdbool.h>

/* What a cell means; the theme turns it into colours or, without colour, into nothing: no meaning
 * may hang on a colour alone. */
enum paint {
    PAINT_TEXT,
    PAINT_DIM,    /* rules, labels, what matters less */
    PAINT_TITLE,  /* headings: bold in mono */
    PAINT_CURSOR, /* the selected row: reverse in mono */
    PAINT_KEY,    /* a key in a hint */
    PAINT_GOOD,
    PAINT_WARN,
    PAINT_BAD,
    PAINT_BASE, /* the series of the base, the tuned side, the delta */
    PAINT_TUNED,
    PAINT_DELTA,
    PAINT_MATCH, /* a search hit */
    PAINT_RAMP,  /* PAINT_RAMP + 0..PAINT_RAMP_STEPS-1: low to high */
    PAINT_RAMP_STEPS = 8,
    PAINT_COUNT = PAINT_RAMP + PAINT_RAMP_STEPS
};

#define ATTR_BOLD 1u
#define ATTR_REVERSE 2u
#define ATTR_UNDERLINE 4u

struct style {
    guint8 fg, bg; /* enum paint; bg PAINT_TEXT = the terminal's own background */
    guint8 attrs;
};

#define CELL_COMBINING 4 /* as many as core/escape.h lets through */

struct cell {
    gunichar ch;                        /* 0: right half of the wide character before */
    gunichar combining[CELL_COMBINING]; /* 0: none */
    struct style style;
};

struct canvas {
    int rows, cols;
    struct cell *cells;         /* [rows * cols] */
    bool ascii;                 /* only 7-bit glyphs may be drawn */
    int cursor_row, cursor_col; /* where the hardware cursor parks; -1: nowhere */
};

struct surface {
    struct canvas *canvas;
    int row, col, rows, cols; /* the rectangle, already inside the canvas */
};

struct canvas *canvas_create(int rows, int cols, bool ascii);
void canvas_destroy(struct canvas *c);
/* Blank cells in PAINT_TEXT, no cursor. */
void canvas_clear(struct canvas *c);
struct surface canvas_surface(struct canvas *c);

/* The part of s at (row, col) of that size, cut to s. Size 0 is fine. */
struct surface surface_part(const struct surface *s, int row, int col, int rows, int cols);

static inline struct style style_of(enum paint fg)
{
    return (struct style){(guint8)fg, PAINT_TEXT, 0};
}

/* Columns that UTF-8 text takes. */
int text_columns(const char *utf8);
/* Bytes of the longest head, start of the longest tail, that take at most `columns`. */
gsize text_head(const char *utf8, int columns);
const char *text_tail(const char *utf8, int columns);

/* The items of a text, set apart by `gap`, that fit into `columns` whole, in their order; owned. */
char *text_fit(const char *utf8, const char *gap, int columns);

/* Draws text from (row, col), cut at the surface's right edge; returns the column after it. */
/* On an ASCII canvas, lines, blocks and arrows become their 7-bit stand-ins, other characters '?'.
 */
int surface_text(const struct surface *s, int row, int col, struct style style, const char *utf8);
int surface_print(const struct surface *s, int row, int col, struct style style, const char *format,
                  ...) G_GNUC_PRINTF(5, 6);
/* In exactly `width` columns: left- or right-aligned; too long text is cut with '~' (left: at its
 * end) or, for names, in the middle. */
enum cut { CUT_END, CUT_MIDDLE };
void surface_field(const struct surface *s, int row, int col, int width, bool right, enum cut cut,
                   struct style style, const char *utf8);
void surface_glyph(const struct surface *s, int row, int col, struct style style, gunichar ch);
void surface_fill(const struct surface *s, int row, int col, int rows, int cols, struct style style,
                  gunichar ch);
/* A horizontal rule with an optional title set into it. */
void surface_rule(const struct surface *s, int row, const char *title);
/* Repaints what is there (the cursor row), glyphs stay. */
void surface_tint(const struct surface *s, int row, int col, int cols, struct style style);
/* Parks the hardware cursor. */
void surface_cursor(const struct surface *s, int row, int col);

#endif
