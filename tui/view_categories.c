/* Categories of the user's examples: what each loses before and after, and in which block what
 * flows through the model changed for it. */
#include <math.h>

#include "tui/activity_text.h"
#include "tui/list.h"
#include "tui/plot.h"
#include "tui/study_text.h"
#include "tui/tsv.h"
#include "tui/units.h"
#include "tui/view_text.h"

#define LABEL_MOST 16
#define NUMBER 8
#define ABOVE 2       /* the legend and the heading */
#define READOUT 7     /* rows below the list, the rule included */
#define CELL 3        /* columns of a block */
#define DIGIT_SCALE 3 /* a cell's digit is 3 |effect| */

struct categories_view {
    struct view view;
    struct list list;
    uint32_t *order; /* [n] categories */
    guint n;
    uint64_t version; /* of the study that the order is of */
    uint32_t layer;   /* selected column, from the first on */
    guint left, shown;
    uint32_t n_layers;
    enum activity_value value;
    bool contrast, by_loss, reversed;
    int readout;
    const struct activity_effects *effects; /* of this frame; NULL: not there */
};

enum { ACTION_CONTRAST = ACTION_VIEW, ACTION_UNITS };

static const struct binding bindings[] = {
    {'m', ACTION_METRIC, "m", "value", "Effect of mean |a|, of rms, or the shift of the stream"},
    {'C', ACTION_CONTRAST, "C", "contrast", "Against all other categories, or by itself"},
    {'s', ACTION_SORT, "s", "sort", "Categories as they came, or by what they lose"},
    {'r', ACTION_REVERSE, "r", NULL, "Reverse the order"},
    {'u', ACTION_UNITS, "u", "units", "The block's units that answer to the category"},
    {'\r', ACTION_OPEN, "Enter", "examples", "The category's examples"},
    {'\n', ACTION_OPEN, NULL, NULL, NULL},
    {0, ACTION_NONE, NULL, NULL, NULL},
};

static struct categories_view *self(struct view *v)
{
    return (struct categories_view *)v;
}

static const struct categories_view *seen(const struct view *v)
{
    return (const struct categories_view *)v;
}

static void categories_open(struct view *v, struct model *m)
{
    (void)m;
    self(v)->value = ACTIVITY_MEAN_ABS;
    self(v)->by_loss = true;
}

static void categories_close(struct view *v)
{
    g_free(self(v)->order);
}

static const struct category_losses *losses_of(const struct view *v)
{
    return view_study(v) ? study_losses(view_study(v)) : NULL;
}

/* The model that matters: the last one. */
static double loss_of(const struct category_losses *l, uint32_t category)
{
    return l ? l->categories[category].loss[l->sides - 1] : NAN;
}

static gint compare(gconstpointer a, gconstpointer b, gpointer data)
{
    const struct categories_view *d = data;
    uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
    double x = loss_of(losses_of(&d->view), i), y = loss_of(losses_of(&d->view), k);
    int order = 0;

    if (d->by_loss && (isnan(x) != isnan(y)))
        return isnan(x) ? 1 : -1;
    if (d->by_loss && x != y && !isnan(x))
        order = x < y ? 1 : -1;
    if (!order)
        order = (i > k) - (i < k);
    return d->reversed ? -order : order;
}

static void arrange(struct categories_view *d)
{
    const struct examples *e = study_examples(view_study(&d->view));

    d->n = e ? e->n_categories : 0;
    d->order = g_renew(uint32_t, d->order, d->n + 1);
    for (uint32_t i = 0; i < d->n; i++)
        d->order[i] = i;
    if (d->n)
        g_qsort_with_data(d->order, (gint)d->n, sizeof *d->order, compare, d);
}

/* What is looked at: another view may have moved on. */
static void follow_category(struct categories_view *d)
{
    for (guint i = 0; i < d->n; i++)
        if (d->order[i] == d->view.model->category)
            d->list.selected = i;
}

/* The layer that is looked at, or the nearest of those that the columns are of. */
static uint32_t nearest_layer(const struct categories_view *d)
{
    const struct activity *a = study_activity(view_study(&d->view));
    uint32_t n, layer = d->view.model->layer < a->n_layers ? d->view.model->layer : 0;
    enum activity_kind kind = activity_layers(a, ACTIVITY_RECORDED, &n) == ACTIVITY_NONE
                                  ? ACTIVITY_RESIDUAL
                                  : ACTIVITY_RECORDED;

    return a->layers[layer].kind == kind ? layer
                                         : activity_nearest(a, kind, a->layers[layer].block);
}

static int label_columns(int cols)
{
    return CLAMP(cols / 6, 6, LABEL_MOST);
}

/* Of what stands left of the blocks: cursor, label, n, cover, two losses and the gain. */
static int first_column(const struct categories_view *d, int cols)
{
    int numbers = losses_of(&d->view) ? (cols >= 100 ? 3 : 2) : 0;

    return 1 + label_columns(cols) + 1 + 5 + 2 + numbers * NUMBER + 1;
}

static void categories_layout(struct view *v, int rows, int cols)
{
    struct categories_view *d = self(v);
    struct study *of = view_study(v);
    const char *error;
    int room = cols - first_column(d, cols);

    d->effects = NULL;
    if (!of || !study_examples(of))
        return;
    if (d->version != study_version(of) || d->n == 0)
        arrange(d);
    d->version = study_version(of);
    follow_category(d);
    d->readout = rows >= ABOVE + READOUT + 4 ? READOUT : 0;
    list_layout(&d->list, d->n, MAX(rows - ABOVE - d->readout, 1));
    if (d->n)
        v->model->category = d->order[d->list.selected];
    d->effects = study_effects(of, ACTIVITY_RESIDUAL, d->value, d->contrast, &error);
    d->n_layers = d->effects ? d->effects->n_layers : 0;
    if (d->n_layers)
        d->layer = nearest_layer(d) - d->effects->first_layer;
    d->shown = (guint)MIN(MAX(room / CELL, 0), (int)d->n_layers);
    if (d->shown)
        d->left = CLAMP(d->left, d->layer + 1 > d->shown ? d->layer + 1 - d->shown : 0, d->layer);
    if (d->left + d->shown > d->n_layers)
        d->left = d->n_layers - d->shown;
}

/* Drawing. */

static const struct activity_layer *layer_at(const struct categories_view *d, uint32_t i)
{
    return &study_activity(view_study(&d->view))->layers[d->effects->first_layer + i];
}

/* "em", "12", "fi": what stands over a column. */
static void short_name(const struct categories_view *d, guint at, char out[static 4])
{
    const struct activity_layer *l = layer_at(d, at);

    if (l->kind == ACTIVITY_RECORDED)
        g_snprintf(out, 4, "%u", at + 1);
    else if (l->block < 0)
        g_strlcpy(out, "in", 4);
    else if (at + 1 == d->n_layers)
        g_strlcpy(out, "fn", 4);
    else
        g_snprintf(out, 4, "%d", l->block);
}

static void draw_legend(const struct categories_view *d, const struct surface *s)
{
    const struct activity_effects *e = d->effects;

    if (!e)
        surface_text(s, 0, 1, style_of(PAINT_DIM),
                     study_sides(view_study(&d->view)) > 1
                         ? "changes by block: not computed yet"
                         : "one model: there is no change to show; :view activations has its values");
    else if (d->value == ACTIVITY_SHIFT)
        surface_text(s, 0, 1, style_of(PAINT_DIM),
                     "digit = tenths of the shift |h1 - h0| / |h0|, 9: 0.9 and more");
    else
        surface_print(s, 0, 1, style_of(PAINT_DIM),
                      "digit = 3 |tuned - base| in base sd, 9: 3 and more, sign -+; ? under %d "
                      "examples",
                      ACTIVITY_FEWEST);
}

static void draw_heading(const struct categories_view *d, const struct surface *s)
{
    int col = 1 + label_columns(s->cols) + 1, first = first_column(d, s->cols);
    const struct category_losses *l = losses_of(&d->view);
    struct style dim = style_of(PAINT_DIM);

    surface_text(s, 1, 1, dim, "category");
    surface_field(s, 1, col, 5, true, CUT_END, dim, "n");
    if (l) {
        col += 5 + 2;
        if (l->sides > 1) {
            surface_field(s, 1, col, NUMBER, true, CUT_END, dim, "base");
            col += NUMBER;
        }
        surface_field(s, 1, col, NUMBER, true, CUT_END, dim, l->sides > 1 ? "tuned" : "loss");
        if (s->cols >= 100 && l->sides > 1)
            surface_field(s, 1, col + NUMBER, NUMBER, true, CUT_END, dim, "gain");
    }
    for (guint i = 0; i < d->shown; i++) {
        char name[4];

        short_name(d, d->left + i, name);
        surface_field(s, 1, first + (int)i * CELL, CELL - 1, true, CUT_END,
                      style_of(d->left + i == d->layer ? PAINT_TITLE : PAINT_DIM), name);
    }
}

static void draw_cell(const struct categories_view *d, const struct surface *s, int row, int col,
                      const struct activity_effect *e)
{
    double scaled = d->value == ACTIVITY_SHIFT ? e->effect * 10 : e->effect * DIGIT_SCALE;
    int digit = (int)MIN(fabs(scaled), 9);
    bool noise = !isnan(d->effects->null_99) && fabs(e->effect) < d->effects->null_99;

    if (e->few || isnan(e->effect)) {
        surface_glyph(s, row, col + 1, style_of(PAINT_DIM), e->n ? '?' : ' ');
    } else if (digit == 0) {
        surface_glyph(s, row, col + 1, style_of(PAINT_DIM), '.');
    } else {
        struct style style = style_of(noise ? PAINT_DIM : (enum paint)(PAINT_RAMP + digit * 7 / 9));

        if (d->value != ACTIVITY_SHIFT)
            surface_glyph(s, row, col, style, e->effect < 0 ? '-' : '+');
        surface_print(s, row, col + 1, style, "%d", digit);
    }
}

static void draw_losses(const struct surface *s, int row, int col, const struct category_loss *l,
                        unsigned sides)
{
    char text[UNIT_BYTES];
    enum paint paint = l->worse ? PAINT_BAD : PAINT_TEXT;

    surface_glyph(s, row, col + 5, style_of(paint),
                  l->worse ? '!' : l->cover == COVER_UNCOVERED ? 'u' : ' ');
    col += 7;
    for (unsigned i = 0; i < sides; i++, col += NUMBER)
        surface_field(s, row, col, NUMBER, true, CUT_END,
                      style_of(i + 1 == sides ? paint : PAINT_TEXT),
                      unit_value(text, l->loss[i], NUMBER - 2));
    if (sides > 1 && s->cols >= 100)
        surface_field(s, row, col, NUMBER, true, CUT_END, style_of(PAINT_TEXT),
                      unit_value(text, l->gain, NUMBER - 2));
}

static void draw_row(const struct categories_view *d, const struct surface *s, int row, guint at)
{
    uint32_t category = d->order[at];
    const struct category_losses *l = losses_of(&d->view);
    bool here = at == d->list.selected;
    int label = label_columns(s->cols), first = first_column(d, s->cols);
    char *name = category_label(&d->view, category);
    uint32_t n = l ? l->categories[category].examples : 0;

    if (!l && study_activity(view_study(&d->view)))
        n = activity_cell(study_activity(view_study(&d->view)), 0, category)->examples;
    surface_glyph(s, row, 0, style_of(PAINT_TITLE), here ? '>' : ' ');
    surface_field(s, row, 1, label, false, CUT_END, style_of(PAINT_TEXT), name);
    surface_print(s, row, 1 + label + 1, style_of(n < CATEGORY_EXAMPLES ? PAINT_WARN : PAINT_TEXT),
                  "%5u", n);
    if (l)
        draw_losses(s, row, 1 + label + 1, &l->categories[category], l->sides);
    for (guint i = 0; i < d->shown; i++)
        draw_cell(d, s, row, first + (int)i * CELL,
                  activity_effect(d->effects, category, d->effects->first_layer + d->left + i));
    if (here)
        surface_cursor(s, row, d->shown ? first + (int)(d->layer - d->left) * CELL + 1 : 1);
    g_free(name);
}

static void draw_gap(const struct category_losses *l, const struct surface *s, int row)
{
    const struct category_gap *g = &l->gap;
    char gap[INTERVAL_BYTES], did[INTERVAL_BYTES];

    if (!l->cover_known || isnan(g->gap)) {
        surface_text(s, row, 1, style_of(PAINT_DIM),
                     "gap: which categories were covered is not known: rows of split train, or "
                     "--uncovered a,b");
        return;
    }
    surface_print(s, row, 1, style_of(PAINT_TEXT),
                  "gap %s nats of %u uncovered against %u covered%s%s%s",
                  interval_text(gap, g->gap, g->gap_within.low, g->gap_within.high), g->uncovered,
                  g->covered, isnan(g->did) ? "" : "; less what it was before ",
                  isnan(g->did)
                      ? ""
                      : interval_text(did, g->did, g->did_within.low, g->did_within.high),
                  l->few ? "  (few examples)" : "");
}

static void draw_effect(const struct categories_view *d, const struct surface *s, int row,
                        uint32_t category)
{
    uint32_t layer = d->effects->first_layer + d->layer;
    const struct activity_effect *e = activity_effect(d->effects, category, layer);
    const struct activity *a = study_activity(view_study(&d->view));
    struct interval i = {NAN, NAN};
    char text[INTERVAL_BYTES];

    if (!e->few)
        i = activity_effect_interval(a, layer, category, d->value, d->contrast);
    surface_print(s, row, 1, style_of(PAINT_TEXT), "%s: %s %s%s, %u examples%s%s",
                  a->layers[layer].name, activity_value_name(d->value),
                  interval_text(text, e->effect, i.low, i.high),
                  d->value == ACTIVITY_SHIFT ? "" : " base sd", e->n,
                  e->few ? ": too few to tell" : "",
                  d->contrast ? ", against the other categories" : "");
    if (!isnan(d->effects->null_99))
        surface_print(s, row + 1, 1, style_of(PAINT_DIM),
                      "chance alone: 99 %% below %.2g; %u of %u cells beyond it, %.1f expected",
                      d->effects->null_99, d->effects->seen, d->effects->tests,
                      d->effects->tests / 100.0);
}

static void draw_category(const struct categories_view *d, const struct surface *s, int row,
                          uint32_t category)
{
    const struct category_losses *l = losses_of(&d->view);
    const struct category_loss *c = &l->categories[category];
    char gain[INTERVAL_BYTES], excess[UNIT_BYTES], p[UNIT_BYTES];

    surface_print(s, row, 1, style_of(PAINT_TEXT), "%s, %u train examples; gain %s",
                  cover_name(c->cover), c->train,
                  interval_text(gain, c->gain, c->gain_interval.low, c->gain_interval.high));
    if (!isnan(c->excess))
        surface_print(s, row + 1, 1, style_of(c->worse ? PAINT_BAD : PAINT_TEXT),
                      "%s nats %s the others%s, p %s (Holm)", unit_value(excess, fabs(c->excess), 6),
                      c->excess < 0 ? "below" : "above", c->worse ? ": served worse" : "",
                      unit_value(p, c->p_adjusted, 6));
}

static void draw_readout(const struct categories_view *d, const struct surface *s)
{
    uint32_t category = d->view.model->category;
    char *name = category_label(&d->view, category);
    const struct category_losses *l = losses_of(&d->view);
    int row = 1;

    surface_rule(s, 0, name);
    if (l) {
        draw_category(d, s, row, category);
        row += 2;
    }
    if (d->effects) {
        draw_effect(d, s, row, category);
        row += 2;
    }
    if (l)
        draw_gap(l, s, s->rows - 1);
    g_free(name);
}

static bool is_there(const struct view *v)
{
    const struct study *of = view_study(v);

    return of && (study_activity(of) || study_losses(of)) && seen(v)->n;
}

static void categories_draw(const struct view *v, const struct surface *s)
{
    const struct categories_view *d = seen(v);
    struct surface below = surface_part(s, s->rows - d->readout, 0, d->readout, s->cols);

    if (study_draw_absent(v, s, is_there(v), "categories"))
        return;
    draw_legend(d, s);
    draw_heading(d, s);
    for (int i = 0; i < d->list.height && d->list.top + (guint)i < d->list.n; i++)
        draw_row(d, s, ABOVE + i, d->list.top + (guint)i);
    if (d->readout)
        draw_readout(d, &below);
}

/* Keys. */

static bool move(struct categories_view *d, int action)
{
    const struct activity *a = study_activity(view_study(&d->view));
    bool left = action == ACTION_LEFT || action == ACTION_PREVIOUS_LAYER;
    uint32_t at, n, first;

    if (!a || (!left && action != ACTION_RIGHT && action != ACTION_NEXT_LAYER))
        return list_act(&d->list, action);
    at = nearest_layer(d);
    first = activity_layers(a, a->layers[at].kind, &n);
    d->view.model->layer = left ? MAX(at, first + 1) - 1 : MIN(at + 1, first + n - 1);
    return true;
}

static bool change(struct categories_view *d, int action)
{
    if (action == ACTION_METRIC)
        d->value = (enum activity_value)((d->value + 1) % ACTIVITY_VALUES);
    else if (action == ACTION_CONTRAST)
        d->contrast = !d->contrast;
    else if (action == ACTION_SORT)
        d->by_loss = !d->by_loss;
    else if (action == ACTION_REVERSE)
        d->reversed = !d->reversed;
    else
        return false;
    if (view_study(&d->view))
        arrange(d);
    return true;
}

static enum reply categories_act(struct view *v, struct app *app, int action)
{
    struct categories_view *d = self(v);

    categories_layout(v, v->rows, v->cols);
    if (!is_there(v))
        return REPLY_IGNORED;
    if (action == ACTION_OPEN && view_find("examples")) {
        app_open_view(app, view_find("examples"), PAIR_NONE);
        return REPLY_DONE;
    }
    if (action == ACTION_UNITS && study_activity(view_study(v))) {
        v->model->layer = activity_hidden_of(study_activity(view_study(v)), nearest_layer(d));
        app_open_view(app, view_find("units"), PAIR_NONE);
        return REPLY_DONE;
    }
    if (!change(d, action) && !move(d, action))
        return REPLY_IGNORED;
    if (d->n)
        v->model->category = d->order[d->list.selected];
    return REPLY_DONE;
}

static char *categories_status(const struct view *v)
{
    const struct categories_view *d = seen(v);

    if (!view_comparison(v) || !is_there(v))
        return view_absent_status(v);
    return g_strdup_printf("%u categories x %u layers  %s%s  sort %s%s", d->n, d->n_layers,
                           activity_value_name(d->value), d->contrast ? " against others" : "",
                           d->by_loss ? "loss" : "file", d->reversed ? " reversed" : "");
}

static char *categories_copy(const struct view *v)
{
    const struct category_losses *l = losses_of(v);
    uint32_t category = v->model->category;
    char *name, *line, gain[INTERVAL_BYTES];

    if (!is_there(v) || !l)
        return NULL;
    name = category_label(v, category);
    line = g_strdup_printf("%s  %u examples  loss %.4g  gain %s", name,
                           l->categories[category].examples, loss_of(l, category),
                           interval_text(gain, l->categories[category].gain,
                                         l->categories[category].gain_interval.low,
                                         l->categories[category].gain_interval.high));
    g_free(name);
    return line;
}

static void categories_write(const struct view *v, FILE *out)
{
    const struct categories_view *d = seen(v);
    const struct category_losses *l = losses_of(v);

    if (!is_there(v))
        return;
    fputs("category\texamples\ttrain\tcover\tbase_loss\ttuned_loss\tgain\tgain_low\tgain_high", out);
    for (uint32_t i = 0; i < d->n_layers; i++)
        fprintf(out, "\t%s", layer_at(d, i)->name);
    for (guint i = 0; i < d->n; i++) {
        char *name = category_label(v, d->order[i]);
        const struct category_loss *c = l ? &l->categories[d->order[i]] : NULL;

        fprintf(out, "\n%s\t%u\t%u\t%s", name, c ? c->examples : 0, c ? c->train : 0,
                c ? cover_name(c->cover) : "");
        tsv_number(out, c ? c->loss[0] : NAN);
        tsv_number(out, c && l->sides > 1 ? c->loss[1] : NAN);
        tsv_number(out, c ? c->gain : NAN);
        tsv_number(out, c ? c->gain_interval.low : NAN);
        tsv_number(out, c ? c->gain_interval.high : NAN);
        for (uint32_t k = 0; k < d->n_layers; k++)
            tsv_number(out, activity_effect(d->effects, d->order[i], d->effects->first_layer + k)
                                  ->effect);
        g_free(name);
    }
    fputc('\n', out);
}

const struct view_ops view_categories = {
    .name = "categories",
    .title = "Categories",
    .brief = "Cats",
    .about = "your examples by category: losses before and after, where it changed",
    .help = "Categories of your examples (--examples), one a row: how many test examples, the mean "
            "loss before and after in nats per token ('!' marks a category that is served worse "
            "than the others beyond chance, 'u' one that the training did not cover), and, block by "
            "block, how far the residual stream moved: the change of its mean magnitude or rms in "
            "units of the base's spread over examples, or the relative shift. Digits in grey are "
            "within what chance does; '?' stands where fewer than 30 examples say nothing. Below: "
            "the selected cell with its interval, and the gap between uncovered and covered "
            "categories.",
    .bindings = bindings,
    .size = sizeof(struct categories_view),
    .open = categories_open,
    .close = categories_close,
    .layout = categories_layout,
    .draw = categories_draw,
    .act = categories_act,
    .status = categories_status,
    .copy = categories_copy,
    .write = categories_write,
};
