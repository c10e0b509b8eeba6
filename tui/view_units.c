/* Units of a layer, or of all blocks, that answer to a category, and those that changed. */
#include <math.h>

#include "tui/activity_text.h"
#include "tui/list.h"
#include "tui/tsv.h"
#include "tui/units.h"
#include "tui/view_text.h"

#define ABOVE 1
#define READOUT 4 /* rows below the list, the rule included */
#define LABEL 10
#define UNIT 7
#define NUMBER 9
#define COLUMNS 9 /* numbers, the most telling ones first */

struct units_view {
    struct view view;
    struct list list;
    guint *shown; /* [list.n] of the ranking */
    struct matcher *filter, *search;
    enum activity_order order;
    bool all_layers, all_categories, reversed;
    int readout;
    const struct units_ranking *ranking; /* of this frame; NULL: not there */
    const char *error;
};

enum {
    ACTION_ALL_LAYERS = ACTION_VIEW,
    ACTION_ALL_CATEGORIES,
    ACTION_CATEGORY_BEFORE,
    ACTION_CATEGORY_AFTER
};

static const struct binding bindings[] = {
    {'s', ACTION_SORT, "s", "sort", "By selectivity in base, in tuned, its change, change, shift"},
    {'r', ACTION_REVERSE, "r", NULL, "Reverse the order"},
    {'m', ACTION_METRIC, "m", "site", "MLP hidden, residual stream, attention out"},
    {'[', ACTION_PREVIOUS_LAYER, "[/]", "block", "The block before, the next one"},
    {']', ACTION_NEXT_LAYER, NULL, NULL, NULL},
    {'a', ACTION_ALL_LAYERS, "a", "all blocks", "All blocks together, or one"},
    {'{', ACTION_CATEGORY_BEFORE, "{/}", "category", "The category before, the next one"},
    {'}', ACTION_CATEGORY_AFTER, NULL, NULL, NULL},
    {'c', ACTION_ALL_CATEGORIES, "c", NULL, "All categories together, or one"},
    {'\r', ACTION_OPEN, "Enter", NULL, "The head that the unit is of, or the category's examples"},
    {'\n', ACTION_OPEN, NULL, NULL, NULL},
    {0, ACTION_NONE, NULL, NULL, NULL},
};

static struct units_view *self(struct view *v)
{
    return (struct units_view *)v;
}

static const struct units_view *seen(const struct view *v)
{
    return (const struct units_view *)v;
}

static const struct activity *activity_of(const struct view *v)
{
    return view_study(v) ? study_activity(view_study(v)) : NULL;
}

static void units_open(struct view *v, struct model *m)
{
    (void)m;
    self(v)->order = ACTIVITY_BY_SELECTIVITY;
}

static void units_close(struct view *v)
{
    g_free(self(v)->shown);
    matcher_destroy(self(v)->filter);
    matcher_destroy(self(v)->search);
}

/* What is asked. */

static uint32_t category_of(const struct units_view *d)
{
    const struct activity *a = activity_of(&d->view);
    uint32_t category = d->view.model->category;

    return d->all_categories || a->n_categories < 2 || category >= a->n_categories ? ACTIVITY_ALL
                                                                                   : category;
}

/* Of all categories nothing is selective; of one model nothing changed. */
static bool can_order(const struct units_view *d, enum activity_order order)
{
    bool selective = order == ACTIVITY_BY_SELECTIVITY, pair = activity_of(&d->view)->pair;

    if (category_of(d) == ACTIVITY_ALL)
        return order >= ACTIVITY_BY_CHANGE && pair;
    return selective || pair;
}

static enum activity_order order_of(const struct units_view *d)
{
    return can_order(d, d->order)           ? d->order
           : category_of(d) == ACTIVITY_ALL ? ACTIVITY_BY_CHANGE
                                            : ACTIVITY_BY_SELECTIVITY;
}

static const char *order_name(enum activity_order order)
{
    static const char *const names[] = {"selectivity", "selectivity in tuned",
                                        "change of selectivity", "change", "shift"};

    return names[order];
}

static const char *flag_of(const struct activity *a, const struct activity_unit *u)
{
    if (!a->pair)
        return u->dead[ACTIVITY_BASE] ? "silent" : "";
    if (u->dead[ACTIVITY_BASE] != u->dead[ACTIVITY_TUNED])
        return u->dead[ACTIVITY_TUNED] ? "newly silent" : "revived";
    return u->dead[ACTIVITY_BASE] ? "silent" : "";
}

static bool matches(const struct units_view *d, const struct matcher *m, guint i)
{
    const struct ranked_unit *u = &d->ranking->units[i];
    char *layer = activity_layer_label(activity_of(&d->view), u->layer);
    char *text =
        g_strdup_printf("%s.%u %s", layer, u->unit.unit, flag_of(activity_of(&d->view), &u->unit));
    bool hit = matcher_hit(m, text);

    g_free(text);
    g_free(layer);
    return hit;
}

static guint arrange(struct units_view *d)
{
    guint n = 0, all = d->ranking ? d->ranking->n : 0;

    d->shown = g_renew(guint, d->shown, all + 1);
    for (guint i = 0; i < all; i++) {
        guint at = d->reversed ? all - 1 - i : i;

        if (!d->filter || matches(d, d->filter, at))
            d->shown[n++] = at;
    }
    return n;
}

static void units_layout(struct view *v, int rows, int cols)
{
    struct units_view *d = self(v);
    const struct activity *a = activity_of(v);
    guint n;

    (void)cols;
    d->ranking = NULL;
    d->error = NULL;
    if (!a)
        return;
    if (v->model->layer >= a->n_layers)
        v->model->layer = 0;
    d->ranking = study_units(view_study(v),
                             &(struct units_ask){.layer = v->model->layer,
                                                 .all_layers = d->all_layers,
                                                 .category = category_of(d),
                                                 .order = order_of(d)},
                             &d->error);
    n = arrange(d);
    d->readout = rows >= ABOVE + READOUT + 4 ? READOUT : 0;
    list_layout(&d->list, n, MAX(rows - (rows > 2 ? ABOVE : 0) - d->readout, 1));
}

/* Drawing. */

static const struct ranked_unit *unit_at(const struct units_view *d, guint i)
{
    return d->ranking && i < d->list.n ? &d->ranking->units[d->shown[i]] : NULL;
}

struct column {
    const char *name;
    double value;
};

/* In the order in which they are given up. */
static unsigned columns_of(const struct units_view *d, const struct activity_unit *u,
                           struct column out[COLUMNS])
{
    bool pair = activity_of(&d->view)->pair, one = category_of(d) != ACTIVITY_ALL;
    unsigned n = 0;

    if (one)
        out[n++] = (struct column){pair ? "sel base" : "select.", u->selectivity[ACTIVITY_BASE]};
    if (one && pair)
        out[n++] = (struct column){"tuned", u->selectivity[ACTIVITY_TUNED]};
    if (pair)
        out[n++] = (struct column){"change", u->change};
    if (pair)
        out[n++] = (struct column){"shift", u->shift};
    out[n++] = (struct column){pair ? "mean base" : "mean", u->mean[ACTIVITY_BASE]};
    if (pair)
        out[n++] = (struct column){"tuned", u->mean[ACTIVITY_TUNED]};
    out[n++] = (struct column){pair ? "max base" : "max", u->most[ACTIVITY_BASE]};
    if (pair)
        out[n++] = (struct column){"tuned", u->most[ACTIVITY_TUNED]};
    return n;
}

static void draw_columns(const struct units_view *d, const struct surface *s, int row,
                         const struct activity_unit *u, const char *flag)
{
    struct column columns[COLUMNS];
    unsigned n = columns_of(d, u, columns);
    int col = 1 + LABEL + UNIT + 1;
    char text[UNIT_BYTES];

    for (unsigned i = 0; i < n && col + NUMBER <= s->cols; i++, col += NUMBER + 1)
        surface_field(s, row, col, NUMBER, true, CUT_END, style_of(flag ? PAINT_TEXT : PAINT_DIM),
                      flag ? unit_value(text, columns[i].value, 8) : columns[i].name);
    if (flag && col < s->cols)
        surface_text(s, row, col + 1, style_of(PAINT_WARN), flag);
}

static void draw_unit(const struct units_view *d, const struct surface *s, int row, guint at)
{
    const struct activity *a = activity_of(&d->view);
    const struct ranked_unit *u = unit_at(d, at);
    char *layer = activity_layer_label(a, u->layer);

    surface_field(
        s, row, 1, LABEL, false, CUT_MIDDLE,
        style_of(d->search && matches(d, d->search, d->shown[at]) ? PAINT_MATCH : PAINT_TEXT),
        layer);
    surface_print(s, row, 1 + LABEL, style_of(PAINT_TEXT), "%*u", UNIT, u->unit.unit);
    draw_columns(d, s, row, &u->unit, flag_of(a, &u->unit));
    if (at == d->list.selected) {
        surface_glyph(s, row, 0, style_of(PAINT_TEXT), '>');
        surface_tint(s, row, 0, s->cols, style_of(PAINT_CURSOR));
        surface_cursor(s, row, 0);
    }
    g_free(layer);
}

/* "answers to: toys 2.1 > 1.9, bath 0.3 > 0.2": all categories, the one it answers to most first.
 */
static char *answers_text(const struct units_view *d, const struct ranked_unit *u)
{
    const struct activity *a = activity_of(&d->view);
    bool *said = g_new0(bool, a->n_categories + 1);
    GString *out = g_string_new("answers to");

    for (uint32_t i = 0; i < a->n_categories; i++) {
        struct activity_unit best = {.unit = 0}, now;
        uint32_t at = UINT32_MAX;
        char base[UNIT_BYTES], tuned[UNIT_BYTES], *name;

        for (uint32_t c = 0; c < a->n_categories; c++) {
            activity_unit(a, u->layer, c, u->unit.unit, &now);
            if (said[c] || isnan(now.selectivity[0]) ||
                (at != UINT32_MAX && now.selectivity[0] <= best.selectivity[0]))
                continue;
            at = c;
            best = now;
        }
        if (at == UINT32_MAX)
            break;
        said[at] = true;
        name = category_label(&d->view, at);
        g_string_append_printf(out, "  %s %s", name, unit_value(base, best.selectivity[0], 6));
        if (a->pair)
            g_string_append_printf(out, " > %s", unit_value(tuned, best.selectivity[1], 6));
        g_free(name);
    }
    g_free(said);
    return g_string_free(out, FALSE);
}

static char *unit_name(const struct units_view *d, const struct ranked_unit *u)
{
    const struct activity *a = activity_of(&d->view);
    uint32_t each = a->heads ? a->layers[u->layer].units / a->heads : 0;
    char *layer = activity_layer_label(a, u->layer), *name;

    if (a->layers[u->layer].kind == ACTIVITY_HEADS && each)
        name = g_strdup_printf("%s.h%u unit %u", layer, u->unit.unit / each, u->unit.unit % each);
    else
        name = g_strdup_printf("%s unit %u", layer, u->unit.unit);
    g_free(layer);
    return name;
}

static void draw_readout(const struct units_view *d, const struct surface *s)
{
    const struct ranked_unit *u = unit_at(d, d->list.selected);
    const struct activity *a = activity_of(&d->view);
    char *name, *answers, sd[2][UNIT_BYTES];
    uint32_t examples;

    if (!u)
        return;
    name = unit_name(d, u);
    answers = answers_text(d, u);
    examples = activity_cell(a, u->layer, category_of(d))->examples;
    surface_rule(s, 0, name);
    surface_field(s, 1, 1, s->cols - 2, false, CUT_END, style_of(PAINT_TEXT), answers);
    surface_print(s, 2, 1, style_of(PAINT_DIM),
                  "sd %s%s%s; %" G_GUINT64_FORMAT " tokens of %u examples%s",
                  unit_value(sd[0], u->unit.sd[0], 7), a->pair ? " > " : "",
                  a->pair ? unit_value(sd[1], u->unit.sd[1], 7) : "", u->unit.tokens, examples,
                  examples < ACTIVITY_FEWEST ? ": n < 30, a hint at most" : "");
    surface_text(s, 3, 1, style_of(PAINT_DIM),
                 "selectivity: the category's mean less all others', in sd; change: of the mean, "
                 "in base sd");
    g_free(answers);
    g_free(name);
}

static void units_draw(const struct view *v, const struct surface *s)
{
    const struct units_view *d = seen(v);
    struct surface below = surface_part(s, s->rows - d->readout, 0, d->readout, s->cols);
    int above = s->rows > 2 ? ABOVE : 0;

    if (study_draw_absent(v, s, activity_of(v), "units"))
        return;
    if (above) {
        surface_text(s, 0, 1, style_of(PAINT_DIM), "layer");
        surface_field(s, 0, 1 + LABEL, UNIT, true, CUT_END, style_of(PAINT_DIM), "unit");
        draw_columns(d, s, 0, &(struct activity_unit){.unit = 0}, NULL);
    }
    for (int i = 0; i < d->list.height && d->list.top + (guint)i < d->list.n; i++)
        draw_unit(d, s, above + i, d->list.top + (guint)i);
    if (!d->list.n) {
        surface_text(s, above, 2, style_of(d->error ? PAINT_BAD : PAINT_DIM),
                     d->error      ? d->error
                     : !d->ranking ? "being sorted"
                     : d->ranking->n
                         ? "no unit matches"
                         : "nothing is defined here: too little was seen, or one category");
        surface_cursor(s, 0, 0);
    }
    if (d->readout)
        draw_readout(d, &below);
}

/* Keys. */

static bool hit(const void *owner, const struct matcher *m, guint i)
{
    return matches(owner, m, ((const struct units_view *)owner)->shown[i]);
}

static guint units_search(struct view *v, const char *text)
{
    struct units_view *d = self(v);

    matcher_destroy(d->search);
    d->search = text && *text ? matcher_create(text) : NULL;
    return d->ranking ? list_search(&d->list, d->search, hit, d, LIST_HERE) : 0;
}

static guint units_filter(struct view *v, const char *text)
{
    struct units_view *d = self(v);

    matcher_destroy(d->filter);
    d->filter = text && *text ? matcher_create(text) : NULL;
    d->list.selected = 0;
    units_layout(v, v->rows, v->cols);
    return d->list.n;
}

static void next_order(struct units_view *d)
{
    for (int i = 0; i <= ACTIVITY_BY_SHIFT; i++) {
        d->order = (enum activity_order)((order_of(d) + 1 + (unsigned)i) % (ACTIVITY_BY_SHIFT + 1));
        if (can_order(d, d->order))
            return;
    }
}

static bool change(struct units_view *d, int action)
{
    struct model *m = d->view.model;
    const struct activity *a = activity_of(&d->view);
    uint32_t n, first = activity_layers(a, a->layers[m->layer].kind, &n);
    bool after = action == ACTION_NEXT_LAYER || action == ACTION_CATEGORY_AFTER;

    if (action == ACTION_SORT)
        next_order(d);
    else if (action == ACTION_REVERSE)
        d->reversed = !d->reversed;
    else if (action == ACTION_METRIC)
        m->layer = activity_next_site(a, m->layer);
    else if (action == ACTION_ALL_LAYERS)
        d->all_layers = !d->all_layers;
    else if (action == ACTION_ALL_CATEGORIES)
        d->all_categories = !d->all_categories;
    else if (action == ACTION_PREVIOUS_LAYER || action == ACTION_NEXT_LAYER)
        m->layer = after ? MIN(m->layer + 1, first + n - 1) : MAX(m->layer, first + 1) - 1;
    else if (action == ACTION_CATEGORY_BEFORE || action == ACTION_CATEGORY_AFTER)
        m->category = after ? MIN(m->category + 1, a->n_categories - 1) : MAX(m->category, 1) - 1;
    else
        return false;
    d->list.selected = 0;
    return true;
}

static void open_evidence(struct units_view *d, struct app *app)
{
    const struct ranked_unit *u = unit_at(d, d->list.selected);
    const struct activity *a = activity_of(&d->view);

    if (!u)
        return;
    if (a->layers[u->layer].kind == ACTIVITY_HEADS && a->heads) {
        d->view.model->layer = u->layer;
        d->view.model->head = u->unit.unit / (a->layers[u->layer].units / a->heads);
        app_open_view(app, view_find("attention"), PAIR_NONE);
    } else {
        app_open_view(app, view_find("examples"), PAIR_NONE);
    }
}

static enum reply units_act(struct view *v, struct app *app, int action)
{
    struct units_view *d = self(v);

    units_layout(v, v->rows, v->cols);
    if (!activity_of(v))
        return REPLY_IGNORED;
    if (action == ACTION_OPEN)
        open_evidence(d, app);
    else if (!view_search_on(app, action, &d->list, d->search, hit, d) && !change(d, action) &&
             !list_act(&d->list, action))
        return REPLY_IGNORED;
    return REPLY_DONE;
}

static enum reply units_mouse(struct view *v, struct app *app, int row, int col, int key)
{
    struct units_view *d = self(v);
    guint at = d->list.top + (guint)MAX(row - ABOVE, 0);

    (void)col;
    (void)app;
    if (list_wheel(&d->list, key))
        return REPLY_DONE;
    if (row < ABOVE || row >= ABOVE + d->list.height || at >= d->list.n)
        return REPLY_IGNORED;
    d->list.selected = at;
    return REPLY_DONE;
}

/* What it gives away. */

static char *units_status(const struct view *v)
{
    const struct units_view *d = seen(v);
    const struct activity *a = activity_of(v);
    char *category, *layer, *line;

    if (!view_comparison(v) || !a || v->model->layer >= a->n_layers)
        return view_absent_status(v);
    category = category_of(d) == ACTIVITY_ALL ? g_strdup("all categories")
                                              : category_label(v, v->model->category);
    layer = d->all_layers ? g_strdup("all blocks") : activity_layer_label(a, v->model->layer);
    line = g_strdup_printf("%s  %s  %s  sort %s%s  shown %u of %u", category,
                           activity_site_name(a->layers[v->model->layer].kind), layer,
                           order_name(order_of(d)), d->reversed ? " reversed" : "", d->list.n,
                           d->ranking ? d->ranking->of : 0);
    g_free(layer);
    g_free(category);
    return line;
}

static char *units_copy(const struct view *v)
{
    const struct units_view *d = seen(v);
    const struct ranked_unit *u = activity_of(v) ? unit_at(d, d->list.selected) : NULL;
    char *name, *answers, *line;

    if (!u)
        return NULL;
    name = unit_name(d, u);
    answers = answers_text(d, u);
    line = g_strdup_printf("%s  %s  change %.4g  shift %.4g", name, answers, u->unit.change,
                           u->unit.shift);
    g_free(answers);
    g_free(name);
    return line;
}

static void units_write(const struct view *v, FILE *out)
{
    const struct units_view *d = seen(v);
    const struct activity *a = activity_of(v);

    if (!a)
        return;
    fputs(
        "layer\tsite\tunit\ttokens\tbase_selectivity\ttuned_selectivity\tchange\tshift\tbase_mean\t"
        "tuned_mean\tbase_sd\ttuned_sd\tbase_max\ttuned_max\tflag\n",
        out);
    for (guint i = 0; i < d->list.n; i++) {
        const struct ranked_unit *r = unit_at(d, i);
        const struct activity_unit *u = &r->unit;
        const double numbers[] = {u->selectivity[0], u->selectivity[1], u->change, u->shift,
                                  u->mean[0],        u->mean[1],        u->sd[0],  u->sd[1],
                                  u->most[0],        u->most[1]};
        char *layer = activity_layer_label(a, r->layer);

        fprintf(out, "%s\t%s\t%u\t%" G_GUINT64_FORMAT, layer,
                activity_kind_name(a->layers[r->layer].kind), u->unit, u->tokens);
        for (gsize k = 0; k < G_N_ELEMENTS(numbers); k++)
            tsv_number(out, numbers[k]);
        fprintf(out, "\t%s\n", flag_of(a, u));
        g_free(layer);
    }
}

const struct view_ops view_units = {
    .name = "units",
    .title = "Units",
    .brief = "Units",
    .about = "which units answer to a category, which changed",
    .help =
        "Single units (MLP neurons, channels of the residual stream or of the heads' outputs) on "
        "your examples: how much each answers to the category that is selected, before and "
        "after (selectivity: its mean there less its mean on all other categories, in units of "
        "the pooled standard deviation), how its mean changed there in units of the base's "
        "standard deviation, and the relative shift of its values. Of one block, or of all (a). "
        "Silent units are those that no example made fire. A unit that answers to a category "
        "need not stand for it: look at what else it answers to, below.",
    .bindings = bindings,
    .size = sizeof(struct units_view),
    .open = units_open,
    .close = units_close,
    .layout = units_layout,
    .draw = units_draw,
    .act = units_act,
    .status = units_status,
    .copy = units_copy,
    .write = units_write,
    .search = units_search,
    .filter = units_filter,
    .mouse = units_mouse,
};
