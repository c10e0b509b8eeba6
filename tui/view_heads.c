/* Attention heads of every block on one grid: which moved, and where it stands against the others.
 */
#include <math.h>

#include "tui/heads_view.h"
#include "tui/study_text.h"
#include "tui/units.h"
#include "tui/view_text.h"

#define WIDE 76
#define TALL 20

static const struct binding bindings[] = {
    {'h', ACTION_LEFT, "h/l, Left/Right", "head", "The head before, the next one"},
    {KEY_ARROW_LEFT, ACTION_LEFT, NULL, NULL, NULL},
    {'l', ACTION_RIGHT, NULL, NULL, NULL},
    {KEY_ARROW_RIGHT, ACTION_RIGHT, NULL, NULL, NULL},
    {'[', ACTION_PREVIOUS_LAYER, "[/]", NULL, "The row before, the next one"},
    {']', ACTION_NEXT_LAYER, NULL, NULL, NULL},
    {'m', ACTION_METRIC, "m", "part", "Query, key, value, output, or all of them pooled"},
    {'d', ACTION_MODE, "d", "measure", "Relative delta, norms; on examples: shift, entropy, where it looks"},
    {'c', HEADS_ONE, "c", NULL, "What heads do in all categories, or in the selected one"},
    {'{', HEADS_CATEGORY_BEFORE, "{/}", NULL, "The category before, the next one"},
    {'}', HEADS_CATEGORY_AFTER, NULL, NULL, NULL},
    {'#', HEADS_DIGITS, "#", "digits", "Numbers in place of glyphs, or glyphs again"},
    {'s', ACTION_SORT, "s", "sort", "Blocks in model order, or by their largest value"},
    {'r', ACTION_REVERSE, "r", NULL, "Reverse the order of rows"},
    {' ', ACTION_PIN, "Space", "pin", "Keep this head beside the selected one, until Space again"},
    {KEY_RETURN, ACTION_OPEN, "Enter", NULL, "The tensor of the part that is strongest here, or the head's attention"},
    {'\n', ACTION_OPEN, NULL, NULL, NULL},
    {0, ACTION_NONE, NULL, NULL, NULL},
};

static struct heads_view *self(struct view *v)
{
    return (struct heads_view *)v;
}

static void heads_open(struct view *v, struct model *m)
{
    struct heads_view *d = self(v);

    heads_grid_init(&d->grid);
    page_init(&d->page);
    page_init(&d->second);
    d->pinned.attention = NO_ATTENTION;
    d->at = (struct place_of_head){0, m->head};
    d->said_head = m->head;
    d->said_entry = PAIR_NONE;
}

static void heads_close(struct view *v)
{
    struct heads_view *d = self(v);

    heads_grid_finish(&d->grid);
    page_finish(&d->page);
    page_finish(&d->second);
    matcher_destroy(d->search);
}

bool heads_ready(const struct heads_view *d)
{
    return d->grid.of && d->grid.of == view_comparison(&d->view) && d->grid.n_rows;
}

const struct heads_row *heads_selected(const struct heads_view *d)
{
    return heads_grid_row(&d->grid, d->list.selected);
}

static const struct head *selected_head(const struct heads_view *d)
{
    const struct heads_row *row = heads_selected(d);

    return row && d->at.head < row->n ? &row->heads[d->at.head] : NULL;
}

static void heads_carry(struct view *v, struct view *from)
{
    struct heads_view *d = self(v), *f = self(from);

    heads_grid_update(&d->grid, view_comparison(v));
    d->grid.part = f->grid.part;
    d->grid.measure = f->grid.measure;
    d->grid.by_max = f->grid.by_max;
    d->grid.reversed = f->grid.reversed;
    d->grid.stamp = 0; /* made again in that order */
    d->list = f->list;
    d->at = f->at;
    d->pinned = f->pinned;
    d->said_head = f->said_head;
    d->said_entry = f->said_entry;
    d->page.top = f->page.top;
    d->second.top = f->second.top;
    d->search = g_steal_pointer(&f->search);
}

/* Layout. */

/* Another view may have moved on: to a matrix of an attention, or to a head. */
static void follow(struct heads_view *d)
{
    const struct model *m = d->view.model;
    uint32_t attention = attentions_of_entry(&d->grid.of->attentions, m->entry);

    if (m->entry != d->said_entry && attention != UINT32_MAX)
        d->at.attention = attention;
    if (m->head != d->said_head)
        d->at.head = m->head;
    if (!heads_grid_find(&d->grid, d->at.attention, &d->list.selected))
        d->list.selected = 0;
}

/* Of the part that has the largest value; PAIR_NONE: none has one. */
static uint32_t strongest_entry(const struct heads_view *d)
{
    const struct head *h = selected_head(d);
    unsigned part = h ? heads_strongest(h, d->grid.measure) : HEADS_ALL;

    return part == HEADS_ALL ? PAIR_NONE
                             : d->grid.of->attentions.items[h->attention].entry[part];
}

/* The tensor the other views look at stays, if it is one of the attention. */
static void say(struct heads_view *d)
{
    struct model *m = d->view.model;
    const struct heads_row *row = heads_selected(d);
    uint32_t entry;

    if (!row)
        return;
    d->at.attention = row->attention;
    d->at.head = MIN(d->at.head, row->n - 1);
    d->said_head = m->head = d->at.head;
    entry = strongest_entry(d);
    if (entry != PAIR_NONE &&
        attentions_of_entry(&d->grid.of->attentions, m->entry) != row->attention)
        view_set_entry(&d->view, entry);
    d->said_entry = m->entry;
}

static void explain_absence(struct heads_view *d, int cols)
{
    const struct comparison *c = d->grid.of;
    const char *why = heads_unknown(c);

    page_clear(&d->page);
    if (!why) {
        page_wrap(&d->page, cols, 1, " ", PAINT_DIM,
                  "No attention is known in this model: there are no heads.");
        return;
    }
    page_print(&d->page, PAINT_WARN, " The heads of this model are not known:");
    page_wrap(&d->page, cols, 3, "   ", PAINT_TEXT, why);
    page_wrap(&d->page, cols, 3, "   ", PAINT_TEXT,
              ":set heads N (N:KV with fewer key and value heads) sets them here.");
}

static void place(struct heads_view *d, int rows, int cols)
{
    int room = cols - HEADS_PAGE_COLUMNS - 1;
    bool fits = heads_table_wish(&d->table, &d->grid, false) <= room;

    if (cols >= WIDE && rows >= TALL_ENOUGH && (fits || rows < TALL))
        d->readout = READOUT_BESIDE;
    else
        d->readout = rows >= TALL ? READOUT_BELOW : READOUT_LINE;
    d->grid_columns = d->readout == READOUT_BESIDE
                          ? MIN(room, heads_table_wish(&d->table, &d->grid, true) + 2)
                          : cols;
}

static int grid_rows(const struct heads_view *d, int rows)
{
    int left = rows - (rows >= TALL_ENOUGH ? HEAD_ROWS + FOOT_ROWS : rows > 2 ? 1 : 0);

    if (d->readout == READOUT_BELOW)
        left -= HEADS_PAGE_ROWS + (d->grid.flow.of ? HEADS_FLOW_ROWS : 0);
    else if (d->readout == READOUT_LINE && rows > 3)
        left--;
    return MAX(left, 1);
}

static void make_readout(struct heads_view *d)
{
    guint at;

    page_clear(&d->page);
    page_clear(&d->second);
    heads_page_add(&d->page, &d->grid, heads_selected(d), d->at.head, false);
    if (d->pinned.attention == NO_ATTENTION || !heads_grid_find(&d->grid, d->pinned.attention, &at))
        return;
    if (d->pinned.head < heads_grid_row(&d->grid, at)->n)
        heads_page_add(&d->second, &d->grid, heads_grid_row(&d->grid, at), d->pinned.head, true);
}

static void choose_category(struct heads_view *d, const struct comparison *c)
{
    const struct activity *a = c ? c->activity : NULL;
    uint32_t category = d->view.model->category;

    d->grid.category = d->one && a && category < a->n_categories ? category : ACTIVITY_ALL;
}

static void heads_layout(struct view *v, int rows, int cols)
{
    struct heads_view *d = self(v);
    struct comparison *c = view_comparison(v);

    choose_category(d, c);
    if (heads_grid_update(&d->grid, c)) {
        d->pinned.attention = NO_ATTENTION;
        d->table.left = 0;
    }
    if (!c)
        return;
    if (!d->grid.n_rows) {
        explain_absence(d, cols);
        page_layout(&d->page, rows);
        return;
    }
    follow(d);
    place(d, rows, cols);
    list_layout(&d->list, d->grid.n_rows, grid_rows(d, rows));
    say(d);
    heads_table_fit(&d->table, &d->grid, d->grid_columns, d->at.head);
    make_readout(d);
    page_layout(&d->page, rows);
    page_layout(&d->second, rows);
}

/* Keys. */

static bool hit(const void *owner, const struct matcher *m, guint i)
{
    const struct heads_view *d = owner;

    return matcher_hit(m, heads_grid_row(&d->grid, i)->label);
}

static guint heads_search(struct view *v, const char *text)
{
    struct heads_view *d = self(v);
    guint hits;

    matcher_destroy(d->search);
    d->search = text && *text ? matcher_create(text) : NULL;
    if (!heads_ready(d))
        return 0;
    hits = list_search(&d->list, d->search, hit, d, LIST_HERE);
    say(d);
    return hits;
}

static void pin(struct heads_view *d)
{
    if (d->pinned.attention == d->at.attention && d->pinned.head == d->at.head)
        d->pinned.attention = NO_ATTENTION;
    else
        d->pinned = d->at;
}

/* What it does on an example, or the weights that moved most. */
static void open_evidence(struct heads_view *d, struct app *app)
{
    const struct activity *a = d->grid.flow.of;
    uint32_t entry = strongest_entry(d);

    if (heads_is_flow(d->grid.measure)) {
        const struct attention *at = &d->grid.of->attentions.items[heads_selected(d)->attention];
        uint32_t layer = activity_find(a, ACTIVITY_HEADS, at->block);

        d->view.model->head = d->said_head = d->at.head;
        if (layer != ACTIVITY_NONE)
            d->view.model->layer = layer;
        app_open_view(app, view_find("attention"), PAIR_NONE);
        return;
    }
    if (entry == PAIR_NONE)
        app_say(app, "no part of this head is scanned");
    else
        app_open_view(app, view_find("tensor"), entry);
}

static bool change_category(struct heads_view *d, int action)
{
    struct model *m = d->view.model;
    uint32_t n = d->grid.flow.of ? d->grid.flow.of->n_categories : 0;
    int by = action == HEADS_CATEGORY_AFTER ? 1 : -1;

    if (action != HEADS_ONE && action != HEADS_CATEGORY_BEFORE && action != HEADS_CATEGORY_AFTER)
        return false;
    if (action == HEADS_ONE)
        d->one = !d->one && n;
    else if (d->one && n)
        m->category = (uint32_t)CLAMP((gint64)MIN(m->category, n - 1) + by, 0, (gint64)n - 1);
    else
        d->one = n > 0;
    heads_layout(&d->view, d->view.rows, d->view.cols);
    return true;
}

static bool change_numbers(struct heads_view *d, int action)
{
    if (!heads_grid_act(&d->grid, action))
        return false;
    if (heads_grid_find(&d->grid, d->at.attention, &d->list.selected))
        list_layout(&d->list, d->grid.n_rows, d->list.height);
    return true;
}

static bool move(struct heads_view *d, struct app *app, int action)
{
    uint32_t n = heads_selected(d) ? heads_selected(d)->n : 1;

    switch (action) {
    case ACTION_LEFT:
        d->at.head -= d->at.head > 0;
        return true;
    case ACTION_RIGHT:
        d->at.head += d->at.head + 1 < n;
        return true;
    case ACTION_PREVIOUS_LAYER:
        return list_act(&d->list, ACTION_UP);
    case ACTION_NEXT_LAYER:
        return list_act(&d->list, ACTION_DOWN);
    default:
        return view_search_on(app, action, &d->list, d->search, hit, d) ||
               list_act(&d->list, action);
    }
}

static enum reply heads_act(struct view *v, struct app *app, int action)
{
    struct heads_view *d = self(v);

    heads_layout(v, v->rows, v->cols); /* keys may come before the first frame */
    if (!heads_ready(d))
        return d->grid.of && page_act(&d->page, action) ? REPLY_DONE : REPLY_IGNORED;
    if (action == ACTION_OPEN)
        open_evidence(d, app);
    else if (action == ACTION_PIN)
        pin(d);
    else if (action == HEADS_DIGITS)
        d->table.digits = !d->table.digits;
    else if (!change_category(d, action) && !change_numbers(d, action) && !move(d, app, action))
        return REPLY_IGNORED;
    say(d);
    return REPLY_DONE;
}

static enum reply heads_mouse(struct view *v, struct app *app, int row, int col, int key)
{
    struct heads_view *d = self(v);
    int top = v->rows > 2 ? 1 : 0;
    guint at = d->list.top + (guint)MAX(row - top, 0), head;

    (void)app;
    if (!heads_ready(d))
        return REPLY_IGNORED;
    if (!list_wheel(&d->list, key)) {
        if (row < top || row >= top + d->list.height || at >= d->list.n)
            return REPLY_IGNORED;
        d->list.selected = at;
        if (heads_table_at(&d->table, col, &head))
            d->at.head = head;
    }
    say(d);
    return REPLY_DONE;
}

static bool heads_metric(struct view *v, const char *name)
{
    return heads_grid_choose(&self(v)->grid, name);
}

/* What it gives away. */

/* "relative of q,k,v,o", "attention shift of toys". */
static char *measure_text(const struct heads_view *d)
{
    const char *name = heads_measure_name(d->grid.measure);
    bool change = heads_is_flow(d->grid.measure) && d->grid.measure != HEADS_SHIFT &&
                  d->grid.flow.of->pair;
    char *category, *text;

    if (!heads_is_flow(d->grid.measure))
        return g_strdup_printf("%s of %s", name, heads_part_title(d->grid.part));
    if (d->grid.category == ACTIVITY_ALL)
        return g_strdup_printf("%s%s", change ? "change of " : "", name);
    category = category_label(&d->view, d->grid.category);
    text = g_strdup_printf("%s%s, %s", change ? "change of " : "", name, category);
    g_free(category);
    return text;
}

static char *heads_status(const struct view *v)
{
    const struct heads_view *d = (const struct heads_view *)v;
    char *measure, *line;

    if (!view_comparison(v) || !heads_ready(d))
        return view_absent_status(v);
    measure = measure_text(d);
    line = g_strdup_printf("%ux%u heads  %s  sort %s%s", d->grid.n_rows, d->grid.columns, measure,
                           d->grid.by_max ? "max" : "model", d->grid.reversed ? " reversed" : "");
    g_free(measure);
    return line;
}

char *heads_copy(const struct view *v)
{
    const struct heads_view *d = (const struct heads_view *)v;
    const struct head *h = heads_ready(d) ? selected_head(d) : NULL;
    char value[UNIT_BYTES], *name, *measure, *line;
    guint of, rank;
    double number;

    if (!h)
        return NULL;
    number = heads_selected(d)->values[h->head];
    rank = heads_grid_rank(&d->grid, number, &of);
    name = heads_name(heads_selected(d), h->head);
    measure = measure_text(d);
    line = g_strdup_printf("%s  %s %s  rank %u of %u", name, measure,
                           heads_value_text(&d->grid, number,
                                            heads_floor(h, d->grid.part, d->grid.measure), value),
                           rank, of);
    g_free(measure);
    g_free(name);
    return line;
}

static void heads_write(const struct view *v, FILE *out)
{
    const struct heads_view *d = (const struct heads_view *)v;

    if (heads_ready(d))
        heads_grid_write(&d->grid, out);
}

const struct view_ops view_heads = {
    .name = "heads",
    .title = "Heads",
    .brief = "Heads",
    .about = "attention heads of all blocks, which moved most",
    .help = "Every attention head as a cell, a row for each block and for each layer with an attention "
            "outside the blocks, all on one logarithmic scale: how far its query, key, value and "
            "output weights moved together or one by one (m), relative or as norms (d). "
            "Where models were run on examples, d goes on to what heads do there, in all categories or "
            "in one (c): the shift of attention between base and tuned (root of the Jensen-Shannon "
            "divergence, 0 to 1), and how much its entropy and the attention on the first token and on "
            "the one before changed; Enter then opens the pattern. With grouped queries a key and value head counts in every head that "
            "shares it. Biases are no part of a head. The read-out has the numbers of the "
            "selected head, its rank among all, and the tensor that Enter opens. A cell that is "
            "blank is not scanned, or not there on both sides.",
    .bindings = bindings,
    .size = sizeof(struct heads_view),
    .open = heads_open,
    .close = heads_close,
    .carry = heads_carry,
    .layout = heads_layout,
    .draw = heads_draw,
    .act = heads_act,
    .status = heads_status,
    .copy = heads_copy,
    .write = heads_write,
    .search = heads_search,
    .metric = heads_metric,
    .mouse = heads_mouse,
};
