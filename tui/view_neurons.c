/* Neurons of a block's MLP, or units of a layer: norms of what leads in and out, the dead ones. */
#include <math.h>

#include "tui/neuron_rows.h"
#include "tui/plot.h"
#include "tui/tsv.h"
#include "tui/units.h"
#include "tui/view_text.h"

#define WIDE 120
#define BINS_COLUMNS 44

struct neurons_view {
    struct view view;
    struct neuron_rows rows;
    struct list list;
    struct matcher *search;
    int above; /* lines over the list */
};

static const struct binding bindings[] = {
    {'[', ACTION_PREVIOUS_LAYER, "[/]", "group", "The block or layer before, the next one"},
    {']', ACTION_NEXT_LAYER, NULL, NULL, NULL},
    {'s', ACTION_SORT, "s", "sort", "Sort by relative delta, norm of what leads in, unit"},
    {'r', ACTION_REVERSE, "r", NULL, "Reverse the order"},
    {0, ACTION_NONE, NULL, NULL, NULL},
};

static struct neurons_view *self(struct view *v)
{
    return (struct neurons_view *)v;
}

static void neurons_open(struct view *v, struct model *m)
{
    (void)m;
    neuron_rows_init(&self(v)->rows);
}

static void neurons_close(struct view *v)
{
    neuron_rows_finish(&self(v)->rows);
    matcher_destroy(self(v)->search);
}

static bool ready(const struct neurons_view *d)
{
    return d->rows.of && d->rows.of == view_comparison(&d->view) && neuron_rows_group(&d->rows);
}

static void neurons_carry(struct view *v, struct view *from)
{
    struct neurons_view *d = self(v), *f = self(from);

    d->rows.sort = f->rows.sort;
    d->rows.reversed = f->rows.reversed;
    neuron_rows_update(&d->rows, view_comparison(v));
    if (f->rows.group < d->rows.groups->len && f->rows.group != d->rows.group) {
        d->rows.group = f->rows.group;
        neuron_rows_load(&d->rows);
    }
    d->list = f->list;
    d->search = g_steal_pointer(&f->search);
}

static void neurons_layout(struct view *v, int rows, int cols)
{
    struct neurons_view *d = self(v);
    struct comparison *c = view_comparison(v);

    (void)cols;
    if (!c)
        return;
    neuron_rows_update(&d->rows, c);
    d->above = rows < 5 ? 0 : 2;
    list_layout(&d->list, d->rows.n_shown, rows - d->above);
}

/* Drawing. */

/* Columns of a row; 0 wide: left out. */
struct columns {
    int unit, in, out, delta, number, bar, flag;
};

static struct columns columns_of(int cols)
{
    struct columns w = {.unit = 6, .in = 21, .number = 8, .flag = 10};
    int left = cols - 2 - w.unit - w.in - w.number - w.flag - 4;

    w.out = left >= 22 ? 21 : 0;
    left -= w.out ? w.out + 1 : 0;
    w.bar = left >= 7 ? MIN(left - 1, 12) : 0;
    left -= w.bar ? w.bar + 1 : 0;
    w.delta = left >= 10 ? 9 : 0;
    return w;
}

static void draw_field(const struct surface *s, int row, int *col, int width, bool right,
                       enum paint paint, const char *text)
{
    if (width > 0)
        surface_field(s, row, *col, width, right, CUT_END, style_of(paint), text);
    *col += width > 0 ? width + 1 : 0;
}

static void draw_heading(const struct surface *s, bool pair)
{
    struct columns w = columns_of(s->cols);
    int col = 2;

    draw_field(s, 0, &col, w.unit, true, PAINT_DIM, "unit");
    draw_field(s, 0, &col, w.in, false, PAINT_DIM, pair ? "|in| base > tuned" : "|in|");
    draw_field(s, 0, &col, w.out, false, PAINT_DIM, pair ? "|out| base > tuned" : "|out|");
    draw_field(s, 0, &col, w.delta, true, PAINT_DIM, "|delta|");
    draw_field(s, 0, &col, w.number, true, PAINT_DIM, "rel");
    draw_field(s, 0, &col, w.bar, false, PAINT_DIM, "");
    draw_field(s, 0, &col, w.flag, false, PAINT_DIM, "flag");
}

static void norms_text(double base, double tuned, char text[static 2 * UNIT_BYTES + 4])
{
    char a[UNIT_BYTES], b[UNIT_BYTES];

    if (isnan(base) || isnan(tuned))
        unit_value(text, isnan(base) ? tuned : base, 9);
    else
        g_snprintf(text, 2 * UNIT_BYTES + 4, "%s > %s", unit_value(a, base, 9),
                   unit_value(b, tuned, 9));
}

static double delta_of(const struct neuron *n)
{
    return isnan(n->delta_out) ? n->delta_in : hypot(n->delta_in, n->delta_out);
}

static void draw_unit(const struct neuron_rows *r, const struct surface *s, int line,
                      const struct neuron *n)
{
    struct columns w = columns_of(s->cols);
    bool below = below_floor(n->relative, neuron_rows_group(r)->floor);
    char text[2 * UNIT_BYTES + 4];
    int col = 2;

    g_snprintf(text, sizeof text, "%u", n->unit);
    draw_field(s, line, &col, w.unit, true, PAINT_DIM, text);
    norms_text(n->base_in, n->tuned_in, text);
    draw_field(s, line, &col, w.in, false, PAINT_TEXT, text);
    norms_text(n->base_out, n->tuned_out, text);
    draw_field(s, line, &col, w.out, false, PAINT_TEXT, text);
    draw_field(s, line, &col, w.delta, true, PAINT_TEXT, unit_value(text, delta_of(n), 9));
    if (below)
        surface_glyph(s, line, col - 1, style_of(PAINT_DIM), '<');
    draw_field(s, line, &col, w.number, true, below ? PAINT_DIM : PAINT_TEXT,
               unit_percent(text, n->relative));
    if (w.bar)
        plot_bar(s, line, col, w.bar, style_of(PAINT_DELTA), n->relative / r->top);
    col += w.bar ? w.bar + 1 : 0;
    draw_field(s, line, &col, w.flag, false, PAINT_WARN, neuron_flag(n, r->of->tuned));
}

static char *summary_text(const struct neuron_rows *r)
{
    const struct neuron_group *g = neuron_rows_group(r);
    char *label = neuron_rows_label(r), *line;

    if (r->of->tuned)
        line = g_strdup_printf("%s  %u units  dead %u > %u  newly dead %u", label, g->units,
                               g->n_dead_base, g->n_dead_tuned, g->n_newly_dead);
    else
        line = g_strdup_printf("%s  %u units  dead %u", label, g->units, g->n_dead_base);
    g_free(label);
    return line;
}

static void draw_above(const struct neurons_view *d, const struct surface *s, int cols)
{
    struct surface heading = surface_part(s, 1, 0, 1, cols);
    char *line = summary_text(&d->rows), *fit = text_fit(line, "  ", s->cols - 1);

    surface_text(s, 0, 1, style_of(PAINT_TEXT), fit);
    draw_heading(&heading, d->rows.of->tuned != NULL);
    g_free(fit);
    g_free(line);
}

static void draw_list(const struct neurons_view *d, const struct surface *s)
{
    for (int i = 0; i < s->rows && d->list.top + (guint)i < d->list.n; i++) {
        guint at = d->list.top + (guint)i;

        draw_unit(&d->rows, s, i, &d->rows.units[d->rows.shown[at]]);
        if (at != d->list.selected)
            continue;
        surface_glyph(s, i, 0, style_of(PAINT_TEXT), '>');
        surface_tint(s, i, 0, s->cols, style_of(PAINT_CURSOR));
        surface_cursor(s, i, 0);
    }
    if (!d->list.n)
        surface_text(s, 0, 2, style_of(PAINT_DIM), "no unit matches");
}

static void neurons_draw(const struct view *v, const struct surface *s)
{
    const struct neurons_view *d = (const struct neurons_view *)v;
    bool wide = s->cols >= WIDE;
    int cols = wide ? s->cols - BINS_COLUMNS - 2 : s->cols;
    struct surface list = surface_part(s, d->above, 0, s->rows - d->above, cols);

    if (view_draw_absent(v, s))
        return;
    if (!ready(d)) {
        surface_text(s, 0, 1, style_of(PAINT_DIM),
                     comparison_scan_running(view_comparison(v))
                         ? "no group of units so far; still scanning"
                         : "no MLP, dense layer or convolution whose layout is known");
        return;
    }
    if (d->above)
        draw_above(d, s, cols);
    draw_list(d, &list);
    if (wide && d->above) {
        struct surface bins = surface_part(s, 1, cols + 2, s->rows - 1, BINS_COLUMNS);

        relative_bins_draw(&d->rows.bins, &bins);
    }
}

/* Keys. */

static bool hit(const void *owner, const struct matcher *m, guint i)
{
    const struct neurons_view *d = owner;
    const struct neuron *n = &d->rows.units[d->rows.shown[i]];
    char text[32];

    g_snprintf(text, sizeof text, "%u %s", n->unit, neuron_flag(n, d->rows.of->tuned));
    return matcher_hit(m, text);
}

static guint neurons_search(struct view *v, const char *text)
{
    struct neurons_view *d = self(v);

    matcher_destroy(d->search);
    d->search = text && *text ? matcher_create(text) : NULL;
    return ready(d) ? list_search(&d->list, d->search, hit, d, LIST_HERE) : 0;
}

static guint neurons_filter(struct view *v, const char *text)
{
    struct neurons_view *d = self(v);

    matcher_destroy(d->rows.filter);
    d->rows.filter = text && *text ? matcher_create(text) : NULL;
    if (ready(d))
        neuron_rows_arrange(&d->rows);
    return d->rows.n_shown;
}

static void go_to_group(struct neurons_view *d, struct app *app, int by)
{
    gint64 to = (gint64)d->rows.group + by;

    if (to < 0 || to >= (gint64)d->rows.groups->len) {
        app_say(app, by < 0 ? "this is the first group" : "this is the last group");
        return;
    }
    d->rows.group = (guint)to;
    neuron_rows_load(&d->rows);
    d->list.selected = 0;
}

static bool change_rows(struct neurons_view *d, int action)
{
    if (action == ACTION_SORT)
        d->rows.sort = (d->rows.sort + 1) % NEURON_SORTS;
    else if (action == ACTION_REVERSE)
        d->rows.reversed = !d->rows.reversed;
    else
        return false;
    neuron_rows_arrange(&d->rows);
    d->list.selected = 0;
    return true;
}

static enum reply neurons_act(struct view *v, struct app *app, int action)
{
    struct neurons_view *d = self(v);

    if (!ready(d))
        return REPLY_IGNORED;
    if (view_search_on(app, action, &d->list, d->search, hit, d))
        return REPLY_DONE;
    if (action == ACTION_PREVIOUS_LAYER || action == ACTION_NEXT_LAYER)
        go_to_group(d, app, action == ACTION_NEXT_LAYER ? 1 : -1);
    else if (!change_rows(d, action) && !list_act(&d->list, action))
        return REPLY_IGNORED;
    return REPLY_DONE;
}

static enum reply neurons_mouse(struct view *v, struct app *app, int row, int col, int key)
{
    struct neurons_view *d = self(v);
    guint at = d->list.top + (guint)MAX(row - d->above, 0);

    (void)col;
    (void)app;
    if (list_wheel(&d->list, key))
        return REPLY_DONE;
    if (row < d->above || at >= d->list.n)
        return REPLY_IGNORED;
    d->list.selected = at;
    return REPLY_DONE;
}

static char *neurons_status(const struct view *v)
{
    const struct neurons_view *d = (const struct neurons_view *)v;

    if (!view_comparison(v) || !ready(d))
        return view_absent_status(v);
    return g_strdup_printf("group %u of %u  sort %s%s  shown %u of %u", d->rows.group + 1,
                           d->rows.groups->len, neuron_sort_name(d->rows.sort),
                           d->rows.reversed ? " reversed" : "", d->rows.n_shown, d->rows.n_units);
}

static char *neurons_copy(const struct view *v)
{
    const struct neurons_view *d = (const struct neurons_view *)v;
    char relative[UNIT_BYTES], in[2 * UNIT_BYTES + 4], *label, *line;
    const struct neuron *n;

    if (!ready(d) || d->list.selected >= d->rows.n_shown)
        return NULL;
    n = &d->rows.units[d->rows.shown[d->list.selected]];
    norms_text(n->base_in, n->tuned_in, in);
    label = neuron_rows_label(&d->rows);
    line = g_strdup_printf("%s  unit %u  in %s  %s  %s", label, n->unit, in,
                           unit_relative(relative, n->relative, neuron_rows_group(&d->rows)->floor),
                           neuron_flag(n, d->rows.of->tuned));
    g_free(label);
    return line;
}

static void neurons_write(const struct view *v, FILE *out)
{
    const struct neurons_view *d = (const struct neurons_view *)v;
    char *label;

    if (!ready(d))
        return;
    label = neuron_rows_label(&d->rows);
    fputs("group\tunit\tflag\trelative\tbase_in\ttuned_in\tdelta_in\tbase_out\ttuned_out\t"
          "delta_out\n",
          out);
    for (guint i = 0; i < d->rows.n_shown; i++) {
        const struct neuron *n = &d->rows.units[d->rows.shown[i]];
        const double numbers[] = {n->relative, n->base_in,   n->tuned_in, n->delta_in,
                                  n->base_out, n->tuned_out, n->delta_out};

        fprintf(out, "%s\t%u\t%s", label, n->unit, neuron_flag(n, d->rows.of->tuned));
        for (gsize k = 0; k < G_N_ELEMENTS(numbers); k++)
            tsv_number(out, numbers[k]);
        fputc('\n', out);
    }
    g_free(label);
}

const struct view_ops view_neurons = {
    .name = "neurons",
    .title = "Neurons",
    .brief = "Neur",
    .about = "hidden units of a block or layer, the dead ones",
    .help = "The neurons of a block's MLP, and the units of dense layers and convolutions outside "
            "the blocks: the norm of all weights that lead into each and out of it, how far they "
            "moved, and which are dead: nothing (a millionth of the group's median, or less) leads "
            "in, or out. Newly dead ones were alive in the base. A bias can still give a dead "
            "neuron a constant value.",
    .bindings = bindings,
    .size = sizeof(struct neurons_view),
    .open = neurons_open,
    .close = neurons_close,
    .carry = neurons_carry,
    .layout = neurons_layout,
    .draw = neurons_draw,
    .act = neurons_act,
    .status = neurons_status,
    .copy = neurons_copy,
    .write = neurons_write,
    .search = neurons_search,
    .filter = neurons_filter,
    .mouse = neurons_mouse,
};
