/* Put some of the fine-tune back to the base and see what each category loses then. */
#include <math.h>
#include <string.h>

#include "core/escape.h"
#include "tui/list.h"
#include "tui/plot.h"
#include "tui/study_text.h"
#include "tui/tsv.h"
#include "tui/units.h"
#include "tui/view_text.h"

#define LABEL 10
#define CELL 6
#define STEP 0.25
#define ANSWER_COLUMNS 54

/* What a column of the grid edits. */
static const struct column {
    const char *title;
    enum role role; /* ROLE_COUNT: all */
    bool head;      /* the selected head alone */
} columns[] = {
    {"all", ROLE_COUNT, false},     {"q", ROLE_QUERY, false},  {"k", ROLE_KEY, false},
    {"v", ROLE_VALUE, false},       {"qkv", ROLE_QKV, false},  {"out", ROLE_ATTN_OUTPUT, false},
    {"gate", ROLE_GATE, false},     {"up", ROLE_UP, false},    {"down", ROLE_DOWN, false},
    {"norm", ROLE_NORM, false},     {"head", ROLE_COUNT, true},
};

/* Rows before the blocks. */
static const struct above {
    const char *label;
    int32_t block;
    enum role role;
} aboves[] = {{"everywhere", BLEND_ANY, ROLE_COUNT},
              {"embedding", BLEND_OUTSIDE, ROLE_EMBEDDING},
              {"positions", BLEND_OUTSIDE, ROLE_POSITION},
              {"final norm", BLEND_OUTSIDE, ROLE_NORM},
              {"head", BLEND_OUTSIDE, ROLE_HEAD}};
#define ABOVES ((guint)G_N_ELEMENTS(aboves))

struct what_if_view {
    struct view view;
    struct list list;
    guint column;                           /* selected, of those shown */
    guint shown[G_N_ELEMENTS(columns)];     /* [n_shown] columns that edit something here */
    guint n_shown;
    bool outside[ROLE_COUNT];               /* roles that stand outside the blocks */
    const struct comparison *of;            /* that these are of */
    bool wide;
    int grid_rows;
    const struct what_if *answer; /* of this frame; NULL: not there */
    const char *error;
};

enum { ACTION_BASE = ACTION_VIEW, ACTION_TUNED, ACTION_CLEAR, ACTION_HEAD_BEFORE, ACTION_HEAD_AFTER };

static const struct binding bindings[] = {
    {'b', ACTION_BASE, "b", "base", "Put it back to the base"},
    {'t', ACTION_TUNED, "t", "tuned", "As tuned again"},
    {'-', ACTION_ZOOM_OUT, "+/-", "blend", "A quarter less, or more, of what the tuning did"},
    {'+', ACTION_ZOOM_IN, NULL, NULL, NULL},
    {'x', ACTION_CLEAR, "x", "clear", "Everything as tuned again"},
    {'{', ACTION_HEAD_BEFORE, "{/}", "head", "The head of the last column: the one before, the next"},
    {'}', ACTION_HEAD_AFTER, NULL, NULL, NULL},
    {0, ACTION_NONE, NULL, NULL, NULL},
};

static struct what_if_view *self(struct view *v)
{
    return (struct what_if_view *)v;
}

static const struct what_if_view *seen(const struct view *v)
{
    return (const struct what_if_view *)v;
}

static void what_if_open(struct view *v, struct model *m)
{
    (void)v;
    (void)m;
}

/* Roles that this model has not are no columns and no rows. */
static void find_parts(struct what_if_view *d)
{
    const struct comparison *c = view_comparison(&d->view);
    bool inside[ROLE_COUNT] = {false};

    if (d->of == c)
        return;
    d->of = c;
    memset(d->outside, 0, sizeof d->outside);
    for (uint32_t i = 0; i < c->pairing.n_entries; i++) {
        const struct place *p = comparison_place(c, i);

        (p->block < 0 ? d->outside : inside)[p->role] = true;
    }
    d->n_shown = 0;
    for (guint i = 0; i < G_N_ELEMENTS(columns); i++)
        if (columns[i].head ? c->attentions.n > 0
                            : columns[i].role == ROLE_COUNT || inside[columns[i].role])
            d->shown[d->n_shown++] = i;
}

static int grid_columns(const struct what_if_view *d)
{
    return 1 + LABEL + (int)d->n_shown * CELL;
}

/* What the cell edits; false: it edits nothing. */
static bool cell_edit(const struct what_if_view *d, guint row, guint column, struct blend_edit *out)
{
    const struct column *c = &columns[d->shown[column]];

    *out = (struct blend_edit){
        .block = row < ABOVES ? aboves[row].block : (int32_t)(row - ABOVES),
        .role = row > 0 && row < ABOVES ? aboves[row].role : c->role,
        .head = c->head ? (int32_t)d->view.model->head : BLEND_ANY};
    out->alpha = blend_get(&d->view.model->blend, out->block, out->role, out->head);
    if (row == 0 || row >= ABOVES)
        return row > 0 || !c->head;
    return column == 0 && d->outside[aboves[row].role];
}

static bool is_there(const struct view *v)
{
    const struct study *of = view_study(v);

    return of && study_blocks(of) && study_results(of);
}

static void what_if_layout(struct view *v, int rows, int cols)
{
    struct what_if_view *d = self(v);

    d->answer = NULL;
    d->error = NULL;
    if (!is_there(v))
        return;
    find_parts(d);
    d->wide = cols >= grid_columns(d) + 1 + ANSWER_COLUMNS;
    d->grid_rows = d->wide || rows < 14 ? rows - 1 : rows / 2;
    list_layout(&d->list, ABOVES + study_blocks(view_study(v)), MAX(d->grid_rows - 1, 1));
    if (d->view.model->blend.n)
        d->answer = study_what_if(view_study(v), &d->view.model->blend, &d->error);
}

/* Drawing. */

static void draw_heading(const struct what_if_view *d, const struct surface *s)
{
    for (guint i = 0; i < d->n_shown; i++) {
        const struct column *c = &columns[d->shown[i]];
        char title[16];

        if (c->head)
            g_snprintf(title, sizeof title, "h%u", d->view.model->head);
        else
            g_strlcpy(title, c->title, sizeof title);
        surface_field(s, 0, 1 + LABEL + (int)i * CELL, CELL - 1, true, CUT_END,
                      style_of(i == d->column ? PAINT_TITLE : PAINT_DIM), title);
    }
}

static void draw_cell(const struct what_if_view *d, const struct surface *s, int row, guint at,
                      guint column)
{
    struct blend_edit e;
    char text[8];
    int col = 1 + LABEL + (int)column * CELL;

    if (!cell_edit(d, at, column, &e))
        return;
    if (e.alpha == 1)
        g_strlcpy(text, ".", sizeof text);
    else if (e.alpha == 0)
        g_strlcpy(text, "base", sizeof text);
    else
        g_snprintf(text, sizeof text, "%.2f", e.alpha);
    surface_field(s, row, col, CELL - 1, true, CUT_END,
                  style_of(e.alpha == 1 ? PAINT_DIM : PAINT_DELTA), text);
    if (at != d->list.selected || column != d->column)
        return;
    surface_tint(s, row, col, CELL - 1, style_of(PAINT_CURSOR));
    surface_cursor(s, row, col + CELL - 2);
}

static void draw_grid(const struct what_if_view *d, const struct surface *s)
{
    draw_heading(d, s);
    for (int i = 0; i < d->list.height && d->list.top + (guint)i < d->list.n; i++) {
        guint at = d->list.top + (guint)i;
        bool here = at == d->list.selected;
        char label[16];

        if (at < ABOVES)
            g_strlcpy(label, aboves[at].label, sizeof label);
        else
            g_snprintf(label, sizeof label, "L%u", at - ABOVES);
        surface_glyph(s, 1 + i, 0, style_of(PAINT_TITLE), here ? '>' : ' ');
        surface_field(s, 1 + i, 1, LABEL, false, CUT_END,
                      style_of(here ? PAINT_TITLE : PAINT_TEXT), label);
        for (guint c = 0; c < d->n_shown; c++)
            draw_cell(d, s, 1 + i, at, c);
    }
}

static void draw_loss(const struct surface *s, int row, const char *name, uint32_t n,
                      const double loss[3])
{
    char text[UNIT_BYTES];
    double change = loss[2] - loss[1];
    int col = 16;

    surface_field(s, row, 1, col - 2, false, CUT_END, style_of(PAINT_TEXT), name);
    surface_print(s, row, col, style_of(PAINT_DIM), "%4u", n);
    for (int i = 0; i < 3; i++)
        surface_field(s, row, col + 5 + i * 8, 7, true, CUT_END, style_of(PAINT_TEXT),
                      unit_value(text, loss[i], 6));
    g_snprintf(text, sizeof text, isnan(change) ? "-" : "%+.3f", change);
    surface_field(s, row, col + 29, 8, true, CUT_END,
                  style_of(change > 0 ? PAINT_BAD : PAINT_GOOD), text);
}

static void draw_losses(const struct what_if_view *d, const struct surface *s)
{
    const struct what_if *w = d->answer;
    char seconds[UNIT_BYTES];

    surface_print(s, 0, 1, style_of(PAINT_DIM), "%-14s %4s %7s %7s %7s %8s", "loss of", "n", "base",
                  "tuned", "mixed", "change");
    for (uint32_t i = 0; i < w->n_categories; i++) {
        char *name = category_label(&d->view, i);

        draw_loss(s, 1 + (int)i, name, w->examples[i],
                  (double[]){w->base[i], w->tuned[i], w->loss[i]});
        g_free(name);
    }
    if (w->n_general)
        draw_loss(s, 1 + (int)w->n_categories, "general text", w->n_general,
                  (double[]){w->general_base, w->general_tuned, w->general});
    surface_print(s, 2 + (int)w->n_categories, 1, style_of(PAINT_TEXT), "%s, %s",
                  w->done ? "all examples" : "estimate, more to come",
                  unit_seconds(seconds, w->seconds));
}

static void draw_answer(const struct what_if_view *d, const struct surface *s)
{
    char *safe;

    if (d->answer) {
        draw_losses(d, s);
    } else if (d->error) {
        safe = escape_text(d->error);
        surface_text(s, 0, 1, style_of(PAINT_BAD), safe);
        g_free(safe);
    } else {
        surface_text(s, 0, 1, style_of(PAINT_DIM),
                     d->view.model->blend.n ? "the mixture is being run"
                                : "b puts the selected part back to the base, +/- blends");
    }
}

static void what_if_draw(const struct view *v, const struct surface *s)
{
    const struct what_if_view *d = seen(v);
    struct surface answer;

    if (study_draw_absent(v, s, is_there(v), "what if"))
        return;
    if (d->wide) {
        struct surface grid = surface_part(s, 0, 0, s->rows, grid_columns(d));

        draw_grid(d, &grid);
        answer = surface_part(s, 0, grid_columns(d) + 1, s->rows, s->cols - grid_columns(d) - 1);
    } else {
        struct surface grid = surface_part(s, 0, 0, d->grid_rows, s->cols);

        draw_grid(d, &grid);
        answer = surface_part(s, d->grid_rows + 1, 0, s->rows - d->grid_rows - 1, s->cols);
    }
    draw_answer(d, &answer);
}

/* Keys. */

static bool edit(struct what_if_view *d, int action)
{
    struct blend_edit e;

    if (action == ACTION_CLEAR) {
        blend_finish(&d->view.model->blend);
        return true;
    }
    if (action != ACTION_BASE && action != ACTION_TUNED && action != ACTION_ZOOM_IN &&
        action != ACTION_ZOOM_OUT)
        return false;
    if (!cell_edit(d, d->list.selected, d->column, &e))
        return true;
    if (action == ACTION_BASE || action == ACTION_TUNED)
        e.alpha = action == ACTION_TUNED;
    else
        e.alpha = CLAMP(e.alpha + (action == ACTION_ZOOM_IN ? STEP : -STEP), 0, 1);
    blend_set(&d->view.model->blend, &e);
    return true;
}

static bool move(struct what_if_view *d, int action)
{
    struct model *m = d->view.model;

    if (action == ACTION_LEFT)
        d->column -= d->column > 0;
    else if (action == ACTION_RIGHT)
        d->column += d->column + 1 < d->n_shown;
    else if (action == ACTION_HEAD_BEFORE)
        m->head -= m->head > 0;
    else if (action == ACTION_HEAD_AFTER)
        m->head += m->head + 1 < MAX(m->comparison->attentions.most, 1);
    else
        return list_act(&d->list, action);
    return true;
}

static enum reply what_if_act(struct view *v, struct app *app, int action)
{
    struct what_if_view *d = self(v);

    (void)app;
    what_if_layout(v, v->rows, v->cols);
    if (!is_there(v))
        return REPLY_IGNORED;
    return edit(d, action) || move(d, action) ? REPLY_DONE : REPLY_IGNORED;
}

static char *what_if_status(const struct view *v)
{
    const struct what_if_view *d = seen(v);

    if (!view_comparison(v) || !is_there(v))
        return view_absent_status(v);
    return g_strdup_printf("%u part%s of the tuning put back", d->view.model->blend.n,
                           d->view.model->blend.n == 1 ? "" : "s");
}

static void what_if_write(const struct view *v, FILE *out)
{
    const struct what_if *w = seen(v)->answer;

    fputs("category\texamples\tbase\ttuned\tmixed\n", out);
    for (uint32_t i = 0; w && i < w->n_categories; i++) {
        char *name = category_label(v, i);

        fprintf(out, "%s\t%u", name, w->examples[i]);
        tsv_number(out, w->base[i]);
        tsv_number(out, w->tuned[i]);
        tsv_number(out, w->loss[i]);
        fputc('\n', out);
        g_free(name);
    }
}

const struct view_ops view_what_if = {
    .name = "whatif",
    .title = "What if",
    .brief = "WhatIf",
    .about = "put parts of the tuning back and see what each category loses",
    .help = "From a correlation to a cause: any block, matrix role or head of the tuned model can be "
            "put back to the base (b), blended (+ and -: base + a share of the change), or taken as "
            "tuned again (t); x clears all; :save FILE writes the mixture as a checkpoint. The models run again on your examples: first on a few of "
            "each category, then on all. Edits that meet in a weight multiply. With grouped queries "
            "a key and value follow the head that keeps most of its tuning; biases are no part of a "
            "head.",
    .bindings = bindings,
    .size = sizeof(struct what_if_view),
    .open = what_if_open,
    .layout = what_if_layout,
    .draw = what_if_draw,
    .act = what_if_act,
    .status = what_if_status,
    .write = what_if_write,
};
