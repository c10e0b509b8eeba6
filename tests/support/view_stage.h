/* A view without an app: opened on a model, drawn into a canvas with a border of canary cells.
 *
 * Include in one file of a test only: it defines what views ask of the app. */
#ifndef TARE_TESTS_VIEW_STAGE_H
#define TARE_TESTS_VIEW_STAGE_H

#include <check.h>

#include "tui/view.h"

#define CANARY 0x23f0 /* a glyph no view draws */

static struct model *stage_model;
static const struct view_ops *stage_opened; /* what a view asked to open last */

void app_pair(struct app *app, const char *base, const char *tuned, enum pair_how how,
              const char *rule)
{
    (void)app;
    (void)base;
    (void)tuned;
    (void)how;
    (void)rule;
}

void app_pair_undo(struct app *app)
{
    (void)app;
}

void app_run_ask(struct app *app, enum run_ask what, uint64_t n)
{
    (void)app;
    (void)what;
    (void)n;
}

void app_ask(struct app *app, const char *command)
{
    (void)app;
    (void)command;
}

void app_open_view(struct app *app, const struct view_ops *ops, uint32_t entry)
{
    (void)app;
    stage_opened = ops;
    stage_model->entry = entry;
}

void app_say(struct app *app, const char *format, ...)
{
    (void)app;
    (void)format;
}

static inline struct view *stage_open(const struct view_ops *ops, struct model *m)
{
    struct view *v = g_malloc0(ops->size);

    v->ops = ops;
    v->model = m;
    stage_model = m;
    ops->open(v, m);
    return v;
}

static inline void stage_close(struct view *v)
{
    if (v->ops->close)
        v->ops->close(v);
    g_free(v);
}

static inline void stage_layout(struct view *v, int rows, int cols)
{
    v->rows = rows;
    v->cols = cols;
    v->ops->layout(v, rows, cols);
}

/* Lays out and draws at that size; the canvas has one more cell on each side. */
static inline struct canvas *stage_draw(struct view *v, int rows, int cols, bool ascii)
{
    struct canvas *c = canvas_create(rows + 2, cols + 2, ascii);
    struct surface whole = canvas_surface(c), inner = surface_part(&whole, 1, 1, rows, cols);

    for (int i = 0; i < c->rows * c->cols; i++)
        c->cells[i].ch = CANARY;
    for (int row = 1; row <= rows; row++)
        for (int col = 1; col <= cols; col++)
            c->cells[row * c->cols + col].ch = ' ';
    stage_layout(v, rows, cols);
    v->ops->draw(v, &inner);
    return c;
}

/* What is inside of the border, as text; owned. */
static inline char *stage_text(const struct canvas *c)
{
    GString *text = g_string_new(NULL);

    for (int row = 1; row + 1 < c->rows; row++) {
        for (int col = 1; col + 1 < c->cols; col++) {
            gunichar ch = c->cells[row * c->cols + col].ch;

            if (ch)
                g_string_append_unichar(text, ch);
        }
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}

#endif
