#include "tui/training_table.h"

#include <math.h>
#include "core/escape.h"
#include "tui/page.h"
#include "tui/plot.h"
#include "tui/study_text.h"
#include "tui/training_curves.h"
#include "tui/units.h"

#define NUMBER 8
#define NUMBERS_ROWS 7 /* below the categories */
#define TREND_MOST 64
#define TEXT_ROWS 4 /* of what it says, at least */

static const struct style plain = {PAINT_TEXT, PAINT_TEXT, 0};
static const struct style dim = {PAINT_DIM, PAINT_TEXT, 0};

static int name_columns(const struct surface *s)
{
    return CLAMP(s->cols - 3 - 2 * NUMBER - 8, 4, 20);
}

static double loss_at(const struct timeline *t, guint look, uint32_t category)
{
    return g_array_index(t->losses, double, look * t->n_categories + category);
}

/* The losses of the last looks, from the least of them on: a trend has no zero. */
static void draw_trend(const struct surface *s, int row, int col, const struct timeline *t,
                       uint32_t category, int look)
{
    double values[TREND_MOST], least = INFINITY, most = -INFINITY;
    int n = MIN(MIN(s->cols - col - 1, TREND_MOST), look + 1);

    for (int i = 0; i < n; i++) {
        values[i] = loss_at(t, (guint)(look - n + 1 + i), category);
        least = fmin(least, values[i]);
        most = fmax(most, values[i]);
    }
    for (int i = 0; i < n; i++)
        values[i] = most > least ? (values[i] - least) / (most - least) : 0.5;
    if (n > 0)
        plot_spark(s, row, col, values, n, 1, style_of(training_category_paint(category)));
}

static void draw_category(const struct surface *s, int row, const struct timeline *t,
                          uint32_t category, int look)
{
    char *safe = escape_text(t->categories[category]), text[UNIT_BYTES];
    int name = name_columns(s), col = 3 + name;
    double now = look < 0 ? NAN : loss_at(t, (guint)look, category);
    double change = look < 1 ? NAN : now - loss_at(t, 0, category);

    surface_glyph(s, row, 1, style_of(training_category_paint(category)),
                  (gunichar)training_category_letter(t, category));
    surface_field(s, row, 3, name, false, CUT_END, plain, *safe ? safe : "(none)");
    surface_field(s, row, col, NUMBER, true, CUT_END, plain, unit_value(text, now, NUMBER - 2));
    g_snprintf(text, sizeof text, isnan(change) ? "-" : "%+.3f", change);
    surface_field(s, row, col + NUMBER, NUMBER, true, CUT_END,
                  style_of(change > 0 ? PAINT_WARN : PAINT_TEXT), text);
    draw_trend(s, row, col + 2 * NUMBER + 1, t, category, look);
    g_free(safe);
}

static void draw_heading(const struct surface *s, guint top, guint shown, guint n)
{
    int col = 3 + name_columns(s);
    char *title = shown < n ? g_strdup_printf("held out: %u to %u of %u categories", top + 1,
                                              top + shown, n)
                            : g_strdup(n ? "held out, by category" : "held out");

    surface_rule(s, 0, title);
    g_free(title);
    if (!n)
        return;
    surface_text(s, 1, 1, dim, "category");
    surface_field(s, 1, col, NUMBER, true, CUT_END, dim, "loss");
    surface_field(s, 1, col + NUMBER, NUMBER, true, CUT_END, dim, "change");
    surface_text(s, 1, col + 2 * NUMBER + 1, dim, "trend");
}

static void draw_interval(const struct surface *s, int row, const char *name, double value,
                          double low, double high)
{
    char text[INTERVAL_BYTES];

    surface_print(s, row, 1, plain, "%-8s %s", name, interval_text(text, value, low, high));
}

static void draw_looked(const struct surface *s, const struct timeline *t, int look)
{
    const struct look_record *l;
    char text[UNIT_BYTES];
    int col;

    if (look < 0)
        return;
    l = &g_array_index(t->looks, struct look_record, look);
    surface_print(s, 0, 1, dim, "looked at step %" G_GUINT64_FORMAT, l->step);
    col = surface_print(s, 1, 1, plain, "held out %s", unit_value(text, l->held_out, 7));
    if (t->n_blocks && !isnan(g_array_index(t->block_dead, double, (guint)look * t->n_blocks)))
        surface_print(s, 1, col, plain, ", dead units %u", l->dead);
    draw_interval(s, 2, "general",
                  l->general - g_array_index(t->looks, struct look_record, 0).general,
                  l->general_low, l->general_high);
    draw_interval(s, 3, "gap", l->gap_did, l->gap_did_low, l->gap_did_high);
}

static void draw_step(const struct surface *s, const struct timeline *t, uint64_t step)
{
    const struct step_record *r = training_step_at(t, step);
    char norm[UNIT_BYTES], clip[UNIT_BYTES], rate[UNIT_BYTES], stale[UNIT_BYTES];

    if (!r)
        return;
    surface_print(s, 4, 1, plain, "|grad| %s  clip %s", unit_value(norm, r->gradient_norm, 8),
                  unit_value(clip, r->clip, 6));
    surface_print(s, 5, 1, plain, "lr %s  stale %s", unit_value(rate, r->learning_rate, 8),
                  unit_value(stale, r->staleness, 6));
    if (r->tokens)
        surface_print(s, 6, 1, plain, "%u targets of %u tokens", r->targets, r->tokens);
}

static guint category_rows(int rows)
{
    return (guint)MAX(rows - 2 - NUMBERS_ROWS - 1, 1);
}

/* Those with held-out examples, as far as the looks tell; owned. */
static uint32_t *held_out(const struct timeline *t, guint *n)
{
    uint32_t *out = g_new(uint32_t, t->n_categories + 1);

    *n = 0;
    for (uint32_t k = 0; k < t->n_categories; k++)
        if (!t->looks->len || !isnan(loss_at(t, 0, k)) || !isnan(loss_at(t, t->looks->len - 1, k)))
            out[(*n)++] = k;
    return out;
}

static guint count_held_out(const struct timeline *t)
{
    guint n;

    g_free(held_out(t, &n));
    return n;
}

int training_table_rows(const struct timeline *t, int rows)
{
    int all = 2 + (int)count_held_out(t) + 1 + NUMBERS_ROWS, look = training_look_at(t, UINT64_MAX);
    bool says = look >= 0 && g_array_index(t->looks, struct look_record, look).continuation;

    if (says && rows - all < TEXT_ROWS)
        return MAX(rows - TEXT_ROWS, MIN(all, rows / 2));
    return MIN(all, rows);
}

guint training_table_hidden(const struct timeline *t, int rows)
{
    guint room = category_rows(rows), n = count_held_out(t);

    return n > room ? n - room : 0;
}

void training_table_draw(const struct surface *s, const struct timeline *t, uint64_t step,
                         guint top)
{
    guint room = category_rows(s->rows), n, shown;
    uint32_t *categories = held_out(t, &n);
    int look = training_look_at(t, step);
    struct surface below;

    shown = MIN(room, n);
    below = surface_part(s, 2 + (int)shown + 1, 0, s->rows - 3 - (int)shown, s->cols);
    draw_heading(s, top, shown, n);
    for (guint i = 0; i < shown && top + i < n; i++)
        draw_category(s, 2 + (int)i, t, categories[top + i], look);
    if (!n)
        surface_text(s, 1, 1, dim, "no held-out examples");
    draw_looked(&below, t, look);
    draw_step(&below, t, step);
    g_free(categories);
}

void training_text_draw(const struct surface *s, const struct timeline *t, uint64_t step)
{
    int look = training_look_at(t, step);
    const struct look_record *l =
        look < 0 ? NULL : &g_array_index(t->looks, struct look_record, look);
    struct page p;

    if (s->rows < 2)
        return;
    page_init(&p);
    if (l && l->continuation) {
        char *title = g_strdup_printf("it says, at step %" G_GUINT64_FORMAT, l->step);
        char *safe = escape_text(l->continuation);

        page_rule(&p, title);
        page_wrap(&p, s->cols - 1, 1, " ", PAINT_TEXT, safe);
        g_free(safe);
        g_free(title);
    }
    page_layout(&p, s->rows);
    page_draw(&p, s);
    page_finish(&p);
}
