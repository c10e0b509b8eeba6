/* What each token of one example looks at: a head's pattern before and after training. */
#include <math.h>

#include "tui/plot.h"
#include "tui/study_text.h"
#include "tui/tsv.h"
#include "tui/units.h"
#include "tui/view_text.h"

#define ABOVE 2
#define READOUT 5 /* rows below the pictures, the rule included */
#define LABEL 14  /* columns of a token's text and its number */
#define CELL 2
#define LOW (1.0 / 256) /* a step of the ramp doubles */
#define KEYS 5          /* of the read-out */
#define PANES 2

struct attention_view {
    struct view view;
    uint32_t block, head, query, key;
    uint32_t said_layer, said_head;  /* what the other views were told of */
    uint32_t first_query, first_key; /* of the window */
    uint32_t step;                   /* tokens a cell; 0: as many as it takes to see all */
    bool delta;                      /* one picture of the change in place of two */
    int readout, rows, cells;        /* of a picture */
    unsigned panes;
    const struct attention_pattern *pattern; /* of this frame; NULL: not there */
    const char *error;
};

enum { ACTION_HEAD_BEFORE = ACTION_VIEW, ACTION_HEAD_AFTER, ACTION_EXAMPLE_BEFORE, ACTION_EXAMPLE_AFTER };

static const struct binding bindings[] = {
    {'[', ACTION_PREVIOUS_LAYER, "[/]", "block", "The block before, the next one"},
    {']', ACTION_NEXT_LAYER, NULL, NULL, NULL},
    {'{', ACTION_HEAD_BEFORE, "{/}", "head", "The head before, the next one"},
    {'}', ACTION_HEAD_AFTER, NULL, NULL, NULL},
    {',', ACTION_EXAMPLE_BEFORE, ". ,", "example", "The example before, the next one"},
    {'.', ACTION_EXAMPLE_AFTER, NULL, NULL, NULL},
    {'d', ACTION_MODE, "d", "delta", "Base and tuned side by side, or the change"},
    {'+', ACTION_ZOOM_IN, "+/-", "zoom", "Fewer or more tokens a cell; 0 fits all in"},
    {'-', ACTION_ZOOM_OUT, NULL, NULL, NULL},
    {'0', ACTION_ZOOM_RESET, NULL, NULL, NULL},
    {0, ACTION_NONE, NULL, NULL, NULL},
};

static struct attention_view *self(struct view *v)
{
    return (struct attention_view *)v;
}

static const struct attention_view *seen(const struct view *v)
{
    return (const struct attention_view *)v;
}

static void attention_open(struct view *v, struct model *m)
{
    self(v)->head = self(v)->said_head = m->head;
    self(v)->said_layer = UINT32_MAX;
}

static const struct activity *activity_of(const struct attention_view *d)
{
    return view_study(&d->view) ? study_activity(view_study(&d->view)) : NULL;
}

/* Another view may have moved on. */
static void follow_others(struct attention_view *d, uint32_t blocks)
{
    const struct model *m = d->view.model;
    const struct activity *a = activity_of(d);

    if (m->head != d->said_head)
        d->head = m->head;
    if (a && m->layer != d->said_layer && m->layer < a->n_layers) {
        d->block = (uint32_t)CLAMP(a->layers[m->layer].block, 0, (int32_t)blocks - 1);
        d->said_layer = m->layer;
    }
    d->block = MIN(d->block, blocks - 1);
}

static void say(struct attention_view *d)
{
    struct model *m = d->view.model;
    const struct activity *a = activity_of(d);
    uint32_t layer = a ? activity_find(a, ACTIVITY_HEADS, (int32_t)d->block) : ACTIVITY_NONE;

    d->said_head = m->head = d->head;
    if (layer != ACTIVITY_NONE)
        d->said_layer = m->layer = layer;
}

/* Layout. */

/* Of the example, also before its pattern is there. */
static uint32_t tokens_of(const struct attention_view *d)
{
    return d->pattern ? d->pattern->n
                      : study_examples(view_study(&d->view))
                            ->examples[d->view.model->example]
                            .n_ids;
}

/* 1 before the first layout. */
static uint32_t fitting_step(const struct attention_view *d)
{
    if (d->step || d->rows < 1)
        return MAX(d->step, 1);
    return attention_step(tokens_of(d), (uint32_t)MAX(MIN(d->rows, d->cells), 1));
}

/* The window follows the cursor. */
static void follow(uint32_t *first, uint32_t at, uint32_t cells, uint32_t step, uint32_t n)
{
    uint32_t span = MAX(cells, 1) * step;

    if (at < *first)
        *first = at / step * step;
    else if (at >= *first + span)
        *first = (at / step + 1) * step - span;
    if (*first >= n)
        *first = 0;
}

static void place_window(struct attention_view *d)
{
    const struct attention_pattern *p = d->pattern;
    uint32_t step = fitting_step(d);

    d->query = MIN(d->query, p->n - 1);
    d->key = MIN(d->key, p->n - 1);
    d->head = MIN(d->head, p->heads - 1);
    d->first_query -= d->first_query % step;
    d->first_key -= d->first_key % step;
    follow(&d->first_query, d->query, (uint32_t)MAX(d->rows, 1), step, p->n);
    follow(&d->first_key, d->key, (uint32_t)MAX(d->cells, 1), step, p->n);
}

static void place_panes(struct attention_view *d, int rows, int cols)
{
    int n = (int)MAX(tokens_of(d), 1);

    d->panes = study_sides(view_study(&d->view)) > 1 && !d->delta ? PANES : 1;
    d->readout = rows >= ABOVE + READOUT + 4 ? READOUT : 0;
    d->rows = MIN(MAX(rows - ABOVE - d->readout, 1), n);
    d->cells = MAX(MIN((cols - LABEL - 2) / (int)d->panes / CELL - 1, n), 1);
}

static void attention_layout(struct view *v, int rows, int cols)
{
    struct attention_view *d = self(v);
    struct study *of = view_study(v);
    uint32_t blocks = of ? study_blocks(of) : 0;
    const struct examples *e = of ? study_examples(of) : NULL;

    d->pattern = NULL;
    d->error = NULL;
    if (!blocks || !e || !e->n)
        return;
    if (v->model->example >= e->n)
        v->model->example = 0;
    follow_others(d, blocks);
    d->pattern = study_pattern(of, v->model->example, d->block, &d->error);
    if (rows > 0)
        place_panes(d, rows, cols);
    if (!d->pattern)
        return;
    place_window(d);
    d->said_head = v->model->head = d->head;
}

/* Drawing. */

static void draw_legend(const struct attention_view *d, const struct surface *s)
{
    uint32_t step = fitting_step(d);
    char text[UNIT_BYTES];
    int col = surface_print(s, 0, 1, style_of(PAINT_DIM), "weight ");

    for (int i = 0; i < PAINT_RAMP_STEPS; i += 2) {
        double edge = LOW * pow(2, i);

        plot_heat(s, 0, col, edge * 1.4, LOW, 1);
        col = surface_print(s, 0, col + 1, style_of(PAINT_DIM), " %s  ", unit_value(text, edge, 5));
    }
    surface_text(s, 0, col, style_of(PAINT_DIM), "blank: not allowed to look");
    if (step > 1)
        surface_print(s, 1, 1, style_of(PAINT_WARN), "~ %u a cell", step);
}

static void draw_weight(const struct attention_view *d, const struct surface *s, int row, int col,
                        float weight)
{
    if (isnan(weight))
        return;
    if (d->delta)
        surface_glyph(s, row, col, style_of(PAINT_DELTA),
                      fabsf(weight) < LOW ? ' ' : weight < 0 ? '-' : '+');
    plot_heat(s, row, col + (d->delta ? 1 : 0), fabs((double)weight), LOW, 1);
    if (!d->delta)
        plot_heat(s, row, col + 1, fabs((double)weight), LOW, 1);
}

static void draw_picture(const struct attention_view *d, const struct surface *s, int at,
                         enum attention_show show)
{
    uint32_t step = fitting_step(d);
    const struct attention_picture picture = {.head = d->head,
                                              .first_query = d->first_query,
                                              .first_key = d->first_key,
                                              .step = step,
                                              .rows = (uint32_t)d->rows,
                                              .columns = (uint32_t)d->cells,
                                              .show = show};
    float *cells = g_new(float, (gsize)d->rows * (gsize)d->cells);

    attention_draw(d->pattern, &picture, cells);
    for (int r = 0; r < d->rows; r++)
        for (int c = 0; c < d->cells; c++)
            draw_weight(d, s, ABOVE + r, at + c * CELL, cells[r * d->cells + c]);
    g_free(cells);
}

static void draw_labels(const struct attention_view *d, const struct surface *s)
{
    uint32_t step = fitting_step(d);

    for (int r = 0; r < d->rows; r++) {
        uint32_t query = d->first_query + (uint32_t)r * step;
        bool here = d->query / step == query / step;
        char *token;

        if (query >= d->pattern->n)
            return;
        token = token_label(&d->view, d->pattern->ids[query]);
        surface_print(s, ABOVE + r, 0, style_of(here ? PAINT_TITLE : PAINT_DIM), "%c%4u",
                      here ? '>' : ' ', query);
        surface_field(s, ABOVE + r, 6, LABEL - 7, false, CUT_END,
                      style_of(here ? PAINT_TITLE : PAINT_TEXT), token);
        g_free(token);
    }
}

/* Which of the two, and the number of the key at the cursor. */
static void draw_head(const struct attention_view *d, const struct surface *s, int at,
                      const char *name)
{
    uint32_t step = fitting_step(d);
    int col = at + (int)((d->key - d->first_key) / step) * CELL;

    surface_text(s, 1, at, style_of(PAINT_TITLE), name);
    if (col >= at + text_columns(name) + 1)
        surface_print(s, 1, col, style_of(PAINT_KEY), "v%u", d->key);
}

static int pane_column(const struct attention_view *d, unsigned pane)
{
    return LABEL + (int)pane * (d->cells + 1) * CELL;
}

static void add_keys(GString *out, const struct attention_view *d, enum attention_show show)
{
    const struct attention_pattern *p = d->pattern;
    unsigned side = show == ATTENTION_OF_TUNED ? ACTIVITY_TUNED : ACTIVITY_BASE;
    gsize row = ((gsize)d->head * p->n + d->query) * p->n;
    uint32_t keys[KEYS], n = attention_keys(p, d->head, d->query, show, KEYS, keys);

    for (uint32_t i = 0; i < n; i++) {
        float weight = p->weights[side][row + keys[i]];
        char *token = token_label(&d->view, p->ids[keys[i]]);

        if (show == ATTENTION_OF_DELTA)
            weight = p->weights[ACTIVITY_TUNED][row + keys[i]] -
                     p->weights[ACTIVITY_BASE][row + keys[i]];
        g_string_append_printf(out, show == ATTENTION_OF_DELTA ? "  %s@%u %+.2f" : "  %s@%u %.2f",
                               token, keys[i], (double)weight);
        g_free(token);
    }
}

static void draw_side(const struct attention_view *d, const struct surface *s, int row,
                      enum activity_side side, const struct attention_row *r)
{
    GString *line = g_string_new(side == ACTIVITY_BASE ? "base " : "tuned");

    add_keys(line, d, side == ACTIVITY_BASE ? ATTENTION_OF_BASE : ATTENTION_OF_TUNED);
    g_string_append_printf(line, "  | entropy %.2f bit, on the first %.2f", r->entropy[side],
                           r->first[side]);
    if (d->query > 0)
        g_string_append_printf(line, ", on the one before %.2f", r->previous[side]);
    surface_field(s, row, 1, s->cols - 2, false, CUT_END, style_of(PAINT_TEXT), line->str);
    g_string_free(line, TRUE);
}

static void draw_readout(const struct attention_view *d, const struct surface *s)
{
    struct attention_row r;
    char *token = token_label(&d->view, d->pattern->ids[d->query]);
    char *title = g_strdup_printf("token %u '%s' looks at", d->query, token);
    GString *line;

    attention_row_of(d->pattern, d->head, d->query, &r);
    surface_rule(s, 0, title);
    draw_side(d, s, 1, ACTIVITY_BASE, &r);
    if (d->pattern->weights[ACTIVITY_TUNED]) {
        draw_side(d, s, 2, ACTIVITY_TUNED, &r);
        line = g_string_new("delta");
        add_keys(line, d, ATTENTION_OF_DELTA);
        g_string_append_printf(line, "  | total variation %.2f", r.variation);
        surface_field(s, 3, 1, s->cols - 2, false, CUT_END, style_of(PAINT_TEXT), line->str);
        g_string_free(line, TRUE);
    }
    g_free(title);
    g_free(token);
}

static void draw_error(const struct attention_view *d, const struct surface *s)
{
    surface_text(s, 0, 1, style_of(d->error ? PAINT_BAD : PAINT_TEXT),
                 d->error ? d->error : "the attention of this example is being computed");
    surface_cursor(s, 0, 0);
}

static void attention_draw_view(const struct view *v, const struct surface *s)
{
    const struct attention_view *d = seen(v);
    struct surface below = surface_part(s, ABOVE + d->rows, 0, d->readout, s->cols);
    const struct study *of = view_study(v);

    if (study_draw_absent(v, s, of && study_blocks(of) && study_examples(of), "attention"))
        return;
    if (!d->pattern) {
        draw_error(d, s);
        return;
    }
    draw_legend(d, s);
    draw_labels(d, s);
    for (unsigned i = 0; i < d->panes; i++) {
        enum attention_show show = d->panes == 1 && d->delta ? ATTENTION_OF_DELTA
                                                             : (enum attention_show)i;

        draw_picture(d, s, pane_column(d, i), show);
        draw_head(d, s, pane_column(d, i),
                  show == ATTENTION_OF_DELTA ? "tuned - base" : i ? "tuned" : "base");
    }
    surface_cursor(s, ABOVE + (int)((d->query - d->first_query) / fitting_step(d)),
                   pane_column(d, 0) + (int)((d->key - d->first_key) / fitting_step(d)) * CELL);
    if (d->readout)
        draw_readout(d, &below);
}

/* Keys. */

static void move_by(uint32_t *at, int by, uint32_t step, uint32_t n)
{
    gint64 to = (gint64)*at + (gint64)by * step;

    *at = (uint32_t)CLAMP(to, 0, (gint64)n - 1);
}

static bool move(struct attention_view *d, int action)
{
    uint32_t n = tokens_of(d), step = fitting_step(d);

    switch (action) {
    case ACTION_UP:
    case ACTION_DOWN:
        move_by(&d->query, action == ACTION_UP ? -1 : 1, step, n);
        return true;
    case ACTION_LEFT:
    case ACTION_RIGHT:
        move_by(&d->key, action == ACTION_LEFT ? -1 : 1, step, n);
        return true;
    case ACTION_PAGE_UP:
    case ACTION_PAGE_DOWN:
        move_by(&d->query, action == ACTION_PAGE_UP ? -d->rows : d->rows, step, n);
        return true;
    case ACTION_HOME:
    case ACTION_END:
        d->query = action == ACTION_HOME ? 0 : n - 1;
        return true;
    case ACTION_HEAD_BEFORE:
        d->head -= d->head > 0;
        return true;
    case ACTION_HEAD_AFTER:
        d->head += !d->pattern || d->head + 1 < d->pattern->heads;
        return true;
    case ACTION_ZOOM_IN:
        d->step = MAX(step / 2, 1);
        return true;
    case ACTION_ZOOM_OUT:
        d->step = MIN(step * 2, n);
        return true;
    case ACTION_ZOOM_RESET:
        d->step = 0;
        return true;
    case ACTION_MODE:
        d->delta = !d->delta && study_sides(view_study(&d->view)) > 1;
        return true;
    default:
        return false;
    }
}

/* Another pattern. */
static bool turn(struct attention_view *d, int action)
{
    struct model *m = d->view.model;
    const struct examples *e = study_examples(m->study);

    if (action == ACTION_PREVIOUS_LAYER)
        d->block -= d->block > 0;
    else if (action == ACTION_NEXT_LAYER)
        d->block += d->block + 1 < study_blocks(m->study);
    else if (action == ACTION_EXAMPLE_BEFORE)
        m->example -= m->example > 0;
    else if (action == ACTION_EXAMPLE_AFTER)
        m->example += m->example + 1 < e->n;
    else
        return false;
    say(d);
    return true;
}

static bool is_there(const struct view *v)
{
    struct study *of = view_study(v);
    const struct examples *e = of && study_blocks(of) ? study_examples(of) : NULL;

    return e && v->model->example < e->n;
}

static enum reply attention_act(struct view *v, struct app *app, int action)
{
    struct attention_view *d = self(v);

    (void)app;
    attention_layout(v, v->rows, v->cols);
    if (!is_there(v) || (!turn(d, action) && (!tokens_of(d) || !move(d, action))))
        return REPLY_IGNORED;
    d->said_head = v->model->head = d->head;
    return REPLY_DONE;
}

static char *attention_status(const struct view *v)
{
    const struct attention_view *d = seen(v);
    const struct study *of = view_study(v);
    const struct examples *e = of ? study_examples(of) : NULL;
    char *name, *category, *line;

    if (!view_comparison(v) || !e || !d->pattern)
        return view_absent_status(v);
    name = example_label(v, v->model->example);
    category = category_label(v, e->examples[v->model->example].category);
    line = g_strdup_printf("L%u.h%u  example %s  %s  %u tokens", d->block, d->head, name, category,
                           d->pattern->n);
    g_free(name);
    g_free(category);
    return line;
}

static void attention_write(const struct view *v, FILE *out)
{
    const struct attention_pattern *p = seen(v)->pattern;

    if (!p)
        return;
    fputs("query\tkey\tbase\ttuned\n", out);
    for (uint32_t i = 0; i < p->n; i++)
        for (uint32_t k = 0; k < p->n; k++) {
            gsize at = ((gsize)seen(v)->head * p->n + i) * p->n + k;

            if (attention_masked(p, i, k))
                continue;
            fprintf(out, "%u\t%u", i, k);
            for (unsigned side = 0; side < ACTIVITY_SIDES; side++)
                tsv_number(out, p->weights[side] ? (double)p->weights[side][at] : NAN);
            fputc('\n', out);
        }
}

const struct view_ops view_attention = {
    .name = "attention",
    .title = "Attention",
    .brief = "Attn",
    .about = "what each token of an example looks at, before and after",
    .help = "The attention of one head on one of your examples: a row for each token that looks, a "
            "column for each token it looks at, base and tuned side by side, or the change (d). A "
            "step of the ramp doubles the weight. What a token is not allowed to see is blank, "
            "which is something else than a weight of nearly 0 ('.'). Long examples are pooled: a "
            "cell shows the largest weight of the tokens it stands for, '~' tells how many; + and - "
            "zoom. Below: what the selected token looks at most. A description of the pattern, not "
            "an explanation of the output.",
    .bindings = bindings,
    .size = sizeof(struct attention_view),
    .open = attention_open,
    .layout = attention_layout,
    .draw = attention_draw_view,
    .act = attention_act,
    .status = attention_status,
    .write = attention_write,
};
