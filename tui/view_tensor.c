/* One tensor of both files: its statistics, its histogram, its largest weights. */
#include <math.h>
#include <string.h>

#include "core/escape.h"
#include "tui/entry_text.h"
#include "tui/tensor_histogram.h"
#include "tui/tensor_page.h"
#include "tui/units.h"
#include "tui/view_text.h"

#define WIDE 76
#define PLOT_LEAST 8
#define STACKED_PLOT_ROWS 9

struct tensor_view {
    struct view view;
    struct page page;  /* statistics */
    struct page below; /* under the histogram: read-out, shifts */
    struct histogram histogram;
    const struct comparison *of;
    uint32_t entry;
    uint32_t preferred; /* the entry the scan was asked for last */
    bool exact;         /* the numbers shown are exact */
    char *exact_error;  /* why they are not; escaped */
    struct {
        int row, col, rows, cols;
    } left, plot, under;
};

static const struct binding bindings[] = {
    {'h', ACTION_LEFT, "h/l, Left/Right", "bin", "Move the bin cursor left or right"},
    {KEY_ARROW_LEFT, ACTION_LEFT, NULL, NULL, NULL},
    {'l', ACTION_RIGHT, NULL, NULL, NULL},
    {KEY_ARROW_RIGHT, ACTION_RIGHT, NULL, NULL, NULL},
    {'[', ACTION_PREVIOUS_LAYER, "[/]", "tensor", "The tensor before, the next one"},
    {']', ACTION_NEXT_LAYER, NULL, NULL, NULL},
    {'d', ACTION_MODE, "d", "mode", "Histogram of both, base, tuned, delta"},
    {'L', ACTION_LOG, "L", "log", "Logarithmic or linear counts"},
    {'+', ACTION_ZOOM_IN, "+/-", "zoom", "Show half the range around the cursor, or twice of it"},
    {'=', ACTION_ZOOM_IN, NULL, NULL, NULL},
    {'-', ACTION_ZOOM_OUT, NULL, NULL, NULL},
    {'0', ACTION_ZOOM_RESET, "0", NULL, "Show the whole range"},
    {0, ACTION_NONE, NULL, NULL, NULL},
};

static void tensor_open(struct view *v, struct model *m)
{
    struct tensor_view *t = (struct tensor_view *)v;

    (void)m;
    page_init(&t->page);
    page_init(&t->below);
    histogram_init(&t->histogram);
    t->entry = t->preferred = PAIR_NONE;
}

static void tensor_close(struct view *v)
{
    struct tensor_view *t = (struct tensor_view *)v;

    page_finish(&t->page);
    page_finish(&t->below);
    histogram_finish(&t->histogram);
    g_free(t->exact_error);
}

/* Layout. */

static void follow(struct tensor_view *t, const struct comparison *c)
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
    histogram_reset(&t->histogram);
}

static void tensor_carry(struct view *v, struct view *from)
{
    struct tensor_view *t = (struct tensor_view *)v, *f = (struct tensor_view *)from;

    t->of = view_comparison(v);
    t->entry = f->entry;
    t->page.top = f->page.top;
}

static bool has_numbers(const struct tensor_view *t)
{
    return t->of && t->entry < t->of->pairing.n_entries &&
           entry_summary_of(t->of, t->entry)->state == ENTRY_DONE;
}

/* Asks the scan for this tensor next, once. */
static void prefer(struct tensor_view *t, struct comparison *c)
{
    if (t->preferred == t->entry || entry_summary_of(c, t->entry)->state != ENTRY_WAITING)
        return;
    comparison_scan_prefer(c, &t->entry, 1);
    t->preferred = t->entry;
}

/* The exact numbers, asked for in the background once the scan has read the tensor. */
static const struct exact_result *ask_exact(struct tensor_view *t, struct comparison *c)
{
    const struct exact_result *x;
    const char *error = NULL;

    g_clear_pointer(&t->exact_error, g_free);
    t->exact = false;
    if (!has_numbers(t) || !c->pool || !comparison_tensor(c, t->entry)->elems)
        return NULL;
    x = comparison_exact(c, t->entry, &error);
    if (error)
        t->exact_error = escape_text(error);
    t->exact = x != NULL;
    return x;
}

static int left_columns(int cols)
{
    return cols >= 150 ? 66 : cols >= 100 ? 52 : 46;
}

static void place(struct tensor_view *t, int rows, int cols)
{
    int top = rows > 1 ? 1 : 0, room = rows - top;

    memset(&t->plot, 0, sizeof t->plot);
    memset(&t->under, 0, sizeof t->under);
    t->left.row = top;
    t->left.col = 0;
    t->left.rows = room;
    t->left.cols = cols;
    if (!has_numbers(t))
        return;
    if (cols >= WIDE) {
        t->left.cols = left_columns(cols);
        t->plot.row = top;
        t->plot.col = t->left.cols + 2;
        t->plot.cols = cols - t->plot.col - 1;
        t->plot.rows = room;
    } else if (room >= 2 * STACKED_PLOT_ROWS) {
        t->left.rows = room - STACKED_PLOT_ROWS - 2;
        t->plot.row = top + t->left.rows;
        t->plot.cols = cols;
        t->plot.rows = room - t->left.rows;
    }
}

static void make_below(struct tensor_view *t, const struct exact_result *exact)
{
    const struct histogram *h = &t->histogram;
    struct page *p = &t->below;
    char *text = histogram_bin_text(h), top[UNIT_BYTES];
    const struct scan_result *r;

    page_clear(p);
    if (!h->n || !has_numbers(t)) {
        g_free(text);
        return;
    }
    r = &entry_summary_of(t->of, t->entry)->result;
    page_print(p, PAINT_TEXT, "%s", text);
    g_free(text);
    for (int i = 0; i < h->n_series; i++) {
        text = histogram_count_text(h, i);
        page_print(p, h->series[i].paint, "%s", text);
        g_free(text);
    }
    page_print(p, PAINT_DIM, "top %s  %s", unit_count(top, (guint64)histogram_top(h)),
               h->exact ? "exact" : "sketch, within 1.5 %");
    if (t->exact_error)
        page_wrap(p, t->plot.cols, 0, NULL, PAINT_BAD, t->exact_error);
    tensor_page_shifts(p, r, exact, t->plot.cols);
    if (r->has_delta && t->plot.rows > 24)
        page_wrap(p, t->plot.cols, 0, NULL, PAINT_DIM,
                  "Equal histograms do not mean equal weights: the delta (d) tells.");
}

/* What does not fit below the plot is cut from its end. */
static void split_plot(struct tensor_view *t)
{
    int below = CLAMP((int)t->below.lines->len, 0, MAX(t->plot.rows - PLOT_LEAST, 0));

    t->under = t->plot;
    t->under.rows = below;
    t->under.row = t->plot.row + t->plot.rows - below;
    t->plot.rows -= below;
    page_layout(&t->below, below);
}

static void tensor_layout(struct view *v, int rows, int cols)
{
    struct tensor_view *t = (struct tensor_view *)v;
    struct comparison *c = view_comparison(v);
    const struct exact_result *exact;

    if (!c || !c->pairing.n_entries) {
        t->of = NULL;
        return;
    }
    follow(t, c);
    prefer(t, c);
    exact = ask_exact(t, c);
    place(t, rows, cols);
    tensor_page_make(&t->page, c, t->entry, exact, t->left.cols);
    page_layout(&t->page, t->left.rows);
    histogram_finish(&t->histogram);
    if (has_numbers(t) && t->plot.rows >= PLOT_LEAST)
        histogram_fill(&t->histogram, &entry_summary_of(c, t->entry)->result, exact, t->plot.cols);
    make_below(t, exact);
    split_plot(t);
}

/* Drawing. */

static void draw_identity(const struct tensor_view *t, const struct surface *s)
{
    const struct tensor *tensor = comparison_tensor(t->of, t->entry);
    GString *flags = g_string_new(NULL);
    char *name = entry_name(t->of, t->entry, 0), *facts;
    char shape[256], dtype[24];
    int columns;

    entry_flags(t->of, t->entry, 0, flags);
    facts =
        g_strdup_printf("%s %s %s  %s", unit_shape(shape, sizeof shape, tensor->dim, tensor->rank),
                        entry_dtype(t->of, t->entry, dtype, sizeof dtype),
                        tensor_kind_name(tensor->kind), flags->str);
    columns = MIN(text_columns(facts), s->cols / 2);
    surface_field(s, 0, 1, MIN(text_columns(name), s->cols - columns - 3), false, CUT_MIDDLE,
                  style_of(PAINT_TITLE), name);
    surface_field(s, 0, s->cols - columns, columns, true, CUT_END, style_of(PAINT_TEXT), facts);
    g_string_free(flags, TRUE);
    g_free(facts);
    g_free(name);
}

static void tensor_draw(const struct view *v, const struct surface *s)
{
    const struct tensor_view *t = (const struct tensor_view *)v;
    struct surface left, plot, under;

    if (view_draw_absent(v, s))
        return;
    if (!t->of || t->of != view_comparison(v)) {
        surface_text(s, 0, 1, style_of(PAINT_DIM), "no tensors");
        return;
    }
    left = surface_part(s, t->left.row, t->left.col, t->left.rows, t->left.cols);
    plot = surface_part(s, t->plot.row, t->plot.col, t->plot.rows, t->plot.cols);
    under = surface_part(s, t->under.row, t->under.col, t->under.rows, t->under.cols);
    surface_cursor(s, 0, 0);
    if (s->rows > 1)
        draw_identity(t, s);
    page_draw(&t->page, &left);
    histogram_draw(&t->histogram, &plot);
    page_draw(&t->below, &under);
}

static enum reply tensor_act(struct view *v, struct app *app, int action)
{
    struct tensor_view *t = (struct tensor_view *)v;
    const struct comparison *c = view_comparison(v);

    (void)app;
    if (!c || !c->pairing.n_entries || t->of != c)
        return REPLY_IGNORED;
    if (action == ACTION_PREVIOUS_LAYER || action == ACTION_NEXT_LAYER) {
        uint32_t n = c->pairing.n_entries;

        view_set_entry(v, (t->entry + (action == ACTION_NEXT_LAYER ? 1 : n - 1)) % n);
        return REPLY_DONE;
    }
    if (histogram_act(&t->histogram, action) || page_act(&t->page, action))
        return REPLY_DONE;
    return REPLY_IGNORED;
}

static const char *zoom_text(const struct histogram *h, char *buf, gsize bytes)
{
    double factor = (h->full_high - h->full_low) / (h->high - h->low);

    *buf = '\0';
    if (h->n && factor > 1.001)
        g_snprintf(buf, bytes, "  zoom %.3gx, 0 shows all", factor);
    return buf;
}

static char *tensor_status(const struct view *v)
{
    const struct tensor_view *t = (const struct tensor_view *)v;
    char zoom[64];

    if (!view_comparison(v) || t->of != view_comparison(v))
        return view_absent_status(v);
    return g_strdup_printf(
        "tensor %u of %u  %s  histogram %s%s%s", t->entry + 1, t->of->pairing.n_entries,
        !has_numbers(t) ? entry_state_name(entry_summary_of(t->of, t->entry)->state)
        : t->exact      ? "exact"
                        : "sketch",
        histogram_mode_name(&t->histogram), t->histogram.log_y ? ", log" : "",
        zoom_text(&t->histogram, zoom, sizeof zoom));
}

static char *tensor_copy(const struct view *v)
{
    const struct tensor_view *t = (const struct tensor_view *)v;
    char relative[UNIT_BYTES], *name, *line;

    if (!t->of || t->of != view_comparison(v))
        return NULL;
    name = entry_name(t->of, t->entry, 0);
    line = g_strdup_printf("%s  rel %s", name,
                           unit_relative(relative, entry_relative(t->of, t->entry),
                                         entry_floor(t->of, t->entry)));
    g_free(name);
    return line;
}

static void tensor_write(const struct view *v, FILE *out)
{
    const struct tensor_view *t = (const struct tensor_view *)v;
    const struct histogram *h = &t->histogram;
    char *name, *text;

    if (!t->of || t->of != view_comparison(v))
        return;
    name = entry_name(t->of, t->entry, 0);
    text = page_text(&t->page);
    fprintf(out, "# %s\n%s", name, text);
    g_free(name);
    g_free(text);
    fprintf(out, "bin_low\tbin_high");
    for (int i = 0; i < h->n_series; i++)
        fprintf(out, "\t%s", h->series[i].name);
    fputc('\n', out);
    for (int k = 0; k < h->n; k++) {
        fprintf(out, "%.17g\t%.17g", h->low + (h->high - h->low) * k / h->n,
                h->low + (h->high - h->low) * (k + 1) / h->n);
        for (int i = 0; i < h->n_series; i++)
            fprintf(out, "\t%.17g", h->series[i].counts[k]);
        fputc('\n', out);
    }
}

const struct view_ops view_tensor = {
    .name = "tensor",
    .title = "Tensor",
    .brief = "Tensor",
    .about = "one tensor: statistics, histogram, largest weights",
    .help = "One tensor: statistics of the base, the tuned side and their difference, element by "
            "element; how far it moved and which way (radial: along the weights, tangential: at "
            "right angles); distances of the two distributions with their error; a histogram "
            "with a bin under the cursor; quantiles and the largest weights with their "
            "positions. Numbers of the sketch come first; the exact ones replace them when the "
            "tensor has been read again, and the line below the histogram says which they are. "
            "The spectrum view (v) has the singular values of the same tensor.",
    .bindings = bindings,
    .size = sizeof(struct tensor_view),
    .open = tensor_open,
    .close = tensor_close,
    .carry = tensor_carry,
    .layout = tensor_layout,
    .draw = tensor_draw,
    .act = tensor_act,
    .status = tensor_status,
    .copy = tensor_copy,
    .write = tensor_write,
};
