#include "tui/token_choices.h"

#include <math.h>

#include "tui/study_text.h"
#include "tui/units.h"

static void draw_choice(const struct view *v, const struct surface *s, int row, int col,
                        const struct token_choice *c)
{
    char *token;

    if (c->id == UINT32_MAX)
        return;
    token = token_label(v, c->id);
    surface_print(s, row, col, style_of(PAINT_DIM), "%.2f", (double)c->probability);
    surface_field(s, row, col + 5, TOKEN_CHOICES_COLUMNS / 2 - 7, false, CUT_END,
                  style_of(PAINT_TEXT), token);
    g_free(token);
}

void token_choices_draw(const struct view *v, const struct token_losses *tokens, uint32_t token,
                        const struct surface *s)
{
    const struct token_loss *t = &tokens->tokens[token];
    char text[UNIT_BYTES];

    surface_print(s, 0, 0, style_of(PAINT_DIM), "token %u", token);
    for (unsigned i = 0; i < tokens->sides; i++) {
        int col = (int)i * TOKEN_CHOICES_COLUMNS / 2;

        surface_text(s, 1, col, style_of(i ? PAINT_TUNED : PAINT_BASE), i ? "tuned" : "base");
        surface_print(s, 2, col, style_of(PAINT_TEXT), "%s nats", unit_value(text, t->nll[i], 6));
        if (isnan(t->nll[i]))
            continue;
        surface_print(s, 3, col, style_of(PAINT_TEXT), "rank %u", t->rank[i]);
        for (int k = 0; k < TOKEN_CHOICES; k++)
            draw_choice(v, s, 4 + k, col, &t->choices[i][k]);
    }
}
