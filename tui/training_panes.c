#include "tui/training_panes.h"

#include "tui/training_table.h"
#include "tui/units.h"

#define TALLEST 38   /* rows from which gradient and rate have curves of their own */
#define SMALL_PANE 7 /* rows of those */
#define MARK_ROWS 2
#define READOUT_ROWS 2

/* What matters most first: the rest is left out where there is no room. */
static char *readout_text(const struct training_panes *d)
{
    const struct timeline *t = d->timeline;
    const struct step_record *r = training_step_at(t, d->axis.cursor);
    GString *text = g_string_new(NULL);
    char number[UNIT_BYTES];

    g_string_printf(text, "step %" G_GUINT64_FORMAT, d->axis.cursor);
    if (r)
        g_string_append_printf(text, "  loss %s", unit_value(number, r->loss, 8));
    if (d->block < t->n_blocks)
        g_string_append_printf(text, "  L%u", d->block);
    else
        g_string_append(text, "  rest");
    g_string_append_printf(
        text, " %s %s", heat_metric_name(d->metric),
        unit_value(number, training_heat_value(t, d->metric, d->block, d->axis.cursor), 8));
    if (r)
        g_string_append_printf(text, "  |grad| %s", unit_value(number, r->gradient_norm, 8));
    if (r)
        g_string_append_printf(text, "  lr %s", unit_value(number, r->learning_rate, 8));
    return g_string_free(text, FALSE);
}

static void draw_fit(const struct surface *s, int row, char *text)
{
    char *fit = text_fit(text, "  ", s->cols - 2);

    surface_text(s, row, 1, style_of(PAINT_TEXT), fit);
    g_free(fit);
    g_free(text);
}

static void draw_readout(const struct training_panes *d, const struct surface *s)
{
    draw_fit(s, 0, readout_text(d));
    draw_fit(s, 1, training_marks_text(d->marks, &d->axis));
}

void training_panes_draw_time(const struct training_panes *d, const struct surface *s,
                              enum training_page page)
{
    const struct timeline *t = d->timeline;
    int readout = s->rows >= 10 ? READOUT_ROWS : 0, rows = s->rows - MARK_ROWS - readout;
    int heat = page == PAGE_ALL      ? training_heat_rows(t, d->metric, rows * 9 / 20)
               : page == PAGE_BLOCKS ? rows
                                     : 0;
    int more = page == PAGE_ALL && s->rows >= TALLEST ? SMALL_PANE : 0;
    int curves = rows - heat - 2 * more, row = 0;
    const struct {
        enum curve_set set;
        int rows;
    } panes[] = {{d->set, curves}, {CURVES_GRADIENT, more}, {CURVES_RATE, more}};

    for (gsize i = 0; i < G_N_ELEMENTS(panes); i++) {
        struct surface pane = surface_part(s, row, 0, panes[i].rows, s->cols);

        if (panes[i].rows > 1)
            training_curves_draw(&pane, t, panes[i].set, &d->axis, d->log_y[panes[i].set]);
        row += panes[i].rows;
    }
    if (heat > 0) {
        struct surface pane = surface_part(s, row, 0, heat, s->cols);

        training_heat_draw(&pane, t, d->metric, &d->axis, &d->limits, d->block);
        row += heat;
    }
    struct surface marks = surface_part(s, row, 0, MARK_ROWS, s->cols);
    struct surface below = surface_part(s, row + MARK_ROWS, 0, readout, s->cols);

    training_marks_draw(&marks, d->marks, &d->axis);
    if (readout)
        draw_readout(d, &below);
}

void training_panes_draw_numbers(const struct training_panes *d, const struct surface *s)
{
    const struct timeline *t = d->timeline;
    int table = training_table_rows(t, s->rows);
    struct surface above = surface_part(s, 0, 0, table, s->cols);
    struct surface below = surface_part(s, table, 0, s->rows - table, s->cols);

    training_table_draw(&above, t, d->axis.cursor, d->top);
    training_text_draw(&below, t, d->axis.cursor);
}
