/* A canvas as text, a newline after each row, for comparison in tests. */
#ifndef TARE_TESTS_CANVAS_TEXT_H
#define TARE_TESTS_CANVAS_TEXT_H

#include <check.h>

#include "tui/surface.h"

/* Owned by the caller. */
static inline char *canvas_text(const struct canvas *c)
{
    GString *text = g_string_new(NULL);

    for (int i = 0; i < c->rows * c->cols; i++) {
        if (c->cells[i].ch)
            g_string_append_unichar(text, c->cells[i].ch);
        for (int k = 0; k < CELL_COMBINING && c->cells[i].combining[k]; k++)
            g_string_append_unichar(text, c->cells[i].combining[k]);
        if ((i + 1) % c->cols == 0)
            g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}

static inline void expect_canvas(const struct canvas *c, const char *expected)
{
    char *text = canvas_text(c);

    ck_assert_str_eq(text, expected);
    g_free(text);
}

#endif
