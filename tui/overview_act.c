/* Keys, mouse, search and filter of the overview. */
#include "tui/overview_act.h"
#include "tui/view_text.h"

bool overview_ready(const struct overview *o)
{
    return o->rows.of && o->rows.of == view_comparison(&o->view) && o->rows.n;
}

bool overview_is_pinned(const struct overview *o, struct overview_row row)
{
    return o->pinned.group == row.group && o->pinned.entry == row.entry;
}

bool overview_metric_fits(const struct metric *m, const struct comparison *c)
{
    return m->of_rollup && (c->tuned || !(m->needs & METRIC_NEEDS_PAIR));
}

const struct metric *overview_next_metric(const struct metric *m, const struct comparison *c)
{
    guint n = 0, at = 0;

    for (; metric_table[n]; n++)
        if (metric_table[n] == m)
            at = n;
    for (guint i = 1; i <= n; i++)
        if (overview_metric_fits(metric_table[(at + i) % n], c))
            return metric_table[(at + i) % n];
    return m;
}

void overview_say_entry(struct overview *o)
{
    const struct comparison *c = o->rows.of;
    uint32_t entry = o->view.model->entry;

    if (!o->rows.n)
        return;
    o->at = o->rows.rows[o->list.selected];
    if (o->at.entry != PAIR_NONE)
        entry = o->at.entry;
    else if (entry >= c->pairing.n_entries || c->group_of[entry] != o->at.group)
        entry = c->groups[o->at.group].entries[0];
    o->said = entry;
    view_set_entry(&o->view, entry);
}

/* The row stays in the preview beside the selected one; once more: no longer. */
static void pin(struct overview *o)
{
    o->pinned = overview_is_pinned(o, o->at) ? (struct overview_row){NO_GROUP, PAIR_NONE} : o->at;
}

static void fold(struct overview *o, bool open)
{
    overview_rows_fold(&o->rows, o->at.group, open);
    if (!open && o->at.entry != PAIR_NONE && !overview_rows_is_single(&o->rows, o->at.group))
        o->at.entry = PAIR_NONE;
}

static void open_row(struct overview *o, struct app *app)
{
    if (o->at.entry == PAIR_NONE)
        app_open_view(app, view_find("layer"), o->said);
    else
        app_open_view(app, view_find("tensor"), o->at.entry);
}

/* To the row of the group before or behind. */
static void step_group(struct overview *o, bool back)
{
    guint i = o->list.selected;

    do {
        if (back ? i == 0 : i + 1 >= o->rows.n)
            break;
        i += back ? -1u : 1u;
    } while (o->rows.rows[i].entry != PAIR_NONE &&
             !overview_rows_is_single(&o->rows, o->rows.rows[i].group));
    o->list.selected = i;
}

static void reorder(struct overview *o, int action)
{
    struct overview_order order = o->rows.order;

    if (action == ACTION_SORT)
        order.sort = (order.sort + 1) % SORT_COUNT;
    else if (action == ACTION_REVERSE)
        order.reverse = !order.reverse;
    else
        order.metric = overview_next_metric(order.metric, o->rows.of);
    overview_rows_order(&o->rows, order);
    o->scaled = 0;
}

static enum reply search_on(struct overview *o, struct app *app, bool backwards)
{
    if (!o->search)
        return REPLY_IGNORED;
    if (!overview_rows_search(&o->rows, o->search, o->list.selected, backwards, &o->list.selected))
        app_say(app, "nothing matches");
    o->name_columns = -1;
    return REPLY_DONE;
}

static enum reply act_on_row(struct overview *o, struct app *app, int action)
{
    switch (action) {
    case ACTION_OPEN:
        open_row(o, app);
        return REPLY_DONE;
    case ACTION_RIGHT:
        if (o->at.entry == PAIR_NONE)
            fold(o, true);
        else
            open_row(o, app);
        return REPLY_DONE;
    case ACTION_LEFT:
        fold(o, false);
        return REPLY_DONE;
    case OVERVIEW_FOLD_ALL:
        if (o->at.entry != PAIR_NONE && !overview_rows_is_single(&o->rows, o->at.group))
            o->at.entry = PAIR_NONE;
        overview_rows_fold_all(&o->rows);
        return REPLY_DONE;
    case ACTION_PIN:
        pin(o);
        return REPLY_DONE;
    case ACTION_SORT:
    case ACTION_REVERSE:
    case ACTION_METRIC:
        reorder(o, action);
        return REPLY_DONE;
    }
    return REPLY_IGNORED;
}

enum reply overview_act(struct view *v, struct app *app, int action)
{
    struct overview *o = (struct overview *)v;
    enum reply reply = REPLY_DONE;

    if (!overview_ready(o))
        return REPLY_IGNORED;
    if (action == ACTION_SEARCH_NEXT || action == ACTION_SEARCH_PREVIOUS)
        reply = search_on(o, app, action == ACTION_SEARCH_PREVIOUS);
    else if (action == ACTION_PREVIOUS_LAYER || action == ACTION_NEXT_LAYER)
        step_group(o, action == ACTION_PREVIOUS_LAYER);
    else if (!list_act(&o->list, action))
        return act_on_row(o, app, action);
    overview_say_entry(o);
    return reply;
}

enum reply overview_mouse(struct view *v, struct app *app, int row, int col, int key)
{
    struct overview *o = (struct overview *)v;
    guint at = o->list.top + (guint)MAX(row - 1, 0);

    (void)col;
    if (!overview_ready(o))
        return REPLY_IGNORED;
    if (!list_wheel(&o->list, key)) {
        if (key != KEY_MOUSE_CLICK || row < 1 || row > o->list_rows || at >= o->rows.n)
            return REPLY_IGNORED;
        if (at == o->list.selected) {
            open_row(o, app);
            return REPLY_DONE;
        }
        o->list.selected = at;
    }
    overview_say_entry(o);
    return REPLY_DONE;
}

bool overview_metric(struct view *v, const char *name)
{
    struct overview *o = (struct overview *)v;
    const struct metric *m = metric_find(name);
    struct overview_order order = o->rows.order;

    if (!m || !overview_ready(o) || !overview_metric_fits(m, o->rows.of))
        return false;
    order.metric = m;
    overview_rows_order(&o->rows, order);
    o->scaled = 0;
    return true;
}

/* As the user types, the selection stays where it is as long as it matches. */
guint overview_search(struct view *v, const char *text)
{
    struct overview *o = (struct overview *)v;

    matcher_destroy(o->search);
    o->search = text && *text ? matcher_create(text) : NULL;
    if (!o->search || !overview_ready(o))
        return 0;
    overview_rows_build(&o->rows);
    list_layout(&o->list, o->rows.n, o->list_rows);
    if (!overview_rows_hit(&o->rows, o->search, o->rows.rows[o->list.selected]))
        overview_rows_search(&o->rows, o->search, o->list.selected, false, &o->list.selected);
    overview_say_entry(o);
    o->name_columns = -1;
    return overview_rows_hits(&o->rows, o->search);
}

guint overview_filter(struct view *v, const char *text)
{
    struct overview *o = (struct overview *)v;

    if (o->rows.of != view_comparison(v))
        overview_rows_follow(&o->rows, NULL);
    return overview_rows_filter(&o->rows, text);
}
