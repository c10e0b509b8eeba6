#include "tui/training_curves.h"

#include <math.h>
#include "core/escape.h"
#include "tui/plot.h"
#include "tui/units.h"

#define LETTERS 26
#define MARGIN 0.04 /* of the scale, above and below */

struct curve {
    char letter;
    enum paint paint;
    GArray *x, *y; /* double */
};

/* What is read from a record, for a curve. */
typedef double step_number(const struct step_record *r);
typedef double look_number(const struct look_record *r, const struct look_record *start);

static double step_loss(const struct step_record *r)
{
    return r->loss;
}

static double step_smoothed(const struct step_record *r)
{
    return r->smoothed;
}

static double step_gradient(const struct step_record *r)
{
    return r->gradient_norm;
}

static double step_clipped(const struct step_record *r)
{
    return r->gradient_norm * r->clip;
}

static double step_rate(const struct step_record *r)
{
    return r->learning_rate;
}

static double look_held_out(const struct look_record *r, const struct look_record *start)
{
    (void)start;
    return r->held_out;
}

static double look_train(const struct look_record *r, const struct look_record *start)
{
    (void)start;
    return r->train;
}

static double look_general(const struct look_record *r, const struct look_record *start)
{
    return r->general - start->general;
}

static double look_gap(const struct look_record *r, const struct look_record *start)
{
    (void)start;
    return r->gap_did;
}

static const struct curve_row {
    enum curve_set set;
    char letter;
    enum paint paint;
    step_number *of_step; /* or */
    look_number *of_look;
} rows[] = {
    {CURVES_LOSS, 'l', PAINT_DIM, step_loss, NULL},
    {CURVES_LOSS, 's', PAINT_BASE, step_smoothed, NULL},
    {CURVES_LOSS, 't', PAINT_GOOD, NULL, look_train},
    {CURVES_LOSS, 'h', PAINT_TUNED, NULL, look_held_out},
    {CURVES_CHANGES, 'f', PAINT_BAD, NULL, look_general},
    {CURVES_CHANGES, 'g', PAINT_TUNED, NULL, look_gap},
    {CURVES_GRADIENT, 'n', PAINT_BASE, step_gradient, NULL},
    {CURVES_GRADIENT, 'c', PAINT_DELTA, step_clipped, NULL},
    {CURVES_RATE, 'r', PAINT_BASE, step_rate, NULL},
};

static const char *const titles[] = {
    [CURVES_LOSS] = "loss: l step  s smoothed  t train  h held out",
    [CURVES_CATEGORIES] = "held-out loss by category, upper case: not covered",
    [CURVES_CHANGES] = "since the start: f general text  g gap of the uncovered",
    [CURVES_GRADIENT] = "gradient: n norm  c clipped",
    [CURVES_RATE] = "learning rate: r",
    [CURVES_LOGGED] = "logged:",
};

char training_category_letter(const struct timeline *t, uint32_t category)
{
    if (category >= LETTERS)
        return '?';
    return (char)((t->uncovered[category] ? 'A' : 'a') + (int)category);
}

enum paint training_category_paint(uint32_t category)
{
    static const enum paint paints[] = {PAINT_BASE, PAINT_TUNED, PAINT_DELTA,
                                        PAINT_GOOD, PAINT_WARN,  PAINT_TEXT};

    return paints[category % G_N_ELEMENTS(paints)];
}

/* Records that are not behind a step; each starts with its own, and those never fall. */
static guint count_until(const GArray *records, uint64_t step)
{
    gsize size = g_array_get_element_size((GArray *)records);
    guint low = 0, high = records->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;

        if (*(const uint64_t *)(const void *)(records->data + middle * size) <= step)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int training_look_at(const struct timeline *t, uint64_t step)
{
    return (int)count_until(t->looks, step) - 1;
}

/* Steps rise by one, but for what a watched run leaves out. */
guint training_first_step(const struct timeline *t, uint64_t step)
{
    return step ? count_until(t->steps, step - 1) : 0;
}

const struct step_record *training_step_at(const struct timeline *t, uint64_t step)
{
    guint i = training_first_step(t, step);
    const struct step_record *r;

    if (i == t->steps->len)
        return NULL;
    r = &g_array_index(t->steps, struct step_record, i);
    return r->step == step ? r : NULL;
}

static struct curve *add_curve(GArray *curves, char letter, enum paint paint)
{
    struct curve c = {letter, paint, g_array_new(FALSE, FALSE, sizeof(double)),
                      g_array_new(FALSE, FALSE, sizeof(double))};

    g_array_append_val(curves, c);
    return &g_array_index(curves, struct curve, curves->len - 1);
}

static void add_point(struct curve *c, uint64_t step, double y)
{
    double x = (double)step;

    g_array_append_val(c->x, x);
    g_array_append_val(c->y, y);
}

static void add_steps(struct curve *c, const struct timeline *t, const struct time_axis *a,
                      step_number *number)
{
    for (guint i = training_first_step(t, a->first); i < t->steps->len; i++) {
        const struct step_record *r = &g_array_index(t->steps, struct step_record, i);

        if (r->step > a->last)
            break;
        add_point(c, r->step, number(r));
    }
}

/* Looks without a number are left out: the line goes on to the next. */
static void add_looks(struct curve *c, const struct timeline *t, look_number *number)
{
    const struct look_record *looks = (const struct look_record *)(const void *)t->looks->data;

    for (guint i = 0; i < t->looks->len; i++) {
        double y = number(&looks[i], &looks[0]);

        if (!isnan(y))
            add_point(c, looks[i].step, y);
    }
}

static void add_categories(GArray *curves, const struct timeline *t)
{
    for (uint32_t k = 0; k < MIN(t->n_categories, LETTERS); k++) {
        struct curve *c =
            add_curve(curves, training_category_letter(t, k), training_category_paint(k));

        for (guint i = 0; i < t->looks->len; i++) {
            double y = g_array_index(t->losses, double, i * t->n_categories + k);

            if (!isnan(y))
                add_point(c, g_array_index(t->looks, struct look_record, i).step, y);
        }
    }
}

/* What has no curve of its own elsewhere. */
static bool is_other(const struct metric_series *l)
{
    return metric_role_of(l->name) == METRIC_ROLES;
}

static void add_logged(GArray *curves, const struct metric_log *l)
{
    for (guint i = 0; l && i < l->series->len && curves->len < LETTERS; i++) {
        const struct metric_series *from = g_ptr_array_index(l->series, i);
        struct curve *c;

        if (!is_other(from))
            continue;
        c = add_curve(curves, (char)('a' + (int)curves->len), training_category_paint(curves->len));
        for (guint k = 0; k < from->steps->len; k++)
            add_point(c, g_array_index(from->steps, uint64_t, k),
                      g_array_index(from->values, double, k));
    }
}

/* Owned by the caller. */
static char *title_of(const struct timeline *t, enum curve_set set)
{
    GString *title = g_string_new(titles[set]);
    guint n = 0;

    for (guint i = 0; set == CURVES_LOGGED && t->logged && i < t->logged->series->len; i++) {
        const struct metric_series *l = g_ptr_array_index(t->logged->series, i);
        char *safe;

        if (!is_other(l) || n == LETTERS)
            continue;
        safe = escape_text(l->name);
        g_string_append_printf(title, "%s%c %s", n ? "  " : " ", 'a' + (int)n, safe);
        g_free(safe);
        n++;
    }
    return g_string_free(title, FALSE);
}

static void free_curve(gpointer data)
{
    struct curve *c = data;

    g_array_unref(c->x);
    g_array_unref(c->y);
}

static GArray *collect(const struct timeline *t, enum curve_set set, const struct time_axis *a)
{
    GArray *curves = g_array_new(FALSE, FALSE, sizeof(struct curve));

    g_array_set_clear_func(curves, free_curve);
    if (set == CURVES_CATEGORIES)
        add_categories(curves, t);
    if (set == CURVES_LOGGED)
        add_logged(curves, t->logged);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].set != set)
            continue;
        struct curve *c = add_curve(curves, rows[i].letter, rows[i].paint);

        if (rows[i].of_step)
            add_steps(c, t, a, rows[i].of_step);
        else
            add_looks(c, t, rows[i].of_look);
    }
    return curves;
}

static double x_of(const struct curve *c, guint i)
{
    return g_array_index(c->x, double, i);
}

static double y_of(const struct curve *c, guint i)
{
    return g_array_index(c->y, double, i);
}

/* Of what is in sight, with a margin; false: there is nothing that a scale could be made of. */
static bool scale_of(const GArray *curves, const struct time_axis *a, bool log_y,
                     struct plot_range *r)
{
    *r = (struct plot_range){.x_low = time_axis_low(a),
                             .x_high = time_axis_high(a),
                             .y_low = INFINITY,
                             .y_high = -INFINITY,
                             .linear_y = !log_y};
    for (guint k = 0; k < curves->len; k++) {
        const struct curve *c = &g_array_index(curves, struct curve, k);

        for (guint i = 0; i < c->x->len; i++) {
            double x = x_of(c, i), y = y_of(c, i);

            if (x < r->x_low || x > r->x_high || isnan(y) || (log_y && y <= 0))
                continue;
            r->y_low = MIN(r->y_low, y);
            r->y_high = MAX(r->y_high, y);
        }
    }
    if (r->y_low > r->y_high)
        return false;
    if (log_y) {
        double by = pow(r->y_high / r->y_low, MARGIN) * 1.0001;

        r->y_low /= by;
        r->y_high *= by;
    } else {
        double by = MAX((r->y_high - r->y_low) * MARGIN, fabs(r->y_high) * 1e-6 + 1e-300);

        r->y_low = r->y_low < 0 ? r->y_low - by : fmax(r->y_low - by, 0);
        r->y_high += by;
    }
    return true;
}

static void draw_scale(const struct surface *s, const struct plot_range *r)
{
    char text[UNIT_BYTES];
    int room = TRAINING_LEFT - 2;
    double middle = r->linear_y ? (r->y_low + r->y_high) / 2 : sqrt(r->y_low) * sqrt(r->y_high);

    surface_field(s, 1, 0, room, true, CUT_END, style_of(PAINT_DIM),
                  unit_value(text, r->y_high, room - 1));
    if (s->rows >= 6)
        surface_field(s, s->rows / 2, 0, room, true, CUT_END, style_of(PAINT_DIM),
                      unit_value(text, middle, room - 1));
    if (s->rows >= 3)
        surface_field(s, s->rows - 1, 0, room, true, CUT_END, style_of(PAINT_DIM),
                      unit_value(text, r->y_low, room - 1));
    for (int row = 1; row < s->rows; row++)
        surface_glyph(s, row, room, style_of(PAINT_DIM), '|');
}

/* The last point that is not behind the cursor. */
static double value_at(const struct curve *c, uint64_t step)
{
    guint n = c->x->len;

    while (n && x_of(c, n - 1) > (double)step)
        n--;
    return n ? y_of(c, n - 1) : NAN;
}

static void draw_values(const struct surface *s, const GArray *curves, uint64_t step)
{
    char text[UNIT_BYTES];
    int col = s->cols - TRAINING_RIGHT + 1;

    for (guint k = 0; k < curves->len && (int)k + 1 < s->rows; k++) {
        const struct curve *c = &g_array_index(curves, struct curve, k);

        surface_glyph(s, (int)k + 1, col, style_of(c->paint), (gunichar)c->letter);
        surface_text(s, (int)k + 1, col + 2, style_of(PAINT_TEXT),
                     unit_value(text, value_at(c, step), TRAINING_RIGHT - 3));
    }
}

static void draw_plot(const struct surface *inner, const GArray *curves, const struct plot_range *r,
                      const struct time_axis *a)
{
    struct plot_curve drawn[PLOT_MOST_CURVES];
    int n = (int)MIN(curves->len, PLOT_MOST_CURVES), cursor = time_axis_column(a, a->cursor);

    for (int row = 0; row < inner->rows && cursor >= 0; row++)
        surface_glyph(inner, row, cursor, style_of(PAINT_DIM), ':');
    for (int k = 0; k < n; k++) {
        const struct curve *c = &g_array_index(curves, struct curve, k);

        drawn[k] =
            (struct plot_curve){(const double *)(const void *)c->y->data, c->y->len, c->paint,
                                c->letter, (const double *)(const void *)c->x->data};
    }
    plot_curves(inner, drawn, n, r);
}

void training_curves_draw(const struct surface *s, const struct timeline *t, enum curve_set set,
                          const struct time_axis *a, bool log_y)
{
    struct surface inner = surface_part(s, 1, TRAINING_LEFT, s->rows - 1, a->cols);
    GArray *curves = collect(t, set, a);
    char *title = title_of(t, set);
    struct plot_range range;

    surface_rule(s, 0, title);
    if (log_y && s->cols > text_columns(title) + 16)
        surface_text(s, 0, s->cols - 9, style_of(PAINT_DIM), " log y ");
    if (scale_of(curves, a, log_y, &range)) {
        draw_scale(s, &range);
        draw_plot(&inner, curves, &range, a);
    } else {
        surface_text(&inner, 0, 0, style_of(PAINT_DIM), "nothing measured yet");
    }
    draw_values(s, curves, a->cursor);
    g_array_unref(curves);
    g_free(title);
}
