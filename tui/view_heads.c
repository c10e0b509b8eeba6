/* Attention heads: a grid of attentions by heads, and what the selected one is made of. */
#include <math.h>

#include "core/escape.h"
#include "tui/heads_grid.h"
#include "tui/list.h"
#include "tui/plot.h"
#include "tui/units.h"
#include "tui/view_text.h"

#define LABEL_COLUMNS 6 /* or more, for names of layers */
#define CELL_COLUMNS 3
#define NUMBER_COLUMNS 9
#define READOUT_ROWS 6 /* title and four parts, and the rule above */

struct heads_view {
    struct view view;
    struct heads_grid grid;
    struct list list; /* rows */
    guint head;       /* selected column */
    guint left;       /* first column on the screen */
    guint cells;      /* columns on the screen */
    int label;        /* screen columns of the rows' labels */
    bool opened;      /* just now: what the views look at is to be found */
    bool digits;
    int readout; /* rows below the grid */
};

enum { ACTION_DIGITS = ACTION_VIEW };

static const struct binding bindings[] = {
    {'m', ACTION_METRIC, "m", "metric", "Next metric: relative of all parts, of one, norms"},
    {'s', ACTION_SORT, "s", "sort", "Blocks with the largest head first, or in the model's order"},
    {'#', ACTION_DIGITS, "#", "digits", "Numbers instead of shades: percent, or tenths of the top"},
    {'[', ACTION_PREVIOUS_LAYER, "[/]", NULL, "The block before, the next one"},
    {']', ACTION_NEXT_LAYER, NULL, NULL, NULL},
    {KEY_RETURN, ACTION_OPEN, "Enter", "open", "Open the tensor of the part that moved most"},
    {'\n', ACTION_OPEN, NULL, NULL, NULL},
    {0, ACTION_NONE, NULL, NULL, NULL},
};

static struct heads_view *self(struct view *v)
{
    return (struct heads_view *)v;
}

static void heads_open(struct view *v, struct model *m)
{
    self(v)->head = m->head;
    self(v)->opened = true;
}

static void heads_close(struct view *v)
{
    heads_grid_finish(&self(v)->grid);
}

static const struct head *selected(const struct heads_view *d)
{
    const struct heads_grid *g = &d->grid;

    if (g->of != view_comparison(&d->view) || d->list.selected >= g->n_rows)
        return NULL;
    return &g->rows[d->list.selected].heads[MIN(d->head, g->rows[d->list.selected].n - 1)];
}

/* Names of layers take at most a third. */
static int label_columns(const struct heads_grid *g, int cols)
{
    int widest = LABEL_COLUMNS;

    for (guint i = 0; i < g->n_rows; i++)
        widest = MAX(widest, text_columns(g->rows[i].label) + 3);
    return MIN(widest, MAX(cols / 3, LABEL_COLUMNS));
}

static guint cells_that_fit(const struct heads_view *d, int cols)
{
    int room = cols - d->label - 2 * NUMBER_COLUMNS;

    return (guint)MAX(room / CELL_COLUMNS, 1);
}

/* The row of the attention that the entry is a matrix of. */
static void select_entry(struct heads_view *d, guint32 entry)
{
    guint32 attention = attentions_of_entry(&d->grid.of->attentions, entry);

    for (guint i = 0; i < d->grid.n_rows; i++)
        if (d->grid.rows[i].attention == attention)
            d->list.selected = i;
}

static void heads_layout(struct view *v, int rows, int cols)
{
    struct heads_view *d = self(v);
    struct comparison *c = view_comparison(v);

    if (!c)
        return;
    heads_grid_update(&d->grid, c);
    d->readout = rows >= 2 + READOUT_ROWS + 3 ? READOUT_ROWS : rows >= 5 ? 1 : 0;
    list_layout(&d->list, d->grid.n_rows, MAX(rows - 2 - d->readout, 0));
    if (d->opened && d->grid.n_rows) {
        select_entry(d, v->model->entry);
        d->opened = false;
    }
    d->label = label_columns(&d->grid, cols);
    d->cells = cells_that_fit(d, cols);
    if (d->grid.n_cols)
        d->head = MIN(d->head, d->grid.n_cols - 1);
    d->left = CLAMP(d->left, d->head + 1 > d->cells ? d->head + 1 - d->cells : 0, d->head);
    if (selected(d))
        v->model->head = selected(d)->head;
}

/* Drawing. */

/* floor NAN: the number knows none. */
static const char *number_text(const struct heads_grid *g, double value, double floor,
                               char buf[static UNIT_BYTES])
{
    return heads_metric_is_ratio(g->metric) ? unit_relative(buf, value, floor)
                                            : unit_value(buf, value, 8);
}

static bool any_below(const struct heads_grid *g)
{
    for (guint i = 0; i < g->n_rows; i++)
        for (guint k = 0; k < g->rows[i].n; k++) {
            const struct head *h = &g->rows[i].heads[k];

            if (below_floor(heads_grid_value(g, h), heads_grid_floor(g, h)))
                return true;
        }
    return false;
}

static void draw_legend(const struct heads_view *d, const struct surface *s)
{
    const struct heads_grid *g = &d->grid;
    char low[UNIT_BYTES], high[UNIT_BYTES];
    int col = surface_print(s, 0, 1, style_of(PAINT_TEXT), "%s  log ", heads_metric_name(g->metric));

    col = surface_text(s, 0, col, style_of(PAINT_DIM), number_text(g, g->low, NAN, low)) + 1;
    for (int i = 0; i < PAINT_RAMP_STEPS; i++)
        plot_heat(s, 0, col++, g->low * pow(g->high / g->low, (i + 0.5) / PAINT_RAMP_STEPS), g->low,
                  g->high);
    col = surface_text(s, 0, col + 1, style_of(PAINT_DIM), number_text(g, g->high, NAN, high));
    if (any_below(g))
        surface_text(s, 0, col + 2, style_of(PAINT_DIM), "< below the storage floor");
}

static void draw_heading(const struct heads_view *d, const struct surface *s, guint shown)
{
    int col = d->label + (int)shown * CELL_COLUMNS;

    surface_text(s, 1, 1, style_of(PAINT_DIM), "block");
    for (guint i = 0; i < shown; i++)
        surface_print(s, 1, d->label + (int)i * CELL_COLUMNS,
                      style_of(d->left + i == d->head ? PAINT_TITLE : PAINT_DIM), "%2u",
                      d->left + i);
    surface_field(s, 1, col, NUMBER_COLUMNS - 1, true, CUT_END, style_of(PAINT_DIM), "mean");
    surface_field(s, 1, col + NUMBER_COLUMNS, NUMBER_COLUMNS - 1, true, CUT_END,
                  style_of(PAINT_DIM), "max");
}

static void draw_cell(const struct heads_view *d, const struct surface *s, int row, int col,
                      const struct head *h)
{
    double value = heads_grid_value(&d->grid, h);
    bool below = below_floor(value, heads_grid_floor(&d->grid, h));

    if (below && !d->digits) {
        plot_below(s, row, col);
        plot_below(s, row, col + 1);
        return;
    }
    if (!d->digits || isnan(value)) {
        plot_heat(s, row, col, value, d->grid.low, d->grid.high);
        plot_heat(s, row, col + 1, value, d->grid.low, d->grid.high);
        return;
    }
    value = heads_metric_is_ratio(d->grid.metric) ? value * 100 : value / d->grid.high * 10;
    surface_print(s, row, col, style_of(below ? PAINT_DIM : PAINT_TEXT),
                  value < 99.5 ? "%2.0f" : "##", value);
    if (below)
        plot_below(s, row, col - 1);
}

static void draw_row(const struct heads_view *d, const struct surface *s, int row, guint at,
                     guint shown)
{
    const struct heads_row *r = &d->grid.rows[at];
    int end = d->label + (int)shown * CELL_COLUMNS;
    bool here = at == d->list.selected;
    struct style style = style_of(here ? PAINT_TITLE : PAINT_TEXT);
    char text[UNIT_BYTES];

    surface_glyph(s, row, 0, style, here ? '>' : ' ');
    surface_field(s, row, 1, d->label - 2, false, CUT_MIDDLE, style, r->label);
    for (guint i = 0; i < shown && d->left + i < r->n; i++) {
        int col = d->label + (int)i * CELL_COLUMNS;

        draw_cell(d, s, row, col, &r->heads[d->left + i]);
        if (!here || d->left + i != MIN(d->head, r->n - 1))
            continue;
        surface_glyph(s, row, col - 1, style_of(PAINT_TITLE), '[');
        surface_glyph(s, row, col + 2, style_of(PAINT_TITLE), ']');
        surface_cursor(s, row, col);
    }
    surface_field(s, row, end, NUMBER_COLUMNS - 1, true, CUT_END, style_of(PAINT_TEXT),
                  number_text(&d->grid, r->mean, r->floor, text));
    surface_field(s, row, end + NUMBER_COLUMNS, NUMBER_COLUMNS - 1, true, CUT_END,
                  style_of(PAINT_TEXT), number_text(&d->grid, r->max, r->floor, text));
}

static char *title_text(const struct heads_view *d, const struct head *h)
{
    const struct attention *a = &d->grid.of->attentions.items[h->attention];
    guint rank = heads_grid_rank(&d->grid, h);
    char *raw = head_label(d->grid.of, h), *label = escape_text(raw), text[UNIT_BYTES];
    GString *out = g_string_new(NULL);

    g_string_append_printf(out, "%s  %s %s", label,
                           heads_metric_name(d->grid.metric),
                           number_text(&d->grid, heads_grid_value(&d->grid, h),
                                       heads_grid_floor(&d->grid, h), text));
    if (rank)
        g_string_append_printf(out, "  rank %u of %u", rank, heads_grid_total(&d->grid));
    if (a->kv_heads < a->heads)
        g_string_append_printf(out, "  kv head %u, shared by %u", h->kv_head,
                               a->heads / a->kv_heads);
    g_free(label);
    g_free(raw);
    return g_string_free(out, FALSE);
}

static void draw_part(const struct surface *s, int row, const struct head *h, enum head_part part)
{
    const struct head_norms *n = &h->part[part];
    char base[UNIT_BYTES], tuned[UNIT_BYTES], delta[UNIT_BYTES], relative[UNIT_BYTES];
    int col = surface_print(s, row, 1, style_of(PAINT_DIM), "%-7s", head_part_name(part)) + 1;

    if (!n->known) {
        surface_text(s, row, col, style_of(PAINT_DIM), "not there, or not read yet");
        return;
    }
    col = surface_print(s, row, col, style_of(PAINT_TEXT), "|W| %-9s",
                        unit_value(base, n->base_l2, 9));
    if (!isnan(n->delta_l2))
        surface_print(s, row, col, style_of(PAINT_TEXT), " > %-9s  |delta| %-9s  rel %s",
                      unit_value(tuned, n->tuned_l2, 9), unit_value(delta, n->delta_l2, 9),
                      unit_relative(relative, head_part_relative(n), n->floor));
}

static void draw_readout(const struct heads_view *d, const struct surface *s)
{
    const struct head *h = selected(d);
    char *title = h ? title_text(d, h) : NULL, *fit = h ? text_fit(title, "  ", s->cols - 6) : NULL;

    if (h && s->rows == 1)
        surface_text(s, 0, 1, style_of(PAINT_TEXT), fit);
    if (h && s->rows > 1) {
        surface_rule(s, 0, fit);
        for (unsigned p = 0; p < HEAD_PARTS; p++)
            draw_part(s, 1 + (int)p, h, (enum head_part)p);
    }
    g_free(fit);
    g_free(title);
}

static void draw_nothing(const struct heads_view *d, const struct surface *s)
{
    const char *why = heads_unknown(d->grid.of);

    surface_text(s, 0, 1, style_of(PAINT_TEXT), why ? why : "no attention in this model");
    if (why)
        surface_text(s, 1, 1, style_of(PAINT_DIM),
                     "start with --heads N, or --heads N:KV with grouped queries");
    surface_cursor(s, 0, 0);
}

static void heads_draw(const struct view *v, const struct surface *s)
{
    const struct heads_view *d = (const struct heads_view *)v;
    struct surface below = surface_part(s, s->rows - d->readout, 0, d->readout, s->cols);
    guint shown;

    if (view_draw_absent(v, s))
        return;
    if (d->grid.n_rows == 0) {
        draw_nothing(d, s);
        return;
    }
    shown = MIN(d->cells, d->grid.n_cols - d->left);
    draw_legend(d, s);
    draw_heading(d, s, shown);
    for (int i = 0; i < d->list.height && d->list.top + (guint)i < d->list.n; i++)
        draw_row(d, s, 2 + i, d->list.top + (guint)i, shown);
    draw_readout(d, &below);
}

/* Keys. */

/* The entry of the head's part that moved most. */
static guint32 strongest_entry(const struct heads_view *d, const struct head *h)
{
    const struct attention *a = &d->grid.of->attentions.items[h->attention];
    double most = -1;
    guint32 found = PAIR_NONE;

    for (unsigned part = 0; part < HEAD_PARTS; part++) {
        double moved = head_part_relative(&h->part[part]);

        if (isnan(moved))
            moved = 0;
        if (a->entry[part] == PAIR_NONE || moved <= most)
            continue;
        most = moved;
        found = a->entry[part];
    }
    return found;
}

static void keep_row(struct heads_view *d, guint32 attention)
{
    heads_grid_arrange(&d->grid);
    for (guint i = 0; i < d->grid.n_rows; i++)
        if (d->grid.rows[i].attention == attention)
            d->list.selected = i;
}

static bool change_grid(struct heads_view *d, const struct head *h, int action)
{
    if (action == ACTION_METRIC && d->grid.of->tuned)
        d->grid.metric = (d->grid.metric + 1) % HEADS_METRICS;
    else if (action == ACTION_SORT)
        d->grid.by_max = !d->grid.by_max;
    else if (action == ACTION_DIGITS)
        d->digits = !d->digits;
    else
        return action == ACTION_METRIC;
    keep_row(d, h->attention);
    return true;
}

static bool move(struct heads_view *d, int action)
{
    if (action == ACTION_LEFT)
        d->head -= d->head > 0;
    else if (action == ACTION_RIGHT)
        d->head = MIN(d->head + 1, d->grid.n_cols - 1);
    else if (action == ACTION_PREVIOUS_LAYER || action == ACTION_NEXT_LAYER)
        list_act(&d->list, action == ACTION_NEXT_LAYER ? ACTION_DOWN : ACTION_UP);
    else
        return list_act(&d->list, action);
    return true;
}

static enum reply heads_act(struct view *v, struct app *app, int action)
{
    struct heads_view *d = self(v);
    const struct head *h;
    guint32 entry;

    heads_layout(v, v->rows, v->cols); /* keys may come before the first frame */
    h = selected(d);
    if (!h)
        return REPLY_IGNORED;
    if (action != ACTION_OPEN)
        return change_grid(d, h, action) || move(d, action) ? REPLY_DONE : REPLY_IGNORED;
    entry = strongest_entry(d, h);
    if (entry != PAIR_NONE)
        app_open_view(app, view_find("tensor"), entry);
    return REPLY_DONE;
}

static enum reply heads_mouse(struct view *v, struct app *app, int row, int col, int key)
{
    struct heads_view *d = self(v);
    guint at = d->list.top + (guint)MAX(row - 2, 0);

    (void)app;
    if (key != KEY_MOUSE_CLICK) {
        list_act(&d->list, key == KEY_WHEEL_UP ? ACTION_UP : ACTION_DOWN);
        return REPLY_DONE;
    }
    if (row < 2 || at >= d->list.n || col < d->label)
        return REPLY_IGNORED;
    d->list.selected = at;
    d->head = MIN(d->left + (guint)(col - d->label) / CELL_COLUMNS, d->grid.n_cols - 1);
    return REPLY_DONE;
}

/* What the rows are, if they are all blocks. */
static const char *rows_word(const struct attentions *a)
{
    for (guint32 i = 0; i < a->n; i++)
        if (a->items[i].block < 0 || (i > 0 && a->items[i].block == a->items[i - 1].block))
            return "attentions";
    return "blocks";
}

static char *heads_status(const struct view *v)
{
    const struct heads_view *d = (const struct heads_view *)v;
    const struct comparison *c = view_comparison(v);

    if (!c)
        return view_absent_status(v);
    return g_strdup_printf("%s  %u %s x %u heads  %s  sort %s", c->base->arch->name,
                           d->grid.n_rows, rows_word(&c->attentions), d->grid.n_cols, heads_metric_name(d->grid.metric),
                           d->grid.by_max ? "largest" : "model");
}

static char *heads_copy(const struct view *v)
{
    const struct heads_view *d = (const struct heads_view *)v;
    const struct head *h = selected(d);

    return h ? title_text(d, h) : NULL;
}

static void write_head(const struct heads_row *r, const struct head *h, FILE *out)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    fprintf(out, "%s\t%u\t%u", r->label, h->head, h->kv_head);
    fprintf(out, "\t%s", isnan(h->relative) ? "" : g_ascii_dtostr(text, sizeof text, h->relative));
    fprintf(out, "\t%s", isnan(h->floor) ? "" : g_ascii_dtostr(text, sizeof text, h->floor));
    for (unsigned p = 0; p < HEAD_PARTS; p++) {
        double relative = h->part[p].known ? head_part_relative(&h->part[p]) : NAN;

        fprintf(out, "\t%s", isnan(relative) ? "" : g_ascii_dtostr(text, sizeof text, relative));
    }
    fputc('\n', out);
}

static void heads_write(const struct view *v, FILE *out)
{
    const struct heads_view *d = (const struct heads_view *)v;

    fputs("attention\thead\tkv_head\trelative\tfloor\tquery\tkey\tvalue\toutput\n", out);
    for (guint i = 0; i < d->grid.n_rows; i++)
        for (guint k = 0; k < d->grid.rows[i].n; k++)
            write_head(&d->grid.rows[i], &d->grid.rows[i].heads[k], out);
}

const struct view_ops view_heads = {
    .name = "heads",
    .title = "Heads",
    .brief = "Heads",
    .about = "attention heads of all blocks, which moved most",
    .help = "Attention heads, blocks (and layers outside of them) down and heads across: how far each one moved, pooled over its "
            "query, key, value and output, or one of them, or their norms. All cells share one "
            "logarithmic scale of two decades below the largest. With grouped queries the key and "
            "value that several heads share count in each. Below: what the selected head is made "
            "of.",
    .bindings = bindings,
    .size = sizeof(struct heads_view),
    .open = heads_open,
    .close = heads_close,
    .layout = heads_layout,
    .draw = heads_draw,
    .act = heads_act,
    .status = heads_status,
    .copy = heads_copy,
    .write = heads_write,
    .mouse = heads_mouse,
};
