/* Singular values of one tensor: base, tuned and delta on one plot, and what follows from them. */
#include <math.h>
#include <string.h>

#include "core/escape.h"
#include "core/spectrum_text.h"
#include "tui/entry_text.h"
#include "tui/plot.h"
#include "tui/spectrum_page.h"
#include "tui/units.h"
#include "tui/view_text.h"

#define WIDE 76
#define PAGE_COLUMNS 47
#define PLOT_LEAST 6
#define GUTTER 9 /* labels left of the plot */
#define ABOVE 2  /* identity, sentence */

static const struct {
    const char *name;
    enum paint paint;
    char letter;
} series[SPECTRUM_SIDES] = {
    {"base", PAINT_BASE, 'b'}, {"tuned", PAINT_TUNED, 't'}, {"delta", PAINT_DELTA, 'd'}};

struct spectrum_view {
    struct view view;
    struct page page;
    const struct comparison *of;
    uint32_t entry, preferred;       /* the entry the scan was asked for last */
    const struct spectrum *spectrum; /* borrowed; of the last layout */
    char *message;                   /* why there is none; escaped */
    bool log_x;
    struct {
        int row, col, rows, cols;
    } left, plot;
};

static const struct binding bindings[] = {
    {'[', ACTION_PREVIOUS_LAYER, "[/]", "tensor", "The tensor before, the next one"},
    {']', ACTION_NEXT_LAYER, NULL, NULL, NULL},
    {'L', ACTION_LOG, "L", "log", "Logarithmic or linear index"},
    {KEY_CTRL('c'), ACTION_CANCEL, "^C", NULL, "Stop computing; c computes again"},
    {0, ACTION_NONE, NULL, NULL, NULL},
};

static void spectrum_open(struct view *v, struct model *m)
{
    struct spectrum_view *t = (struct spectrum_view *)v;

    (void)m;
    page_init(&t->page);
    t->entry = t->preferred = PAIR_NONE;
    t->log_x = true; /* a low rank is a matter of the first few */
}

static void spectrum_close(struct view *v)
{
    struct spectrum_view *t = (struct spectrum_view *)v;

    page_finish(&t->page);
    g_free(t->message);
}

/* Layout. */

static void follow(struct spectrum_view *t, const struct comparison *c)
{
    uint32_t entry = t->view.model->entry;

    if (entry >= c->pairing.n_entries)
        entry = 0;
    if (t->of == c && t->entry == entry)
        return;
    if (t->of != c)
        t->preferred = PAIR_NONE;
    t->of = c;
    t->entry = entry;
    t->page.top = 0;
}

static void spectrum_carry(struct view *v, struct view *from)
{
    struct spectrum_view *t = (struct spectrum_view *)v, *f = (struct spectrum_view *)from;

    t->of = view_comparison(v);
    t->entry = f->entry;
    t->page.top = f->page.top;
    t->log_x = f->log_x;
}

static void prefer(struct spectrum_view *t, struct comparison *c)
{
    if (t->preferred == t->entry || entry_summary_of(c, t->entry)->state != ENTRY_WAITING)
        return;
    comparison_scan_prefer(c, &t->entry, 1);
    t->preferred = t->entry;
}

static bool is_matrix(const struct comparison *c, uint32_t entry)
{
    uint64_t rows, cols;

    return spectrum_shape(comparison_tensor(c, entry), comparison_place(c, entry), &rows, &cols);
}

static char *progress_text(const struct comparison *c)
{
    guint step = 0, of = 0;

    comparison_spectrum_running(c, &step, &of);
    return g_strdup_printf("computing: step %u of %u, %s  (^C stops)", step, MAX(of, step),
                           spectrum_step_name(step));
}

/* What stands in place of numbers; asks for them once the scan has read the tensor. */
static char *ask(struct spectrum_view *t, struct comparison *c)
{
    const struct entry_summary *e = entry_summary_of(c, t->entry);
    const char *error = NULL;

    t->spectrum = NULL;
    if (!is_matrix(c, t->entry))
        return g_strdup("no matrix: a spectrum needs two rows and two columns");
    if (e->state == ENTRY_FAILED)
        return escape_text(e->error);
    if (e->state != ENTRY_DONE || !c->pool)
        return g_strdup(entry_state_name(e->state));
    t->spectrum = comparison_spectrum(c, t->entry, &error);
    if (error)
        return escape_text(error);
    return t->spectrum ? spectrum_sentence(c, t->entry, t->spectrum) : progress_text(c);
}

static void place(struct spectrum_view *t, int rows, int cols)
{
    int top = MIN(ABOVE, rows - 1), room = rows - top;

    memset(&t->plot, 0, sizeof t->plot);
    t->left.row = top;
    t->left.col = 0;
    t->left.rows = room;
    t->left.cols = cols;
    if (cols >= WIDE) {
        t->left.cols = PAGE_COLUMNS;
        t->plot.row = top;
        t->plot.col = PAGE_COLUMNS + 1;
        t->plot.cols = cols - t->plot.col - 1;
        t->plot.rows = room;
    } else if (room >= 2 * PLOT_LEAST + 4) {
        t->plot.row = top;
        t->plot.rows = room / 2;
        t->plot.cols = cols;
        t->left.row = top + t->plot.rows;
        t->left.rows = room - t->plot.rows;
    }
}

static void spectrum_layout(struct view *v, int rows, int cols)
{
    struct spectrum_view *t = (struct spectrum_view *)v;
    struct comparison *c = view_comparison(v);

    t->spectrum = NULL;
    if (!c || !c->pairing.n_entries) {
        t->of = NULL;
        return;
    }
    follow(t, c);
    prefer(t, c);
    g_free(t->message);
    t->message = ask(t, c);
    place(t, rows, cols);
    if (t->spectrum)
        spectrum_page_make(&t->page, t->spectrum, t->left.cols);
    else
        page_clear(&t->page);
    page_layout(&t->page, t->left.rows);
}

/* Drawing. */

static void draw_identity(const struct spectrum_view *t, const struct surface *s)
{
    const struct tensor *tensor = comparison_tensor(t->of, t->entry);
    char *name = entry_name(t->of, t->entry, 0), shape[256], dtype[24], facts[512];
    uint64_t rows, cols;
    int columns;

    g_snprintf(facts, sizeof facts, "%s %s",
               unit_shape(shape, sizeof shape, tensor->dim, tensor->rank),
               entry_dtype(t->of, t->entry, dtype, sizeof dtype));
    if (tensor->rank != 2 &&
        spectrum_shape(tensor, comparison_place(t->of, t->entry), &rows, &cols))
        g_snprintf(facts + strlen(facts), sizeof facts - strlen(facts),
                   " as %" G_GUINT64_FORMAT " x %" G_GUINT64_FORMAT, rows, cols);
    columns = MIN(text_columns(facts), s->cols / 2);
    surface_field(s, 0, 1, MIN(text_columns(name), s->cols - columns - 3), false, CUT_MIDDLE,
                  style_of(PAINT_TITLE), name);
    surface_field(s, 0, s->cols - columns, columns, true, CUT_END, style_of(PAINT_TEXT), facts);
    g_free(name);
}

static struct plot_range range_of(const struct spectrum_view *t)
{
    struct plot_range r = {.x_low = 1, .x_high = 1, .y_low = INFINITY, .log_x = t->log_x};

    for (int i = 0; i < SPECTRUM_SIDES; i++) {
        const struct spectrum_side *s = &t->spectrum->side[i];

        if (!s->n || !s->rank)
            continue;
        r.x_high = fmax(r.x_high, s->n);
        r.y_high = fmax(r.y_high, s->sigma[0]);
        r.y_low = fmin(r.y_low, s->sigma[s->rank - 1]);
    }
    if (!(r.y_low < r.y_high))
        r.y_low = r.y_high / 10;
    return r;
}

static void draw_axes(const struct spectrum_view *t, const struct surface *s,
                      const struct plot_range *r)
{
    const char *title = t->log_x ? "index, log" : "index";
    char text[UNIT_BYTES];
    int bottom = s->rows - 1, col = 0;

    for (int i = 0; i < SPECTRUM_SIDES; i++) {
        if (!t->spectrum->side[i].n)
            continue;
        surface_glyph(s, 0, col, (struct style){PAINT_TEXT, (guint8)series[i].paint, 0},
                      (gunichar)series[i].letter);
        col = surface_print(s, 0, col + 1, style_of(PAINT_TEXT), " %s  ", series[i].name);
    }
    if (s->canvas->ascii)
        col = surface_print(s, 0, col, style_of(PAINT_DIM), "@ more  ");
    surface_text(s, 0, col, style_of(PAINT_DIM), "log");
    surface_field(s, 1, 0, GUTTER - 1, true, CUT_END, style_of(PAINT_DIM),
                  unit_value(text, r->y_high, GUTTER - 1));
    surface_field(s, bottom - 1, 0, GUTTER - 1, true, CUT_END, style_of(PAINT_DIM),
                  unit_value(text, r->y_low, GUTTER - 1));
    surface_text(s, bottom, GUTTER, style_of(PAINT_DIM), "1");
    surface_text(s, bottom, GUTTER + (s->cols - GUTTER - text_columns(title)) / 2,
                 style_of(PAINT_DIM), title);
    unit_value(text, r->x_high, 8);
    surface_text(s, bottom, s->cols - text_columns(text), style_of(PAINT_DIM), text);
}

static void draw_plot(const struct spectrum_view *t, const struct surface *s)
{
    struct plot_curve curves[SPECTRUM_SIDES];
    struct plot_range range = range_of(t);
    struct surface inner = surface_part(s, 1, GUTTER, s->rows - 2, s->cols - GUTTER);

    if (s->rows < PLOT_LEAST || s->cols < 2 * GUTTER || !(range.y_high > 0))
        return;
    /* Values beyond the rank are rounding. */
    for (int i = 0; i < SPECTRUM_SIDES; i++) {
        const struct spectrum_side *side = &t->spectrum->side[i];

        curves[i] = (struct plot_curve){side->sigma, side->rank, series[i].paint, series[i].letter,
                                        NULL};
    }
    plot_curves(&inner, curves, SPECTRUM_SIDES, &range);
    draw_axes(t, s, &range);
}

static void spectrum_draw(const struct view *v, const struct surface *s)
{
    const struct spectrum_view *t = (const struct spectrum_view *)v;
    struct surface left, plot;

    if (view_draw_absent(v, s))
        return;
    if (!t->of || t->of != view_comparison(v)) {
        surface_text(s, 0, 1, style_of(PAINT_DIM), "no tensors");
        return;
    }
    surface_cursor(s, 0, 0);
    if (s->rows > 1)
        draw_identity(t, s);
    if (s->rows > ABOVE && t->message)
        surface_field(s, 1, 1, s->cols - 1, false, CUT_END,
                      style_of(t->spectrum ? PAINT_TITLE : PAINT_WARN), t->message);
    if (!t->spectrum)
        return;
    left = surface_part(s, t->left.row, t->left.col, t->left.rows, t->left.cols);
    plot = surface_part(s, t->plot.row, t->plot.col, t->plot.rows, t->plot.cols);
    page_draw(&t->page, &left);
    draw_plot(t, &plot);
}

static enum reply spectrum_act(struct view *v, struct app *app, int action)
{
    struct spectrum_view *t = (struct spectrum_view *)v;
    const struct comparison *c = view_comparison(v);
    uint32_t n;

    (void)app;
    if (!c || !c->pairing.n_entries || t->of != c)
        return REPLY_IGNORED;
    n = c->pairing.n_entries;
    switch (action) {
    case ACTION_PREVIOUS_LAYER:
        view_set_entry(v, (t->entry + n - 1) % n);
        return REPLY_DONE;
    case ACTION_NEXT_LAYER:
        view_set_entry(v, (t->entry + 1) % n);
        return REPLY_DONE;
    case ACTION_LOG:
        t->log_x = !t->log_x;
        return REPLY_DONE;
    default:
        return page_act(&t->page, action) ? REPLY_DONE : REPLY_IGNORED;
    }
}

/* What is there, whatever has happened since the last layout; NULL: nothing. */
static const struct spectrum *known(const struct spectrum_view *t)
{
    if (!t->of || t->of != view_comparison(&t->view))
        return NULL;
    return comparison_known_spectrum(t->of, t->entry, NULL);
}

static char *spectrum_status(const struct view *v)
{
    const struct spectrum_view *t = (const struct spectrum_view *)v;
    const struct spectrum *s = known(t);

    if (!view_comparison(v) || t->of != view_comparison(v))
        return view_absent_status(v);
    return g_strdup_printf("tensor %u of %u  %s  index %s", t->entry + 1, t->of->pairing.n_entries,
                           !s        ? "no spectrum yet"
                           : s->gram ? "by the Gram matrix"
                                     : "by a full SVD",
                           t->log_x ? "log" : "linear");
}

static char *spectrum_copy(const struct view *v)
{
    const struct spectrum_view *t = (const struct spectrum_view *)v;
    const struct spectrum *s = known(t);
    char *name, *sentence, *line;

    if (!s)
        return NULL;
    name = entry_name(t->of, t->entry, 0);
    sentence = spectrum_sentence(t->of, t->entry, s);
    line = g_strdup_printf("%s  %s", name, sentence ? sentence : "one side");
    g_free(sentence);
    g_free(name);
    return line;
}

static void spectrum_write(const struct view *v, FILE *out)
{
    const struct spectrum_view *t = (const struct spectrum_view *)v;
    const struct spectrum *s = known(t);
    uint32_t n;
    char *name;

    if (!s)
        return;
    name = entry_name(t->of, t->entry, 0);
    fprintf(out, "# %s, singular values\nindex", name);
    g_free(name);
    n = (uint32_t)MIN(s->rows, s->cols);
    for (int side = 0; side < SPECTRUM_SIDES; side++)
        if (s->side[side].n)
            fprintf(out, "\t%s", series[side].name);
    for (uint32_t i = 0; i < n; i++) {
        fprintf(out, "\n%u", i + 1);
        for (int side = 0; side < SPECTRUM_SIDES; side++)
            if (s->side[side].n)
                fprintf(out, "\t%.17g", s->side[side].sigma[i]);
    }
    fputc('\n', out);
}

const struct view_ops view_spectrum = {
    .name = "spectrum",
    .title = "Spectrum",
    .brief = "Spec",
    .about = "singular values, ranks, new directions",
    .help = "The singular values of one tensor as a matrix, of base, tuned and their difference on "
            "one plot: how many directions it uses, how many of them carry the delta, whether the "
            "top directions of the tuned side are new (intruders) or span the same space "
            "(overlap), and what weight decay alone would explain. Computed in the background "
            "when you look, and kept. Values that the storage can't tell from 0 are not drawn.",
    .bindings = bindings,
    .size = sizeof(struct spectrum_view),
    .open = spectrum_open,
    .close = spectrum_close,
    .carry = spectrum_carry,
    .layout = spectrum_layout,
    .draw = spectrum_draw,
    .act = spectrum_act,
    .status = spectrum_status,
    .copy = spectrum_copy,
    .write = spectrum_write,
};
