#include "tui/token_flow.h"

#include <math.h>
#include <stdlib.h>

#define LOUD 0.5 /* nats that are worth a mark */

void token_flow_init(struct token_flow *f)
{
    *f = (struct token_flow){.texts = g_ptr_array_new_with_free_func(g_free),
                             .rows = g_array_new(FALSE, FALSE, sizeof(int)),
                             .cols = g_array_new(FALSE, FALSE, sizeof(int))};
}

void token_flow_finish(struct token_flow *f)
{
    if (!f->texts)
        return;
    g_ptr_array_unref(f->texts);
    g_array_unref(f->rows);
    g_array_unref(f->cols);
    *f = (struct token_flow){0};
}

void token_flow_set(struct token_flow *f, char **texts, guint n)
{
    g_ptr_array_set_size(f->texts, 0);
    for (guint i = 0; i < n; i++)
        g_ptr_array_add(f->texts, texts[i]);
    f->width = 0;
}

void token_flow_layout(struct token_flow *f, int width)
{
    int row = 0, col = 0;

    if (f->width == width)
        return;
    f->width = width;
    g_array_set_size(f->rows, 0);
    g_array_set_size(f->cols, 0);
    for (guint i = 0; i < f->texts->len; i++) {
        int columns = MAX(text_columns(f->texts->pdata[i]), 1);

        if (col > 0 && col + columns > width) {
            row++;
            col = 0;
        }
        g_array_append_val(f->rows, row);
        g_array_append_val(f->cols, col);
        col += columns;
    }
    f->lines = f->texts->len ? row + 1 : 0;
}

static int row_of(const struct token_flow *f, guint i)
{
    return g_array_index(f->rows, int, i);
}

static int col_of(const struct token_flow *f, guint i)
{
    return g_array_index(f->cols, int, i);
}

guint token_flow_step(const struct token_flow *f, guint at, int lines)
{
    guint best = at;

    if (at >= f->rows->len)
        return at;
    for (guint i = 0; i < f->rows->len; i++)
        if (row_of(f, i) == row_of(f, at) + lines &&
            (row_of(f, best) != row_of(f, i) ||
             abs(col_of(f, i) - col_of(f, at)) < abs(col_of(f, best) - col_of(f, at))))
            best = i;
    return best;
}

double token_value(const struct token_loss *t, enum token_measure measure)
{
    switch (measure) {
    case TOKEN_BASE:
        return t->nll[ACTIVITY_BASE];
    case TOKEN_TUNED:
        return t->nll[ACTIVITY_TUNED];
    default:
        return t->nll[ACTIVITY_TUNED] - t->nll[ACTIVITY_BASE];
    }
}

const char *token_measure_name(enum token_measure measure)
{
    static const char *const names[] = {"change of loss", "loss, tuned", "loss, base"};

    return names[measure];
}

char token_mark(double value, enum token_measure measure)
{
    if (isnan(value))
        return ' ';
    if (measure == TOKEN_CHANGE && value < LOUD)
        return value > -LOUD ? '.' : '-';
    return (char)('0' + (int)CLAMP(measure == TOKEN_CHANGE ? ceil(value - LOUD) : floor(value), 0, 9));
}

static struct style style_of_value(double value, enum token_measure measure, bool prompt)
{
    if (prompt || isnan(value))
        return style_of(PAINT_DIM);
    if (measure == TOKEN_CHANGE)
        return style_of(value >= LOUD ? PAINT_BAD : value <= -LOUD ? PAINT_GOOD : PAINT_TEXT);
    return style_of((enum paint)(PAINT_RAMP + CLAMP((int)value, 0, PAINT_RAMP_STEPS - 1)));
}

static void draw_token(const struct token_flow *f, const struct token_losses *tokens,
                       enum token_measure measure, bool prompt, bool here, guint i, int top,
                       const struct surface *s)
{
    int row = 2 * (row_of(f, i) - top), col = col_of(f, i);
    double value = tokens && i < tokens->n ? token_value(&tokens->tokens[i], measure) : NAN;
    struct style style = style_of_value(value, measure, prompt);
    int end = surface_text(s, row, col, style, f->texts->pdata[i]);

    surface_glyph(s, row + 1, col, style, (gunichar)token_mark(value, measure));
    if (!here)
        return;
    surface_tint(s, row, col, MAX(end - col, 1), style_of(PAINT_CURSOR));
    surface_cursor(s, row, col);
}

void token_flow_draw(const struct token_flow *f, const struct token_losses *tokens,
                     enum token_measure measure, guint n_prompt, guint at, int top,
                     const struct surface *s)
{
    for (guint i = 0; i < f->rows->len; i++)
        if (row_of(f, i) >= top && 2 * (row_of(f, i) - top) < s->rows)
            draw_token(f, tokens, measure, i < n_prompt, i == at, i, top, s);
}
