/* The whole model on one screen: a tree of blocks and tensors with how far each moved. */
#include <math.h>
#include <string.h>

#include "tui/entry_text.h"
#include "tui/overview_act.h"
#include "tui/overview_export.h"
#include "tui/overview_names.h"
#include "tui/overview_preview.h"
#include "tui/units.h"
#include "tui/view_text.h"

#define MIN_ROWS_FOR_PREVIEW 18
#define PREFER_MOST 1024

static const struct binding bindings[] = {
    {'z', OVERVIEW_FOLD_ALL, "z", "fold all", "Unfold every group, or fold all"},
    {KEY_RETURN, ACTION_OPEN, "Enter", "open", "Open a group as a layer, a tensor by itself"},
    {'\n', ACTION_OPEN, NULL, NULL, NULL},
    {'l', ACTION_RIGHT, "l, Right", NULL, "Unfold the group, open the tensor"},
    {KEY_ARROW_RIGHT, ACTION_RIGHT, NULL, NULL, NULL},
    {'h', ACTION_LEFT, "h, Left", NULL, "Fold the group, also from one of its tensors"},
    {KEY_ARROW_LEFT, ACTION_LEFT, NULL, NULL, NULL},
    {'s', ACTION_SORT, "s", "sort", "Sort by model order, metric, name, number of parameters"},
    {'m', ACTION_METRIC, "m", "metric", "Next metric for the bar, the heat strip and the sort"},
    {' ', ACTION_PIN, "Space", NULL,
     "Pin the row: its numbers stay beside those of the selected one, until Space again"},
    {'[', ACTION_PREVIOUS_LAYER, "[", NULL, "Go to the group before"},
    {']', ACTION_NEXT_LAYER, "]", NULL, "Go to the next group"},
    {0, ACTION_NONE, NULL, NULL, NULL},
};

static void overview_open(struct view *v, struct model *m)
{
    struct overview *o = (struct overview *)v;

    (void)m;
    overview_rows_init(&o->rows);
    o->at = (struct overview_row){0, PAIR_NONE};
    o->pinned = (struct overview_row){NO_GROUP, PAIR_NONE};
    o->said = PAIR_NONE;
    o->preferred = g_array_new(FALSE, FALSE, sizeof(uint32_t));
}

static void overview_close(struct view *v)
{
    struct overview *o = (struct overview *)v;

    overview_rows_finish(&o->rows);
    matcher_destroy(o->search);
    marks_finish(&o->marks);
    g_array_free(o->preferred, TRUE);
}

/* Layout. */

static void start_on(struct overview *o, struct comparison *c)
{
    overview_rows_follow(&o->rows, c);
    o->scaled = 0;
    o->said = PAIR_NONE;
    o->at = (struct overview_row){0, PAIR_NONE};
    o->pinned = (struct overview_row){NO_GROUP, PAIR_NONE};
    o->list = (struct list){0};
    g_array_set_size(o->preferred, 0);
    if (!c)
        return;
    overview_table_roles(&o->table, c);
    if (!overview_metric_fits(o->rows.order.metric, c)) {
        struct overview_order order = o->rows.order;

        order.metric = overview_next_metric(order.metric, c);
        overview_rows_order(&o->rows, order);
    }
}

static void overview_carry(struct view *v, struct view *from)
{
    struct overview *o = (struct overview *)v, *f = (struct overview *)from;
    const bool *open = f->rows.filter ? f->rows.open_before : f->rows.open;

    o->rows.order = f->rows.order;
    start_on(o, view_comparison(v));
    if (!o->rows.of || f->rows.n_groups != o->rows.n_groups)
        return;
    memcpy(o->rows.open, open, o->rows.n_groups * sizeof *open);
    o->at = f->at;
    o->pinned = f->pinned;
    o->list = f->list;
    o->said = f->said;
    o->search = g_steal_pointer(&f->search);
}

/* Another view may have moved on meanwhile: there, unfolded unless a whole group was selected. True
 * if so. */
static bool follow_entry(struct overview *o)
{
    uint32_t entry = o->view.model->entry, group;
    bool whole = o->at.entry == PAIR_NONE && o->said != PAIR_NONE;

    if (entry == o->said || entry >= o->rows.of->pairing.n_entries)
        return false;
    group = o->rows.of->group_of[entry];
    whole = whole && !overview_rows_is_single(&o->rows, group);
    o->at = (struct overview_row){group, whole ? PAIR_NONE : entry};
    if (!whole && o->said != PAIR_NONE)
        overview_rows_fold(&o->rows, group, true);
    o->said = entry;
    return true;
}

static void prefer_visible(struct overview *o, struct comparison *c)
{
    GArray *now = g_array_new(FALSE, FALSE, sizeof(uint32_t));

    for (guint i = o->list.top; i < o->rows.n && i < o->list.top + (guint)MAX(o->list_rows, 0);
         i++) {
        const struct overview_row *row = &o->rows.rows[i];
        const struct group *g = &c->groups[row->group];

        if (row->entry != PAIR_NONE)
            g_array_append_val(now, row->entry);
        else if (!overview_rows_is_open(&o->rows, row->group))
            g_array_append_vals(now, g->entries, g->n_entries);
        if (now->len > PREFER_MOST)
            break;
    }
    if (now->len && c->summary.n_finished < c->summary.n &&
        (now->len != o->preferred->len ||
         memcmp(now->data, o->preferred->data, now->len * sizeof(uint32_t)) != 0))
        comparison_scan_prefer(c, (const uint32_t *)(const void *)now->data, now->len);
    g_array_free(o->preferred, TRUE);
    o->preferred = now;
}

static void refresh_numbers(struct overview *o)
{
    for (guint i = o->list.top; i < o->rows.n && i <= o->list.top + (guint)MAX(o->list_rows, 1);
         i++)
        overview_rows_numbers(&o->rows, o->rows.rows[i].group);
    if (o->pinned.group != NO_GROUP)
        overview_rows_numbers(&o->rows, o->pinned.group);
    if (o->scaled != o->rows.of->summary.version + 1) {
        overview_table_scale(&o->table, &o->rows);
        o->scaled = o->rows.of->summary.version + 1;
    }
}

static void overview_layout(struct view *v, int rows, int cols)
{
    struct overview *o = (struct overview *)v;
    struct comparison *c = view_comparison(v);
    bool moved;

    if (o->rows.of != c)
        start_on(o, c);
    if (!c)
        return;
    o->preview = rows >= MIN_ROWS_FOR_PREVIEW;
    o->list_rows = rows - 1 - (o->preview ? PREVIEW_ROWS : 0);
    moved = follow_entry(o);
    if (overview_rows_build(&o->rows)) {
        o->name_columns = -1;
        moved = true;
    }
    if (moved)
        o->list.selected = overview_rows_find(&o->rows, o->at);
    if (o->name_columns < 0)
        o->name_columns = overview_names_longest(&o->rows);
    list_layout(&o->list, o->rows.n, o->list_rows);
    overview_say_entry(o);
    overview_table_fit(&o->table, c, cols, o->name_columns);
    marks_make(&o->marks, v->model);
    refresh_numbers(o);
    prefer_visible(o, c);
}

/* Drawing. */

static void draw_list(const struct overview *o, const struct surface *s)
{
    guint top = o->list.top, n = MIN((guint)MAX(s->rows, 0), o->rows.n - top);
    struct row_facts *facts = g_new0(struct row_facts, n + 1);

    for (guint i = 0; i < n; i++) {
        row_facts_init(&facts[i], &o->rows, o->rows.rows[top + i], &o->marks);
        facts[i].hit = o->search && overview_rows_hit(&o->rows, o->search, o->rows.rows[top + i]);
        facts[i].pinned = overview_is_pinned(o, o->rows.rows[top + i]);
    }
    overview_names_apart(facts, n, o->table.width[COLUMN_NAME]);
    for (guint i = 0; i < n; i++) {
        bool selected = top + i == o->list.selected;

        overview_table_row(&o->table, s, (int)i, &facts[i], selected);
        if (selected)
            surface_cursor(s, (int)i, 0);
        row_facts_finish(&facts[i]);
    }
    g_free(facts);
}

static void draw_preview(const struct overview *o, const struct surface *s)
{
    struct surface left = *s, right;

    if (o->pinned.group != NO_GROUP) {
        left = surface_part(s, 0, 0, s->rows, s->cols / 2);
        right = surface_part(s, 0, s->cols / 2, s->rows, s->cols - s->cols / 2);
        overview_preview_draw(&o->rows, o->pinned, "pinned: ", &right);
    }
    overview_preview_draw(&o->rows, o->at, "", &left);
}

static void overview_draw(const struct view *v, const struct surface *s)
{
    const struct overview *o = (const struct overview *)v;
    struct surface list, preview;

    if (view_draw_absent(v, s) || o->rows.of != view_comparison(v))
        return;
    if (s->rows > 1)
        overview_table_head(&o->table, s, 0);
    list = surface_part(s, s->rows > 1 ? 1 : 0, 0, o->list_rows > 0 ? o->list_rows : 1, s->cols);
    if (o->rows.n)
        draw_list(o, &list);
    else
        surface_text(&list, 0, 1, style_of(PAINT_DIM),
                     o->rows.filter ? "no tensor matches the filter" : "no tensors");
    if (!o->preview || !o->rows.n)
        return;
    preview = surface_part(s, s->rows - PREVIEW_ROWS, 0, PREVIEW_ROWS, s->cols);
    draw_preview(o, &preview);
}

/* "gpt2  ", "gpt2 > llama  ". */
static void append_arch(GString *out, const struct comparison *c)
{
    g_string_append(out, c->base->arch->name);
    if (c->tuned && c->tuned->arch != c->base->arch)
        g_string_append_printf(out, " > %s", c->tuned->arch->name);
    g_string_append(out, "  ");
}

static char *overview_status(const struct view *v)
{
    static const char *const sorts[SORT_COUNT] = {"model", NULL, "name", "params"};
    const struct overview *o = (const struct overview *)v;
    const struct overview_order *order = &o->rows.order;
    char buf[2 * UNIT_BYTES];
    GString *out;

    if (!view_comparison(v) || o->rows.of != view_comparison(v))
        return view_absent_status(v);
    out = g_string_new(NULL);
    append_arch(out, o->rows.of);
    if (o->rows.of->tuned && o->table.metric)
        g_string_append_printf(out, o->table.width[COLUMN_HEAT] ? "%s log . %s @  " : "%s %s log  ",
                               order->metric->name,
                               overview_table_limits(&o->table, buf, sizeof buf));
    g_string_append_printf(out, "sort %s%s",
                           order->sort == SORT_METRIC ? order->metric->name : sorts[order->sort],
                           order->reverse ? " reversed" : "");
    if (o->rows.of->tuned && o->list.n)
        g_string_append_printf(out, "  floor %s",
                               unit_percent(buf, o->rows.numbers[o->at.group].floor));
    g_string_append_printf(out, "  %u rows", o->rows.n);
    return g_string_free(out, FALSE);
}

static char *overview_copy(const struct view *v)
{
    const struct overview *o = (const struct overview *)v;

    return overview_ready(o) ? overview_line(&o->rows, o->at, &o->marks) : NULL;
}

static void overview_write(const struct view *v, FILE *out)
{
    struct overview *o = (struct overview *)v;

    if (overview_ready(o))
        overview_table_write(&o->rows, &o->marks, out);
}

const struct view_ops view_overview = {
    .name = "overview",
    .title = "Overview",
    .brief = "Over",
    .about = "every block and tensor, and how far it moved",
    .help = "Every block and layer of the model with how far it moved: pooled over its matrices, "
            "|tuned - base| / |base|, on a log scale whose ends stand above the bar. Letters over "
            "the strip on the right are roles, listed below; each cell is the same number for the "
            "block's tensors of that role, on the same scale: '.' below its lower end, then "
            "rising : - = + * # % and '@' at its upper end; the preview has the numbers. Unfold a "
            "block to see its tensors. Rows still to be scanned show '...'; what "
            "is on the screen is scanned first. Optimizer state comes last and is in no sum.",
    .bindings = bindings,
    .size = sizeof(struct overview),
    .open = overview_open,
    .close = overview_close,
    .carry = overview_carry,
    .layout = overview_layout,
    .draw = overview_draw,
    .act = overview_act,
    .status = overview_status,
    .copy = overview_copy,
    .write = overview_write,
    .search = overview_search,
    .filter = overview_filter,
    .metric = overview_metric,
    .mouse = overview_mouse,
};
